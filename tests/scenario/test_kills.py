"""Processes killed at the worst moment: a request is never stuck and never has two owners."""

import asyncio

import aiohttp
import pytest

from rtc_server.actors.people import TherapistActor, new_id
from rtc_server.actors.wire import Disconnected, Refused
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.story import in_call


@pytest.mark.parametrize("failpoint", ["after_reserve", "after_commit", "before_publish"])
async def test_a_process_killed_while_its_therapist_wins_leaves_exactly_one_owner(
    fragile: Cluster, fragile_cast: Cast, failpoint: str
) -> None:
    client, first, second = await fragile_cast.client(), await fragile_cast.therapist(), await fragile_cast.therapist()
    fragile.restart("web1", FAILPOINT=failpoint)
    page = await fragile_cast.tab(first, 1)
    assert isinstance(page, TherapistActor)
    placed = await client.place()
    await first.until_sees(placed.id)
    with pytest.raises(Disconnected):
        await page.accept(placed.id)
    fragile.wait_gone("web1")
    if failpoint == "after_reserve":
        # Nothing was written. Once the reservation has run out the card is anybody's again.
        owner = second
        await eventually(lambda: wins(second, placed.id), 10, "the reservation frees itself")
    else:
        owner = first
        with pytest.raises(Refused) as refusal:
            await second.accept(placed.id)
        assert refusal.value.code == "taken"
    request = await client.until_request("accepted")
    held = await owner.current()
    assert held is not None and (held.id, held.session_id) == (placed.id, request.session_id)
    other = await (first if owner is second else second).current()
    assert other is None or other.id != placed.id
    await client.cancel(placed.id)


async def wins(therapist: TherapistActor, request_id: str) -> bool:
    try:
        await therapist.accept(request_id)
    except Refused as refusal:
        assert refusal.code == "taken"
        return False
    return True


async def test_a_process_that_dies_before_it_tells_leaves_no_ghost_in_line_and_nobody_unaware(
    fragile: Cluster, fragile_cast: Cast
) -> None:
    first, second, on_duty = await fragile_cast.client(), await fragile_cast.client(), await fragile_cast.therapist()
    fragile.restart("web1", FAILPOINT="before_publish")
    page = await fragile_cast.tab(on_duty, 1)
    assert isinstance(page, TherapistActor)
    placed, behind = await first.place(), await second.place()
    await on_duty.until_sees(placed.id)
    with pytest.raises(Disconnected):
        await page.accept(placed.id)
    fragile.wait_gone("web1")
    await on_duty.until(lambda: on_duty.duty is not None and on_duty.duty.status == "in_session")
    await on_duty.until_gone(behind.id)

    async def has_moved_up() -> bool:
        current = await second.current()
        return current is not None and current.place == placed.place

    await eventually(has_moved_up, 5, "whoever stood behind has moved up")
    await first.cancel(placed.id)
    await second.cancel(behind.id)


async def test_chat_sent_while_a_web_process_dies_arrives_once_and_in_order(
    mended: Cluster, fragile_cast: Cast
) -> None:
    client = await fragile_cast.client(0)
    on_duty = await fragile_cast.therapist(0)
    therapist = await fragile_cast.tab(on_duty, 1)
    assert isinstance(therapist, TherapistActor)
    session_id = await in_call(client, therapist)
    lines = [(new_id(), f"line {number}") for number in range(20)]

    async def send_all() -> None:
        for line_id, text in lines:
            while not therapist.is_connected or not await sent(therapist, session_id, line_id, text):
                await come_back(therapist)

    sending = asyncio.create_task(send_all())
    await client.until(lambda: len(client.chat) >= 5)
    mended.restart("web1")
    await asyncio.wait_for(sending, 30)
    await client.until(lambda: len(client.chat) == len(lines))
    stored = await client.chat_since(session_id, 0)
    assert [line.seq for line in stored] == list(range(1, len(lines) + 1))
    assert [line.text for line in stored] == [text for _, text in lines]
    assert client.room is not None and client.room.phase in ("live", "interrupted")
    await on_duty.end(session_id)


async def sent(therapist: TherapistActor, session_id: str, line_id: str, text: str) -> bool:
    try:
        await therapist.say(session_id, text, line_id=line_id)
    except Disconnected:
        return False
    return True


async def come_back(therapist: TherapistActor) -> None:
    """What a page does when its socket is gone: try again until it is there."""
    await asyncio.sleep(0.2)
    try:
        await therapist.connect()
    except (aiohttp.ClientError, Disconnected, Refused):
        return
