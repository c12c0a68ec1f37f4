"""Redis away, Redis empty, all of web away: nothing is lost, and nobody is taken for absent."""

import asyncio
import time

import aiohttp

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.actors.wire import Refused
from tests.cluster import SHORT_TIMES, Cluster
from tests.conftest import IS_SOAK, Cast
from tests.eventually import eventually
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call, offered

# Longer than every grace for absence; the leases in Redis have run out as well.
ABSENT_S = max(float(SHORT_TIMES[name]) for name in ("CLIENT_ABSENT_S", "THERAPIST_ABSENT_S", "LEASE_S"))
AWAY_S = 150.0 if IS_SOAK else ABSENT_S + 4


async def test_with_redis_away_asking_is_refused_quickly_and_a_call_goes_on(stormy: Cluster, stormy_cast: Cast) -> None:
    client, therapist = await stormy_cast.client(), await stormy_cast.therapist(1)
    waiting, free = await stormy_cast.client(1), await stormy_cast.therapist(0)
    session_id = await in_call(client, therapist)
    placed = await waiting.place()
    await free.until_sees(placed.id)
    stormy.kill("redis")
    late = await stormy_cast.client()
    for attempt in (late.place(), free.accept(placed.id)):
        started = time.monotonic()
        await refused_as("try_again", attempt)
        assert time.monotonic() - started < 2
    await therapist.say(session_id, "Still here.")
    await client.until(lambda: len(client.chat) == 1)
    await therapist.save_notes(session_id, "Redis was away.", 0)
    await client.wallet()
    stormy.start_redis()
    assert await eventually(lambda: places(late), 10, "the pool serves again")
    await eventually(lambda: sees_after_asking(free, placed.id), 10, "the index is rebuilt")
    await free.accept(placed.id)
    assert client.room is not None and client.room.phase == "live"
    await therapist.end(session_id)
    await waiting.cancel(placed.id)
    assert late.request is not None
    await late.cancel(late.request.id)


async def places(client: ClientActor) -> bool:
    try:
        await client.place()
    except Refused as refusal:
        assert refusal.code == "try_again"
        return False
    return True


async def sees_after_asking(therapist: TherapistActor, request_id: str) -> bool:
    return request_id in {card.id for card in (await therapist.pool()).cards}


async def test_redis_that_comes_back_empty_loses_nobody_and_keeps_the_order(stormy: Cluster, stormy_cast: Cast) -> None:
    therapist = await stormy_cast.therapist(1)
    clients = [await stormy_cast.client(number % 2) for number in range(8)]
    placed = [await client.place() for client in clients]
    stormy.kill("redis")
    stormy.start_redis()

    async def whole_line() -> bool:
        return [card.id for card in (await therapist.pool()).cards] == [request.id for request in placed]

    assert await eventually(whole_line, 10, "all are back in order")
    for rank, client in enumerate(clients):
        current = await client.current()
        assert current is not None and current.place == rank + 1
    for client, request in zip(clients, placed, strict=True):
        await client.cancel(request.id)


async def test_a_full_redis_takes_nothing_new_and_makes_nobody_absent(stormy: Cluster, stormy_cast: Cast) -> None:
    client, therapist = await stormy_cast.client(), await stormy_cast.therapist(1)
    waiting, free = await stormy_cast.client(1), await stormy_cast.therapist(0)
    session_id = await in_call(client, therapist)
    placed = await waiting.place()
    await free.until_sees(placed.id)
    late = await stormy_cast.client()
    stormy.redis().config_set("maxmemory", "1")  # it answers and keeps nothing, as with noeviction when memory is out
    try:
        for attempt in (late.place(), free.accept(placed.id)):
            await refused_as("try_again", attempt)
        await therapist.say(session_id, "Still here.")
        await client.until(lambda: len(client.chat) == 1)
        await asyncio.sleep(AWAY_S)
    finally:
        stormy.redis().config_set("maxmemory", "0")
    assert await eventually(lambda: places(late), 10, "the pool serves again")
    current = await waiting.current()
    assert current is not None and (current.id, current.state, current.place) == (placed.id, "waiting", placed.place)
    assert free.duty is not None and free.duty.status == "on_duty"
    assert client.room is not None and client.room.phase == "live"
    await therapist.end(session_id)
    for somebody in (waiting, late):
        assert somebody.request is not None
        await somebody.cancel(somebody.request.id)


async def test_all_of_web_away_expires_nobody_and_ends_no_room(stormy: Cluster, stormy_cast: Cast) -> None:
    client, therapist = await stormy_cast.client(), await stormy_cast.therapist(1)
    session_id = await in_call(client, therapist)
    waiting = [await stormy_cast.client(number % 2) for number in range(4)]
    placed = [await somebody.place() for somebody in waiting]
    offered_client, offering = await stormy_cast.client(), await stormy_cast.therapist(1)
    request = await offered(offered_client, offering)
    for name in ("web0", "web1"):
        stormy.kill(name)
    await asyncio.sleep(AWAY_S)
    for name in ("web0", "web1"):
        stormy.start(name)
    for name in ("web0", "web1"):
        stormy.wait_ready(name)
    everybody = [client, therapist, *waiting, offered_client, offering]
    await asyncio.gather(*(actor.reload() for actor in everybody))
    for somebody, was in zip(waiting, placed, strict=True):
        current = await somebody.current()
        assert current is not None and (current.id, current.state) == (was.id, "waiting")
    current = await offered_client.current()
    assert current is not None and (current.id, current.state) == (request.id, "accepted")
    await client.join(session_id)
    joined = await therapist.join(session_id)
    assert joined.room.phase == "live"
    await therapist.end(session_id)
    for somebody in (*waiting, offered_client):
        assert somebody.request is not None
        await somebody.cancel(somebody.request.id)


async def test_web_starts_without_redis_and_says_that_it_is_degraded(
    stormy: Cluster, stormy_cast: Cast, http: aiohttp.ClientSession
) -> None:
    stormy.kill("redis")
    stormy.restart("web0")
    async with http.get(stormy.url() + "/readyz") as answer:
        assert answer.status == 200
        body = await answer.json()
    assert body["redis"] not in ("ok", True)
    client = await stormy_cast.client()
    await client.wallet()
    await refused_as("try_again", client.place())
    stormy.start_redis()
    assert await eventually(lambda: places(client), 10, "the pool serves once Redis is there")
    placed = await client.current()
    assert placed is not None
    await client.cancel(placed.id)
