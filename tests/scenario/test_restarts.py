"""Web processes that are asked to end, as with each new version: what was acknowledged is there, nobody is put out."""

import asyncio
import contextlib
import socket
import time

import aiohttp

from rtc_server.actors.people import Actor, ClientActor, TherapistActor, new_id
from rtc_server.actors.wire import Disconnected, Refused
from tests.cluster import Cluster, is_answering
from tests.conftest import IS_SOAK, Cast
from tests.eventually import eventually
from tests.scenario.story import in_call

WRITERS = 12
ROUNDS = 5 if IS_SOAK else 1
ENDS_S = 30.0
HURRIES_S = 2.0


async def test_what_was_acknowledged_is_stored_and_what_is_stored_was_acknowledged(
    mended: Cluster, fragile_cast: Cast
) -> None:
    client, on_duty = await fragile_cast.client(0), await fragile_cast.therapist(0)
    therapist = await fragile_cast.tab(on_duty, 1)
    assert isinstance(therapist, TherapistActor)
    session_id = await in_call(client, therapist)
    # The therapist's other tabs: the lines of one socket are taken one after the other, those of several at once.
    pages = [therapist, *[await fragile_cast.tab(on_duty, 1) for _ in range(WRITERS - 1)]]
    acknowledged: set[str] = set()

    async def write(page: Actor) -> None:
        assert isinstance(page, TherapistActor)
        with contextlib.suppress(Disconnected, Refused):
            while True:
                text = new_id()
                await page.say(session_id, text)
                acknowledged.add(text)

    writing = [asyncio.create_task(write(page)) for page in pages]
    await client.until(lambda: len(client.chat) >= 3 * WRITERS)
    mended.ask_to_end("web1")
    await asyncio.gather(*writing)
    await asyncio.to_thread(mended.wait_gone, "web1", ENDS_S)
    stored = await all_chat(client, session_id)
    assert set(stored) == acknowledged and len(stored) == len(acknowledged)
    # The page comes back to the other process, into the same call.
    back = await fragile_cast.tab(on_duty, 0)
    assert isinstance(back, TherapistActor)
    joined = await back.join(session_id)
    assert joined.room.phase == "live"
    await back.end(session_id)


async def all_chat(client: ClientActor, session_id: str) -> list[str]:
    texts: list[str] = []
    while page := await client.chat_since(session_id, len(texts)):
        texts += [line.text for line in page]
    return texts


async def test_a_second_signal_ends_a_process_that_still_waits_for_somebody(mended: Cluster) -> None:
    with socket.create_connection(("127.0.0.1", mended.ports[1])) as slow:
        slow.sendall(b"POST /api/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
        mended.ask_to_end("web1")
        await eventually(lambda: _async(not is_answering(mended.url(1) + "/readyz")), 5, "it takes nothing new")
        assert mended.is_running("web1"), "it waits for a request that is under way"
        asked = time.monotonic()
        mended.ask_to_end("web1")
        mended.wait_gone("web1", HURRIES_S)
    print(f"second signal: gone after {time.monotonic() - asked:.2f} s")


async def _async(value: bool) -> bool:
    return value


async def test_restarting_one_process_after_the_other_fails_nothing_that_is_tried_again(
    mended: Cluster, fragile_cast: Cast
) -> None:
    talkers = [await in_two(fragile_cast) for _ in range(2)]
    lines = {session_id: [new_id() for _ in range(60)] for _, _, session_id in talkers}
    is_over = asyncio.Event()

    async def talk(page: TherapistActor, session_id: str) -> None:
        for line_id in lines[session_id]:
            while not await said(page, session_id, line_id):
                await come_back(mended, page)
        while not is_over.is_set():
            await said(page, session_id, lines[session_id][-1])
            await come_back(mended, page)

    talking = [asyncio.create_task(talk(page, session_id)) for _, page, session_id in talkers]
    for _ in range(ROUNDS):
        for name in ("web1", "web0"):
            mended.ask_to_end(name)
            await asyncio.to_thread(mended.wait_gone, name, ENDS_S)
            mended.start(name)
            await asyncio.to_thread(mended.wait_ready, name)
    is_over.set()
    await asyncio.gather(*talking)
    for client, page, session_id in talkers:
        await come_back(mended, client)
        stored = await client.chat_since(session_id, 0)
        assert [line.text for line in stored] == lines[session_id], "each line once, in order"
        await page.join(session_id)
        joined = await client.join(session_id)
        assert joined.room.phase == "live"
        await page.end(session_id)


async def in_two(cast: Cast) -> tuple[ClientActor, TherapistActor, str]:
    client, therapist = await cast.client(0), await cast.therapist(1)
    return client, therapist, await in_call(client, therapist)


async def said(page: TherapistActor, session_id: str, line_id: str) -> bool:
    try:
        await page.say(session_id, line_id, line_id=line_id)
    except Disconnected:
        return False
    except Refused as refusal:
        assert refusal.code == "draining"
        return False
    return True


async def come_back(cluster: Cluster, page: Actor) -> None:
    """What a balancer and a page do together: the next process that is ready, again and again."""
    while not page.is_connected:
        page.url = page.origin = cluster.url(0 if page.url == cluster.url(1) else 1)
        with contextlib.suppress(aiohttp.ClientError, Disconnected, Refused):
            await page.connect()
            return
        await asyncio.sleep(0.1)
