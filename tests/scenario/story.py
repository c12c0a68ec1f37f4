"""The first minutes of a session as steps, for tests that begin in the middle."""

from rtc_server.actors.people import ClientActor, TherapistActor
from rtc_server.wire.pool import RequestView


async def offered(client: ClientActor, therapist: TherapistActor, note: str = "") -> RequestView:
    """The client has asked and the therapist has accepted; returns the request as the client sees it."""
    placed = await client.place(note=note)
    await therapist.until_sees(placed.id)
    await therapist.accept(placed.id)
    return await client.until_request("accepted")


async def in_call(client: ClientActor, therapist: TherapistActor, *, wants_transcript: bool = False) -> str:
    """Both have joined; returns the session's id."""
    request = await offered(client, therapist)
    assert request.session_id is not None
    session_id = request.session_id
    await client.agree(request.id, wants_transcript=wants_transcript)
    await client.join(session_id)
    await therapist.join(session_id)
    await client.until_phase("live")
    await therapist.until_phase("live")
    return session_id
