"""A therapist's test sessions with the scripted client, over real processes and real media."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from rtc_server.actors.call import ActorCall, Tracks
from rtc_server.actors.people import TherapistActor
from rtc_server.wire.pool import CardView
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.eventually import eventually

SHORT = {"REHEARSAL_LEASE_S": "2", "REHEARSAL_CLAIM_S": "2", "LEASE_RENEW_S": "1", "LEASE_S": "3", "OBSERVE_S": "0.2"}
CONNECT_S = 20.0
WORKER_UP_S = 60.0


@pytest.fixture(scope="module")
def stage(cluster_folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(cluster_folder / "rehearsal", webs=2, settings=SHORT)
    cluster.names.append("worker")
    try:
        cluster.up()
        cluster.seed(therapists=12, clients=2)
        yield cluster
        cluster.look_over()
    finally:
        cluster.down()


@pytest.fixture
async def stage_cast(stage: Cluster, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    people = Cast(stage, http)
    yield people
    await people.go_home()


async def _has_come(call: ActorCall, kind: str, packets: int) -> bool:
    return call.packets[kind] >= packets


async def begin(therapist: TherapistActor) -> CardView:
    """Start one and wait for its card; again while the worker is not up yet, as a person would."""
    deadline = asyncio.get_running_loop().time() + WORKER_UP_S
    while True:
        started = await therapist.start_rehearsal()
        await therapist.until(lambda: therapist.rehearsal is not None and therapist.rehearsal.state != "asked")
        if therapist.rehearsal is not None and therapist.rehearsal.state == "running":
            break
        assert asyncio.get_running_loop().time() < deadline, "no worker takes a rehearsal on"
    await therapist.until_sees(started.id)
    return therapist.cards[started.id]


async def test_a_whole_rehearsal_without_being_on_duty(stage: Cluster, stage_cast: Cast) -> None:
    therapist = await stage_cast.therapist(is_on_duty=False)
    card = await begin(therapist)
    assert card.is_rehearsal

    accepted = await therapist.accept(card.id)
    assert accepted.session_id is not None
    call = ActorCall(therapist, accepted.session_id, is_offering=True, tracks=Tracks)
    try:
        await call.warm()
        await therapist.until_request("joining")
        await call.join()
        room = await therapist.until_phase("live")
        assert room.is_rehearsal
        await eventually(lambda: _has_come(call, "audio", 50), CONNECT_S, "a second of voice")
        await eventually(lambda: _has_come(call, "video", 5), CONNECT_S, "a picture")
        await therapist.end(accepted.session_id)
        ended = await therapist.until_rehearsal("ended")
        assert ended.reason == "finished"
    finally:
        await call.close()

    (entry,) = (await therapist.call_log()).sessions
    assert entry.is_rehearsal
    assert stage.rows("SELECT count(*) FROM transfer WHERE session_id = ?", accepted.session_id) == [(0,)]
    assert stage.rows("SELECT state FROM transcript WHERE session_id = ?", accepted.session_id) == [("off",)]
    # Its sign-in is over with it.
    assert stage.rows(
        "SELECT count(*) FROM sign_in JOIN scripted_client ON person_id = client_id"
        " WHERE therapist_id = ? AND sign_in.ended_at_ms IS NULL",
        therapist.person_id,
    ) == [(0,)]


async def test_a_rehearsal_is_shown_to_its_therapist_alone_and_stands_in_nobodys_way(stage_cast: Cast) -> None:
    other = await stage_cast.therapist(1)
    client = await stage_cast.client(1)
    therapist = await stage_cast.therapist()
    card = await begin(therapist)
    placed = await client.place()
    assert placed.place == 1
    await other.until_sees(placed.id)
    assert card.id not in other.cards
    await client.cancel(placed.id)
    await therapist.stop_rehearsal(card.id)
    await therapist.until_gone(card.id)


async def test_the_third_at_once_on_a_machine_is_told_busy(stage_cast: Cast) -> None:
    first, second, third = [await stage_cast.therapist(is_on_duty=False) for _ in range(3)]
    for therapist in (first, second):
        await begin(therapist)
    await third.start_rehearsal()
    told = await third.until_rehearsal("ended")
    assert told.reason == "busy"

    # A place that is given back can be had at once.
    assert first.rehearsal is not None and second.rehearsal is not None
    await first.stop_rehearsal(first.rehearsal.id)
    card = await begin(third)
    await third.stop_rehearsal(card.id)
    await second.stop_rehearsal(second.rehearsal.id)


async def test_a_second_press_is_the_same_rehearsal(stage_cast: Cast) -> None:
    therapist = await stage_cast.therapist(is_on_duty=False)
    started, again = await asyncio.gather(therapist.start_rehearsal(), therapist.start_rehearsal())
    assert started.id == again.id
    await therapist.until_rehearsal("running")
    await therapist.stop_rehearsal(started.id)


async def test_a_killed_worker_leaves_a_rehearsal_that_ends_by_absence(stage: Cluster, stage_cast: Cast) -> None:
    therapist = await stage_cast.therapist(is_on_duty=False)
    card = await begin(therapist)
    accepted = await therapist.accept(card.id)
    assert accepted.session_id is not None
    await therapist.warm(accepted.session_id)
    await therapist.until_request("joining")
    await therapist.join(accepted.session_id)
    await therapist.until_phase("live")
    stage.kill("worker")
    try:
        lost = await therapist.until_rehearsal("ended")
        assert lost.reason == "lost"
        room = await therapist.until_phase("interrupted", timeout_s=20.0)
        assert not room.client.is_present
        await therapist.end(accepted.session_id)
    finally:
        stage.start("worker")
    await therapist.stop_rehearsal((await begin(therapist)).id)


async def test_a_rehearsal_that_reaches_its_length_takes_its_leave(stage: Cluster, stage_cast: Cast) -> None:
    stage.restart("worker", REHEARSAL_S="8")
    try:
        therapist = await stage_cast.therapist(is_on_duty=False)
        accepted = await therapist.accept((await begin(therapist)).id)
        assert accepted.session_id is not None
        await therapist.warm(accepted.session_id)
        await therapist.until_request("joining")
        await therapist.join(accepted.session_id)
        assert (await therapist.until_rehearsal("ended", timeout_s=30.0)).reason == "length"
        room = await therapist.until_phase("interrupted")
        assert room.client.has_left
        await therapist.end(accepted.session_id)
    finally:
        stage.heal("worker")


async def test_a_scripted_clients_sign_in_opens_nothing_but_what_a_client_may(
    stage: Cluster, stage_cast: Cast, http: aiohttp.ClientSession
) -> None:
    therapist = await stage_cast.therapist(is_on_duty=False)
    card = await begin(therapist)
    ((role, until_ms, asked_at_ms),) = stage.rows(
        "SELECT role, until_ms, asked_at_ms FROM rehearsal JOIN scripted_client USING (therapist_id)"
        " JOIN person ON person.id = client_id JOIN sign_in ON sign_in.person_id = client_id"
        " WHERE rehearsal.id = ? AND sign_in.ended_at_ms IS NULL",
        card.id,
    )
    assert role == "client"
    assert 0 < until_ms - asked_at_ms < 1_000_000
    stranger = TherapistActor(http, stage.url())
    other = await stage_cast.therapist(is_on_duty=False)
    stranger.token = other.token
    await stranger.connect()
    with pytest.raises(Exception, match="rehearsal_not_found"):
        await stranger.stop_rehearsal(card.id)
    await stranger.close()
    await therapist.stop_rehearsal(card.id)
    await therapist.until_rehearsal("ended")
