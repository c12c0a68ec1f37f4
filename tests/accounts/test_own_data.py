"""One's own data to take along: all of one's own, nothing of anybody else's, and each time on the audit trail."""

import io
import json
import re
import uuid
import zipfile
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.booking_schema import booking
from rtc_server.room import Seat
from rtc_server.store import conversations, spoken, transcripts
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audit, chat, consent, request, utterance
from rtc_server.store.spoken import Fix
from tests.accounts.house import House, Visitor, build_app, serve

PATH = "/api/account/export.zip"


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Visitor]:
    http = await serve(build_app(house))
    yield Visitor(http)
    await http.close()


async def files(browser: Visitor) -> tuple[dict[str, list[dict[str, object]]], str]:
    """The JSON and the page of the signed-in person's zip."""
    async with browser.http.get(PATH, headers={"Cookie": f"__Host-sign-in={browser.token}"}) as answer:
        assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as found:
            assert found.testzip() is None
            return json.loads(found.read("data.json")), found.read("my-data.html").decode()


async def lived(house: House, client_id: str, therapist_id: str, sign: str) -> str:
    """A session that was asked for, agreed to, written in and paid, with `sign` in everything that was typed."""
    key, request_id, line_ids = await house.keys.key_of(client_id), str(uuid.uuid4()), [str(uuid.uuid4()) for _ in "ab"]
    ended = {"live_at_ms": now_ms() - 60_000, "ended_at_ms": now_ms()}
    session_id = await house.add_session(client_id, therapist_id, **ended)

    async def body(connection: AsyncConnection) -> None:
        await connection.execute(
            insert(request).values(
                id=request_id, client_id=client_id, state="ended", version=9, place=now_ms(), area="mind",
                issue_sealed=key.seal_text(f"{sign} issue", "request", request_id, "issue_sealed"),
                note_sealed=key.seal_text(f"<b>{sign} note</b>", "request", request_id, "note_sealed"),
                therapist_gender="any", language="en", is_chat_only=False, is_worried=False, price_pence=3_500,
                placed_at_ms=1_750_000_000_000, state_since_ms=now_ms(),
            )
        )  # fmt: skip
        for seq, (seat, line_id) in enumerate(zip(("client", "therapist"), line_ids, strict=True), 1):
            sealed = key.seal_text(f"{sign} {seat}line", "chat", line_id, "text_sealed")
            line = {"session_id": session_id, "seq": seq, "id": line_id, "seat": seat, "at_ms": now_ms()}
            await connection.execute(insert(chat).values(**line, text_sealed=sealed))
        conversation_id = await conversations.ensure(connection, client_id, therapist_id, now_ms())
        for seat, message_id in zip(Seat, (str(uuid.uuid4()) for _ in Seat), strict=True):
            sealed = key.seal_text(f"{sign} {seat}letter", "message", message_id, "text_sealed")
            await conversations.add(connection, conversation_id, message_id, seat, sealed, now_ms())
        await connection.execute(
            insert(consent).values(
                session_id=session_id, person_id=client_id, purpose="transcript", is_given=True, text_version="1",
                how="yes", at_ms=now_ms(),
            )
        )  # fmt: skip
        await wallet.top_up(connection, client_id, 20_000, f"top:{client_id}", now_ms())
        await wallet.hold(connection, session_id, client_id, therapist_id, 3_500, now_ms())
        await wallet.post(connection, session_id, 65, now_ms())

    await house.store.write(body)
    await booked(house, client_id, therapist_id, sign)
    await said(house, session_id, client_id, therapist_id, sign)
    return session_id


async def said(house: House, session_id: str, client_id: str, therapist_id: str, sign: str) -> None:
    """One line of each, as a worker stores them; the client's second word was corrected by the therapist."""
    key = (await house.keys.key_of(client_id)).for_session(session_id)

    async def body(connection: AsyncConnection) -> None:
        await transcripts.open_transcript(connection, session_id, True, now_ms())
        for seq, seat in enumerate(Seat, 1):
            words = json.dumps([[f"{sign}", 4_000, 0.9], [f"{seat}speech", 4_500, 0.2]]).encode()
            place = f"{session_id}:{seq}"
            line = {"session_id": session_id, "seq": seq, "seat": seat, "from_ms": 4_000, "to_ms": 5_000}
            sealed = key.seal(words, "utterance", place, "words_sealed")
            await connection.execute(insert(utterance).values(**line, words_sealed=sealed, engine="t", source=place))
        fix = Fix(1, 0, 1, 1, "corrected")
        await spoken.correct(connection, key, session_id, fix, therapist_id, now_ms())

    await house.store.write(body)


