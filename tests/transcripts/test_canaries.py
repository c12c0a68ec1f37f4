"""Planted names and phrases through a whole session, and then looked for wherever the product leaves bytes.

Everything runs at DEBUG, with a folder of its own for temporary files, with Redis writing its files and telling what
passes through it, and with a double of Twilio and a mail server that keep what they were sent.
"""

import asyncio
import contextlib
import re
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import redis
from aiosmtpd.controller import Controller

from booking_core import wallet
from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.auth import COOKIE, hash_password
from rtc_server.cli.registry import opened
from rtc_server.config import load
from rtc_server.store.database import now_ms
from tests import speech
from tests.cluster import Cluster, free_port
from tests.eventually import eventually
from tests.mail.post_office import Mailbox
from tests.texts import double as twilio_double
from tests.texts.double import ACCOUNT_SID, AUTH_TOKEN, SENDER, Double
from tests.transcripts.studio import MARK, Microphone
from tests.transcripts.test_worker_process import dial

EMAIL = "zephyrine@wisteria.lane.example"
PASSWORD = "wisteriapassword"
CANARIES = {
    "the client's first name": "Zephyrine",
    "the client's last name": "Quillfeather",
    "the client's address": "wisteria.lane",
    "the client's phone": "7700900314",
    "the note on the form": "marzipan",
    "the chat": "tangerine",
    "the notes": "obsidian",
    "a correction": "periwinkle",
    "the search": "nasturtium",
    "a password": PASSWORD,
    "the words that were said": "morning",
}
THERAPIST_PHONE = "+447700900315"
GREETING = "Hello Zephyrine,"  # in her own mail


class Letterbox(NamedTuple):
    mailbox: Mailbox
    port: int

    def texts(self) -> list[str]:
        """Subject and words of every mail, without the greeting."""
        return [
            "\n".join([mail["Subject"], *(str(part.get_content()) for part in mail.iter_parts())]).replace(GREETING, "")
            for mail in self.mailbox.taken
        ]


