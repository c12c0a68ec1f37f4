"""No room left on the disk, as the pages meet it: refused by its code, read all the same, and kept when sent again."""

import sys

import pytest

from rtc_server.actors.people import new_id
from tests.cluster import Cluster
from tests.conftest import Cast
from tests.scenario.refusals import refused_as
from tests.scenario.story import in_call


@pytest.mark.skipif(sys.platform != "linux", reason="another process's limits can only be set on Linux")
async def test_chat_notes_and_a_request_are_refused_while_the_disk_is_full_and_kept_when_sent_again(
    mended: Cluster, fragile_cast: Cast
) -> None:
    client, therapist = await fragile_cast.client(1), await fragile_cast.therapist(1)
    asking = await fragile_cast.client(1)
    session_id = await in_call(client, therapist)
    line_id, request_id = new_id(), new_id()
    notes_path = f"/api/sessions/{session_id}/notes"
    mended.fill_disk("web1")
    for _ in range(2):
        await refused_as("storage_full", client.say(session_id, "Written twice.", line_id=line_id))
        await refused_as("storage_full", therapist.save_notes(session_id, "Not lost.", 0))
        await refused_as("storage_full", therapist.ask_raw("PUT", notes_path, {"text": "Not lost.", "version": 0}))
        await refused_as("storage_full", asking.place(request_id=request_id))
    assert await client.chat_since(session_id, 0) == []
    assert await asking.current() is None
    assert (await client.wallet()).held_pence > 0
    assert client.room is not None and client.room.phase == "live"
    mended.free_disk("web1")
    assert (await client.say(session_id, "Written twice.", line_id=line_id)).seq == 1
    await therapist.until(lambda: len(therapist.chat) == 1)
    assert (await therapist.save_notes(session_id, "Not lost.", 0)).version == 1
    assert (await asking.place(request_id=request_id)).id == request_id
    await asking.cancel(request_id)
    await therapist.end(session_id)
    assert (await therapist.session(session_id)).notes.text == "Not lost."