async def booked(house: House, client_id: str, therapist_id: str, sign: str) -> None:
    booking_id, key = str(uuid.uuid4()), await house.keys.key_of(client_id)
    answers = key.seal_text(f'[["What brings you?", "{sign} answer"]]', "booking", booking_id, "answers_sealed")
    people = {"client_id": client_id, "therapist_id": therapist_id}
    facts = {"service_id": "quick", "kind": "therapy", "method": "video", "state": "completed", "paid_with": "nothing"}
    policy = {"move_minutes": 0, "cancel_minutes": 0, "is_late_returned": False, "version": 1}
    times = {"starts_at_ms": 1_750_000_000_000, "ends_at_ms": 1_750_003_600_000, "created_at_ms": 1}
    rest = {"area": "mind", "language": "en", "price_pence": 0, "answers_sealed": answers}

    async def body(connection: AsyncConnection) -> None:
        await connection.execute(insert(booking).values(id=booking_id, **people, **facts, **policy, **times, **rest))

    await house.store.write(body)


async def test_a_client_takes_along_everything_of_theirs_and_nothing_of_another_client(
    house: House, browser: Visitor
) -> None:
    client_id, email = await house.add("client", "Canarymine")
    other_id, _ = await house.add("client", "Canaryother")
    therapist_id, _ = await house.add("therapist")
    session_id = await lived(house, client_id, therapist_id, "mine")
    await lived(house, other_id, therapist_id, "other")
    await browser.sign_in(email)
    data, page = await files(browser)
    assert data["account"][0]["email"] == email and data["account"][0]["first_name"] == "Canarymine"
    asked = data["requests"][0]
    assert (asked["issue"], asked["your_note"]) == ("mine issue", "<b>mine note</b>")
    assert asked["asked_at"] == "2025-06-15T15:06:40Z" and "15 June 2025, 16:06" in page
    assert [one["your_answers"] for one in data["bookings"]] == ["What brings you? mine answer"]
    met = data["sessions"][0]
    assert (met["session"], met["with"], met["charged_pence"]) == (session_id, "Amara Okafor", 3_500)
    assert [line["text"] for line in data["chat"]] == ["mine clientline"]
    assert [one["text"] for one in data["messages"]] == ["mine clientletter"]
    (words,) = data["words"]
    assert (words["text"], words["corrected"], words["session"]) == ("mine corrected", True, session_id)
    assert str(words["at"]) > str(met["began"]) and "A machine wrote them down" in page
    assert [(one["to"], one["agreed"]) for one in data["consents"]] == [("transcript", True)]
    assert sorted(int(str(line["amount_pence"])) for line in data["money"]) == [-3_500, 20_000]
    assert "−£35.00" in page and "&lt;b&gt;mine note&lt;/b&gt;" in page and "<b>" not in page
    assert len(data["sign_ins"]) == 1
    for whole in (json.dumps(data), page):
        assert "other" not in whole.replace("therapist", "").lower().replace("another", ""), "somebody else's data"
        assert not re.search("therapist(line|letter|speech)", whole)


async def test_a_therapist_takes_along_their_own_work_without_their_clients(house: House, browser: Visitor) -> None:
    client_id, _ = await house.add("client", "Canaryclient")
    therapist_id, email = await house.add("therapist")
    session_id = await lived(house, client_id, therapist_id, "canary")
    await browser.sign_in(email)
    await browser.ask("PUT", "/api/survey", {"rating": 4, "words": "Longer breaks.", "is_named": False})
    matter = {"id": str(uuid.uuid4()), "kind": "question", "subject": "Sound", "text": "It was quiet."}
    assert (await browser.ask("POST", "/api/support", matter))[0] == 200
    await files(browser)
    data, page = await files(browser)
    assert [(one["rating"], one["words"]) for one in data["survey"]] == [(4, "Longer breaks.")]
    assert [(one["about"], one["text"]) for one in data["support"]] == [("question", "It was quiet.")]
    assert data["card"][0]["about_you"] == "I listen first."
    assert (data["sessions"][0]["session"], data["sessions"][0]["share_pence"]) == (session_id, 2_275)
    assert data["money"][0]["amount_pence"] == 2_275
    assert [one["action"] for one in data["actions"]] == ["account:export", "support:begin", "person:sign_in"]
    assert "canary" not in (json.dumps(data) + page).lower()


async def test_every_export_is_on_record_and_nobody_gets_one_without_signing_in(house: House, browser: Visitor) -> None:
    assert (await browser.ask("GET", PATH))[0] == 401
    admin_id, email = await house.add("admin")
    await browser.sign_in(email)
    for _ in range(2):
        data, page = await files(browser)
    assert data["account"][0]["role"] == "admin" and "There is nothing" not in page
    async with house.store.read() as connection:
        query = select(audit.c.actor_id, audit.c.object_id).where(audit.c.action == "account:export")
        assert [tuple(row) for row in await connection.execute(query)] == [(admin_id, admin_id)] * 2