@pytest.fixture
async def twilio() -> AsyncIterator[Double]:
    async with twilio_double.running() as running:
        yield running


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    box = Letterbox(Mailbox(), free_port())
    server = Controller(box.mailbox, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop(no_assert=True)


@pytest.fixture
async def watched(tmp_path: Path, twilio: Double, letterbox: Letterbox) -> AsyncIterator[Cluster]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    settings = {
        "LOG_LEVEL": "DEBUG",
        "TMPDIR": str(temporary),
        "SEGMENT_PACK_S": "1",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_BASE": twilio.url,
        "OUTBOX_POLL_S": "0.1",
        "SMTP_URL": f"smtp://127.0.0.1:{letterbox.port}",
        "MAIL_FROM": "no-reply@quick.example",
        "MESSAGE_MAIL_S": "0.1",
    }
    cluster = Cluster(tmp_path, webs=2, is_heard=True, settings=settings)
    try:
        await asyncio.to_thread(cluster.up)
        await asyncio.to_thread(cluster.seed, therapists=2, clients=0)
        yield cluster
        await asyncio.to_thread(cluster.look_over)
    finally:
        await asyncio.to_thread(cluster.down)


@contextlib.contextmanager
def overheard(cluster: Cluster) -> Iterator[list[str]]:
    """Every command that anybody gives Redis."""
    told: list[str] = []
    connection = cluster.redis()
    connection.config_set("appendonly", "yes")

    def listen() -> None:
        with contextlib.suppress(redis.ConnectionError, ValueError, OSError), connection.monitor() as monitor:
            told.extend(str(command["command"]) for command in monitor.listen())

    threading.Thread(target=listen, daemon=True).start()
    yield told
    connection.close()


async def plant_client(cluster: Cluster) -> None:
    """Somebody whose name, address and phone are canaries."""
    settings = load(cluster.environment())
    async with opened(settings) as registry:
        client_id = await registry.people.create_person(
            "client", EMAIL, "Zephyrine", "Quillfeather", hash_password(PASSWORD), phone="+447700900314"
        )
        await registry.store.write(wallet.top_up, client_id, 20_000, f"seed:{client_id}", now_ms())


async def put(actor: Any, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {"Origin": actor.origin, "Cookie": f"{COOKIE}={actor.token}"}
    async with actor.http.request(method, actor.url + path, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.usefixtures("needs_speech")
async def test_what_people_say_and_write_is_found_nowhere_in_the_clear(
    watched: Cluster, twilio: Double, letterbox: Letterbox, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    texted, on_duty = (person for person in watched.people if person.role == "therapist")
    with overheard(watched) as told:
        away, therapist = TherapistActor(http, watched.url()), TherapistActor(http, watched.url())
        await away.sign_in(texted.email, texted.password)
        await put(away, "PUT", "/api/account/texts", {"is_on": True, "phone": THERAPIST_PHONE})
        await therapist.sign_in(on_duty.email, on_duty.password)
        await therapist.connect()
        await therapist.go_on_duty()
        client = ClientActor(http, watched.url(1))
        await plant_client(watched)
        await client.sign_in(EMAIL, PASSWORD)
        await client.connect()
        session_id = await evening(client, therapist, twilio)
        await writes(client, on_duty.id)
        await eventually(lambda: asyncio.sleep(0, len(letterbox.mailbox.taken) >= 2), 20, "both mails")
        for actor in (client, therapist):
            await actor.close()
        await eventually(lambda: asyncio.sleep(0, len(told) > 20), 5, "Redis was listened to")
    watched.redis().execute_command("SAVE")
    for what, canary in CANARIES.items():
        found = re.compile(canary, re.IGNORECASE)
        places = [str(path.relative_to(tmp_path)) for path in await asyncio.to_thread(left, tmp_path, found)]
        places += [f"Redis: {command[:40]}" for command in told if found.search(command)]
        places += [f"text {text.body[:20]}" for text in twilio.accepted if found.search(text.body)]
        places += [f"mail {text[:20]}" for text in letterbox.texts() if found.search(text)]
        assert places == [], f"{what} of session {session_id} stands in the clear"
    names = await asyncio.to_thread(lambda: {path.name for path in tmp_path.rglob("*")})
    assert {"quick-connect.sqlite3", "keys.sqlite3", "dump.rdb", "web0.log", "worker.log", "recorder.log"} <= names


async def evening(client: ClientActor, therapist: TherapistActor, twilio: Double) -> str:
    """The whole life of a session: asked for, spoken in, written in, read, corrected, searched and taken along."""
    placed = await client.place(note="A note about marzipan")
    await therapist.until_sees(placed.id)
    await twilio.called(1)  # before somebody takes the card: nobody is texted after that
    assert "marzipan" in therapist.cards[placed.id].note
    await therapist.accept(placed.id)
    request = await client.until_request("accepted")
    assert request.session_id is not None
    session_id = request.session_id
    await client.agree(request.id, wants_transcript=True)
    await client.join(session_id)
    await therapist.join(session_id)
    await client.until_phase("live")
    microphone = Microphone(speech.speak(MARK))
    peer = await dial(client, session_id, microphone)
    await client.say(session_id, "The tangerine line")
    await therapist.save_notes(session_id, "Obsidian thoughts", 0)
    await asyncio.wait_for(microphone.ended.wait(), 30)
    await therapist.end(session_id)
    await peer.close()

    async def is_ready() -> bool:
        return (await therapist.session(session_id)).transcript == "ready"

    await eventually(is_ready, 60, "the transcript")
    said = (await therapist.session(session_id)).utterances
    assert "morning" in " ".join(word.text for one in said for word in one.words)
    path = f"/api/sessions/{session_id}"
    fixed = {"seq": 1, "revision": 0, "place": 0, "count": 1, "text": "periwinkle"}
    await put(therapist, "POST", f"{path}/corrections", fixed)
    await put(therapist, "POST", "/api/call-log/search", {"words": "nasturtium"})
    for actor, file in ((therapist, f"{path}/export.pdf?notes=1"), (client, "/api/account/export.zip")):
        headers = {"Cookie": f"{COOKIE}={actor.token}"}
        async with actor.http.get(actor.url + file, headers=headers) as answer:
            assert answer.status == 200
    return session_id


async def writes(client: ClientActor, therapist_id: str) -> None:
    """A message that stays unread, and a password that was forgotten: a mail to each of the two."""
    headers = {"Cookie": f"{COOKIE}={client.token}"}
    async with client.http.get(f"{client.url}/api/conversations/with/{therapist_id}", headers=headers) as answer:
        path = f"/api/conversations/{(await answer.json())['value']['id']}/messages"
    await put(client, "POST", path, {"id": str(uuid.uuid4()), "text": "The tangerine message"})
    await put(client, "POST", "/api/password/forgot", {"id": str(uuid.uuid4()), "email": EMAIL})


def left(folder: Path, canary: re.Pattern[str]) -> list[Path]:
    """Files in which it stands, as UTF-8 or as UTF-16."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            texts = (content.decode("latin-1"), content[::2].decode("latin-1"), content[1::2].decode("latin-1"))
            found += [path] * any(canary.search(text) for text in texts)
    return found
