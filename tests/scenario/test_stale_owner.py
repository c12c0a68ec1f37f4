"""A web process stops for a while and wakes late: what others did meanwhile stands, and what it still holds is void."""

import asyncio
from typing import NamedTuple

import aiohttp
import pytest

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.actors.wire import Refused
from rtc_server.wire.pool import RequestView
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call


class Stopped(NamedTuple):
    """A therapist has accepted, and the process that took it has stopped on the way."""

    client: ClientActor
    therapist: TherapistActor  # at the other process; `page` is the one whose accept is under way
    page: TherapistActor
    request_id: str
    accepting: asyncio.Task[RequestView]

    @classmethod
    async def at(cls, failpoint: str, fragile: Cluster, cast: Cast) -> "Stopped":
        stopped = await cls._once(failpoint, fragile, cast)
        while not fragile.is_record_free():  # another of its tasks was writing: see Cluster.pause
            fragile.resume("web1")
            stopped = await cls._once(failpoint, fragile, cast)
        return stopped

    @classmethod
    async def _once(cls, failpoint: str, fragile: Cluster, cast: Cast) -> "Stopped":
        client, therapist = await cast.client(), await cast.therapist()
        fragile.restart("web1", FAILPOINT=f"{failpoint}:pause")
        page = await cast.tab(therapist, 1)
        assert isinstance(page, TherapistActor)
        placed = await client.place()
        await therapist.until_sees(placed.id)
        accepting = asyncio.create_task(page.accept(placed.id))

        async def is_paused() -> bool:
            return fragile.is_paused("web1")

        await eventually(is_paused, 10, "the process stops in the middle of an accept")
        return cls(client, therapist, page, placed.id, accepting)


async def test_an_accept_that_wakes_after_its_reservation_has_run_out_is_told_it_is_taken(
    fragile: Cluster, fragile_cast: Cast
) -> None:
    second = await fragile_cast.therapist()
    client, late, _, request_id, accepting = await Stopped.at("after_reserve", fragile, fragile_cast)

    async def wins() -> bool:
        try:
            await second.accept(request_id)
        except Refused as refusal:
            assert refusal.code == "taken"
            return False
        return True

    await eventually(wins, 10, "the reservation frees itself")
    won = await client.until_request("accepted")
    fragile.resume("web1")
    await refused_as("taken", accepting)
    current = await client.current()
    assert current is not None and current.therapist is not None
    assert (current.session_id, current.version) == (won.session_id, won.version)
    assert await late.current() is None
    await client.cancel(request_id)


async def test_a_process_that_wakes_with_an_old_socket_takes_nobodys_seat_away(
    mended: Cluster, fragile_cast: Cast, http: aiohttp.ClientSession
) -> None:
    client, on_duty = await fragile_cast.client(), await fragile_cast.therapist()
    witness = await fragile_cast.therapist(1)
    page = await fragile_cast.tab(on_duty, 1)
    assert isinstance(page, TherapistActor)
    session_id = await in_call(client, page)
    witness_id = str((await witness.ask_raw("GET", "/api/me"))["id"])
    mended.pause("web1")
    # The page's network changed: it is the same page on another socket, and the old one is still open at web1.
    back = await fragile_cast.tab(on_duty, 0)
    back.page_id = page.page_id
    await back.join(session_id)
    redis = mended.redis()
    (witnessed,) = [key for key in redis.scan_iter("qc:lease:*") if key.endswith(witness_id)]
    redis.delete(witnessed)
    mended.resume("web1")

    async def is_renewed() -> bool:
        return redis.exists(witnessed) == 1

    await eventually(is_renewed, 10, "web1 is awake and has renewed its leases")
    await page.close()

    async def has_noticed() -> bool:
        return await asyncio.to_thread(mended.metric, "quick_connect_sockets", 1) == 1

    await eventually(has_noticed, 10, "web1 has noticed that the old socket is gone")
    with pytest.raises(TimeoutError):
        await client.until(lambda: client.room is not None and client.room.phase != "live", 1.5)
    await on_duty.end(session_id)


async def test_a_second_press_of_the_same_therapist_is_told_that_the_client_has_gone_and_not_that_another_was_first(
    fragile: Cluster, fragile_cast: Cast
) -> None:
    client, on_duty, _, request_id, first = await Stopped.at("after_reserve", fragile, fragile_cast)
    second = asyncio.create_task(on_duty.accept(request_id))
    await client.cancel(request_id)
    await refused_as("cancelled", second)
    fragile.resume("web1")
    await refused_as("cancelled", first)


async def test_an_accept_that_wakes_after_its_client_has_gone_says_so_to_its_page(
    fragile: Cluster, fragile_cast: Cast
) -> None:
    client, _, page, request_id, accepting = await Stopped.at("after_commit", fragile, fragile_cast)
    await client.until_request("accepted")
    await client.cancel(request_id)
    fragile.resume("web1")
    await accepting
    await page.until(lambda: page.request is not None and page.request.state == "cancelled")
