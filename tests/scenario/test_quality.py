"""The quality receipt over real sockets: what each page counted, added up by end, for the session's therapist alone."""

from rtc_server.actors.people import Actor, new_id
from rtc_server.wire.quality import CheckView, QualityView, RoomQuality
from tests.conftest import Cast
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call

NOTHING = {
    "join_ms": None,
    "connected_s": 0,
    "relayed_s": 0,
    "reconnects": 0,
    "audio_received": 0,
    "audio_lost": 0,
    "video_received": 0,
    "video_lost": 0,
    "freezes": 0,
    "freeze_ms": 0,
    "device_faults": 0,
}


async def counted(actor: Actor, session_id: str, page_id: str, **figures: int) -> None:
    body = RoomQuality(session_id=session_id, page_id=page_id, **{**NOTHING, **figures})  # type: ignore[arg-type]
    await actor.tell("room:quality", body)


async def receipt(actor: Actor, session_id: str) -> QualityView:
    return await actor.ask("GET", f"/api/sessions/{session_id}/quality", QualityView)


async def test_running_totals_of_a_page_are_replaced_and_pages_of_one_end_are_added(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    first, second = new_id(), new_id()
    await counted(client, session_id, first, connected_s=60, audio_received=90, audio_lost=10)
    await counted(client, session_id, first, connected_s=120, join_ms=140, audio_received=900, audio_lost=100)
    await counted(client, session_id, second, connected_s=30, join_ms=900, reconnects=2, audio_received=1_000)
    await therapist.end(session_id)
    # The last figures come just after the end.
    await counted(therapist, session_id, new_id(), connected_s=150, relayed_s=150, freezes=1, freeze_ms=400)
    clients, therapists = (await receipt(therapist, session_id)).sides
    assert (clients.seat, clients.pages, clients.join_ms, clients.connected_s) == ("client", 2, 140, 150)
    assert (clients.reconnects, clients.audio_lost_percent) == (2, 5.0)
    assert (therapists.relayed_s, therapists.freezes, therapists.freeze_ms) == (150, 1, 400)


async def test_nobody_elses_receipt_is_read_or_written(cast: Cast) -> None:
    client, therapist, stranger = await cast.client(), await cast.therapist(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    await counted(client, session_id, new_id(), connected_s=60)
    await refused_as("session_not_found", counted(stranger, session_id, new_id(), connected_s=1))
    await refused_as("session_not_found", receipt(stranger, session_id))
    await refused_as("not_allowed", receipt(client, session_id))
    assert len((await receipt(therapist, session_id)).sides) == 1
    await therapist.end(session_id)


async def test_a_device_check_is_given_servers_of_its_own(cast: Cast) -> None:
    client = await cast.client()
    assert (await client.ask("GET", "/api/check", CheckView)).ice_servers == []
