"""The room over real sockets: seats, links, chat, notes, leaving and ending."""

import asyncio

from rtc_server.actors.people import new_id
from rtc_server.wire.room import Candidate, Description, RoomTranscript, RoomView, SessionRef, Told
from tests.conftest import Cast
from tests.eventually import eventually
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call, offered

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"


async def test_a_therapist_who_ends_before_the_client_has_come_has_withdrawn(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    view = await offered(client, therapist)
    await client.agree(view.id)
    session_id = (await therapist.until_request("joining")).session_id
    assert session_id is not None
    await therapist.join(session_id)
    await therapist.end(session_id)
    waiting = await client.until_request("waiting")
    assert (waiting.id, waiting.session_id) == (view.id, None)
    await therapist.until_sees(view.id)
    await therapist.accept(view.id)
    await client.until_request("accepted")
    await client.cancel(view.id)


async def test_joining_before_the_yes_is_refused_and_warming_is_not(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    assert request.session_id is not None
    warmed = await therapist.warm(request.session_id)
    assert warmed.room.phase == "warming"
    await client.warm(request.session_id)
    await refused_as("not_agreed", client.join(request.session_id))
    await refused_as("not_agreed", therapist.end(request.session_id))
    await client.cancel(request.id)


async def test_both_join_after_the_yes_and_are_live_over_two_processes(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    assert client.room is not None and therapist.room is not None
    assert (client.room.seat, therapist.room.seat) == ("client", "therapist")
    assert client.room.live_at_ms == therapist.room.live_at_ms is not None
    assert (await client.until_request("in_call")).session_id == session_id
    await therapist.end(session_id)


async def test_the_link_made_while_warming_is_kept_by_the_same_pages_after_the_yes(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    assert request.session_id is not None
    await therapist.warm(request.session_id)
    link = (await client.warm(request.session_id)).room.link
    await client.agree(request.id)
    await client.join(request.session_id)
    assert (await therapist.join(request.session_id)).room.link == link
    await therapist.end(request.session_id)


async def test_signals_reach_the_other_side_and_old_links_do_not(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    assert therapist.room is not None
    link = therapist.room.link
    await therapist.signal(session_id, link, Description(type="offer", sdp=OFFER))
    candidate = Candidate(candidate="candidate:1 1 udp 1 127.0.0.1 9 typ host", mid="0", line=0, ufrag="ab")
    await client.signal(session_id, link, candidate)
    await client.until(lambda: len(client.signals) == 1)
    await therapist.until(lambda: len(therapist.signals) == 1)
    assert client.signals[0].signal == Description(type="offer", sdp=OFFER)
    assert therapist.signals[0].signal == candidate
    await refused_as("stale_link", client.signal(session_id, link + 1, candidate))
    await therapist.end(session_id)


async def test_what_a_page_tells_of_itself_reaches_the_other_and_spends_no_signals(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    assert therapist.room is not None
    link = therapist.room.link
    told = Told(repair="looking", hears="gaps", is_picture_paused=True, is_showing_screen=False)
    for _ in range(20):
        await client.signal(session_id, link, told)
    await therapist.until(lambda: len(therapist.signals) == 20)
    assert therapist.signals[-1].signal == told
    # Twice as many as a link takes of descriptions, and these are still taken.
    await client.signal(session_id, link, Description(type="offer", sdp=OFFER))
    await refused_as("stale_link", client.signal(session_id, link + 1, told))
    await therapist.end(session_id)


async def test_another_page_takes_the_seat_and_the_replaced_one_cannot_speak_for_it(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    assert client.room is not None
    link = client.room.link
    tab = await cast.tab(client, 1)
    joined = await tab.join(session_id)
    assert joined.room.link > link and joined.room.page_id == tab.page_id
    await client.until(lambda: client.room is not None and client.room.page_id == tab.page_id)
    await refused_as("seat_replaced", client.mute(session_id, True))
    await therapist.until(lambda: therapist.room is not None and therapist.room.link == joined.room.link)
    await therapist.end(session_id)


async def test_reloading_comes_back_into_the_same_session(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    for actor in (client, therapist):
        await actor.reload()
        current = await actor.current()
        assert current is not None and current.session_id == session_id
        joined = await actor.join(session_id)
        assert joined.room.session_id == session_id
    await client.until_phase("live")
    await therapist.end(session_id)


async def test_mute_is_its_owners_and_survives_a_reload(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    await client.mute(session_id, True)
    await therapist.until(lambda: therapist.room is not None and therapist.room.client.is_muted)
    await client.reload()
    assert (await client.join(session_id)).room.client.is_muted
    await therapist.end(session_id)


async def test_chat_is_stored_once_in_order_and_read_by_both(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    line_id = new_id()
    first, again = await asyncio.gather(
        client.say(session_id, "Can you see this?", line_id=line_id),
        client.say(session_id, "Can you see this?", line_id=line_id),
    )
    assert first.seq == again.seq
    await therapist.say(session_id, "Yes, I can.")
    for actor in (client, therapist):
        await actor.until(lambda actor=actor: len(actor.chat) == 2)  # type: ignore[misc]
        lines = await actor.chat_since(session_id, 0)
        assert [(line.seq, line.seat, line.text) for line in lines] == [
            (1, "client", "Can you see this?"),
            (2, "therapist", "Yes, I can."),
        ]
    await therapist.end(session_id)
    await refused_as("session_ended", client.say(session_id, "Too late"))


async def test_notes_made_from_an_older_version_are_refused_and_nothing_is_lost(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    saved = await therapist.save_notes(session_id, "First thoughts.", 0)
    await refused_as("note_conflict", therapist.save_notes(session_id, "From another page.", 0))
    await therapist.save_notes(session_id, "First thoughts, and second.", saved.version)
    await therapist.end(session_id)
    assert (await therapist.session(session_id)).notes.text == "First thoughts, and second."


async def test_a_client_who_leaves_may_come_back_and_the_room_stays_open(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    await client.leave(session_id)
    await therapist.until_phase("interrupted")
    await client.join(session_id)
    await therapist.until_phase("live")
    await therapist.end(session_id)


async def test_ending_twice_is_one_end(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    key = new_id()
    await therapist.end(session_id, key=key)
    await therapist.end(session_id, key=key)
    await therapist.end(session_id)
    ended = await client.until_phase("ended")
    assert ended.ended_reason == "therapist"
    assert (await client.until_request("ended")).session_id == session_id
    await refused_as("session_ended", client.join(session_id))


async def test_a_session_stands_in_the_call_log_from_the_yes_and_not_before(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    request = await offered(client, therapist)
    assert (await therapist.call_log()).sessions == []
    await client.decline(request.id)
    assert (await therapist.call_log()).sessions == []
    other_client = await cast.client(1)
    session_id = await in_call(other_client, therapist)
    assert [entry.session_id for entry in (await therapist.call_log()).sessions] == [session_id]
    await therapist.end(session_id)
    await client.cancel(request.id)


async def test_an_empty_room_ends_by_itself_and_one_left_for_a_moment_does_not(hasty_cast: Cast) -> None:
    client, therapist = await hasty_cast.client(), await hasty_cast.therapist(1)
    session_id = await in_call(client, therapist)
    await client.cut()
    await therapist.until_phase("interrupted", timeout_s=15)
    await client.reload()
    await client.join(session_id)
    await therapist.until_phase("live")
    watcher = await hasty_cast.tab(therapist)
    await client.cut()
    await therapist.cut()

    async def ended_reason() -> str:
        return str((await watcher.ask_raw("GET", f"/api/sessions/{session_id}"))["ended_reason"])

    assert await eventually(ended_reason, 30, "the empty room has ended") == "empty"


async def test_a_client_who_stops_the_transcript_may_have_what_was_said_deleted(cast: Cast) -> None:
    client, therapist = await cast.client(), await cast.therapist(1)
    await therapist.set_transcripts(True)
    session_id = await in_call(client, therapist, wants_transcript=True)
    ref = SessionRef(session_id=session_id)
    assert (await therapist.session(session_id)).transcript == "recording"
    await refused_as("not_agreed", client.tell("room:forget", ref))
    await refused_as("not_allowed", therapist.tell("room:forget", ref))
    stopped = await client.emit("room:transcript", RoomTranscript(session_id=session_id, is_on=False), RoomView)
    assert not stopped.transcript.client_agreed
    for _ in range(2):
        await client.tell("room:forget", ref)
    assert (await therapist.session(session_id)).transcript == "deleted"
    await client.emit("room:transcript", RoomTranscript(session_id=session_id, is_on=True), RoomView)
    assert (await therapist.session(session_id)).transcript == "recording"
    await therapist.set_transcripts(False)
    await therapist.end(session_id)
