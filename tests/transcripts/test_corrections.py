"""Corrections, marks, deletion and another try of a transcript, over HTTP."""

import pytest
from sqlalchemy import func, select

from rtc_server.speech.leg_packets import Word
from rtc_server.store import erasure, transcripts
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audio, correction, gap, leg, mark, utterance
from tests.transcripts.studio import Studio, in_rows, packets
from tests.transcripts.test_call_log import LEG, say

WORDS = [Word("I", 100, 200, 0.9), Word("live", 200, 300, 0.9), Word("in", 300, 400, 0.9), Word("Leads", 400, 600, 0.3)]


def fix(revision: int, text: str, place: int = 3, count: int = 1) -> dict[str, object]:
    return {"seq": 1, "revision": revision, "place": place, "count": count, "text": text}


async def said_now(studio: Studio) -> dict[str, object]:
    utterances = (await studio.view())["utterances"]
    assert isinstance(utterances, list)
    return dict(utterances[0])


async def test_a_corrected_word_is_shown_as_such_and_the_machines_is_kept(studio: Studio) -> None:
    await say(studio, WORDS)
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/corrections"
    status, body, _ = await visitor.ask("POST", path, fix(0, "Leeds now"))
    assert status == 200, body
    assert body["value"] == await said_now(studio)
    assert [(word["text"], word["is_corrected"], word["is_unsure"]) for word in body["value"]["words"]][2:] == [
        ("in", False, False),
        ("Leeds", True, False),
        ("now", True, False),
    ]
    assert body["value"]["revision"] == 1 and body["value"]["corrected_at_ms"] > 0
    assert (await visitor.ask("POST", path, fix(1, "", place=4)))[0] == 200
    _, body, _ = await visitor.ask("GET", path)
    assert [(one["revision"], one["text"], one["at_ms"] is None) for one in body["value"]["revisions"]] == [
        (0, "I live in Leads", True),
        (1, "I live in Leeds now", False),
        (2, "I live in Leeds", False),
    ]


async def test_a_correction_made_from_an_older_revision_is_refused(studio: Studio) -> None:
    await say(studio, WORDS)
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/corrections"
    assert (await visitor.ask("POST", path, fix(0, "Leeds")))[0] == 200
    for late in (fix(0, "Lids"), fix(1, "word", place=4), fix(1, "words", place=3, count=2), {**fix(1, "x"), "seq": 9}):
        status, body, _ = await visitor.ask("POST", path, late)
        assert (status, body["code"]) == (409, "transcript_changed")
    assert "Leeds" in str(await said_now(studio))


async def test_corrections_stand_nowhere_in_the_clear(studio: Studio) -> None:
    await say(studio, WORDS)
    visitor = await studio.visitor("therapist")
    await visitor.ask("POST", f"/api/sessions/{studio.session_id}/corrections", fix(0, "persimmon"))
    kept = b"".join(path.read_bytes() for path in studio.folder.iterdir() if path.is_file())
    assert b"persimmon" not in kept and "persimmon" in str(await said_now(studio))


async def test_a_marked_passage_stays_marked_until_the_mark_is_taken_away(studio: Studio) -> None:
    await say(studio, WORDS)
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/marks"
    for is_marked in (True, True, False):
        assert (await visitor.ask("PUT", path, {"seq": 1, "is_marked": is_marked}))[0] == 200
        assert (await said_now(studio))["is_marked"] is is_marked
    assert (await visitor.ask("PUT", path, {"seq": 7, "is_marked": True}))[0] == 409


async def test_a_stranger_can_neither_correct_nor_mark_nor_delete(studio: Studio) -> None:
    await say(studio, WORDS)
    _, email = await studio.house.add("therapist")
    stranger, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}"
    await stranger.sign_in(email)
    for method, part, body in (
        ("POST", "corrections", fix(0, "Leeds")),
        ("GET", "corrections", None),
        ("PUT", "marks", {"seq": 1, "is_marked": True}),
        ("DELETE", "transcript", None),
        ("POST", "transcript/retry", None),
        ("GET", "notes/versions", None),
    ):
        status, answer, _ = await stranger.ask(method, f"{path}/{part}", body)
        assert (status, answer["code"]) == (404, "session_not_found"), part


async def rows_left(studio: Studio) -> int:
    async with studio.house.store.read() as connection:
        tables = (utterance, correction, mark, gap, audio)
        counts = [await connection.execute(select(func.count()).select_from(table)) for table in tables]
        return sum(int(count.scalar_one()) for count in counts)


async def test_a_deleted_transcript_is_gone_and_the_notes_stay(studio: Studio) -> None:
    await say(studio, WORDS)
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}"
    await visitor.ask("POST", f"{path}/corrections", fix(0, "Leeds"))
    await visitor.ask("PUT", f"{path}/marks", {"seq": 1, "is_marked": True})
    await visitor.ask("PUT", f"{path}/notes", {"text": "worked on sleep", "version": 0})
    status, body, _ = await visitor.ask("DELETE", f"{path}/transcript")
    assert (status, body["code"]) == (409, "not_ended")
    await studio.end()
    for _ in range(2):
        assert (await visitor.ask("DELETE", f"{path}/transcript"))[0] == 200
    view = await studio.view()
    assert view["transcript"] == "deleted" and view["utterances"] == [] and view["gaps"] == []
    assert isinstance(view["notes"], dict) and view["notes"]["text"] == "worked on sleep"
    assert await rows_left(studio) == 0


async def test_a_worker_that_still_has_the_sound_stores_nothing_of_a_deleted_transcript(studio: Studio) -> None:
    await studio.put_leg(LEG, "client", in_rows(packets([b"x"] * 50)))
    await studio.house.store.write(
        transcripts.claim, studio.session_id, "test", now_ms() + 60_000, now_ms(), is_try=False
    )
    await studio.house.store.write(
        erasure.delete_transcript, studio.session_id, studio.client_id, now_ms(), is_in_call=True
    )
    await studio.house.store.write(transcripts.open_transcript, studio.session_id, True, now_ms())
    assert await studio.transcript_state() == "recording"
    await studio.house.store.write(
        transcripts.claim, studio.session_id, "test", now_ms() + 60_000, now_ms(), is_try=False
    )
    done = transcripts.Done(studio.session_id, LEG, "client", 0, 2_000, [WORDS], [], "test")
    with pytest.raises(transcripts.LeaseLost):
        await studio.house.store.write(transcripts.store_done, studio.key, "test", done, now_ms(), now_ms())
    assert await rows_left(studio) == 0


async def test_nothing_is_deleted_under_a_legal_hold(studio: Studio) -> None:
    await say(studio, WORDS)
    await studio.end()
    await studio.house.store.write(erasure.place_hold, studio.client_id, now_ms())
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/transcript"
    status, body, _ = await visitor.ask("DELETE", path)
    assert (status, body["code"]) == (409, "under_legal_hold")
    assert (await studio.view())["is_held"] is True
    await studio.house.store.write(erasure.lift_hold, studio.client_id)
    assert (await visitor.ask("DELETE", path))[0] == 200


async def test_a_failed_transcript_keeps_its_sound_and_can_be_tried_again(studio: Studio) -> None:
    await studio.put_leg(LEG, "client", in_rows(packets([b"x"] * 50)))
    await studio.end()
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/transcript/retry"
    status, body, _ = await visitor.ask("POST", path)
    assert (status, body["code"]) == (409, "nothing_to_retry")
    await studio.house.store.write(
        transcripts.claim, studio.session_id, "test", now_ms() + 60_000, now_ms(), is_try=True
    )
    await studio.house.store.write(transcripts.fail, studio.session_id, "test", "engine", now_ms())
    assert (await studio.view())["can_retry"] is True and await studio.audio_rows() > 0
    assert (await visitor.ask("POST", path))[0] == 200
    assert await studio.transcript_state() == "finishing"
    async with studio.house.store.read() as connection:
        assert (await connection.execute(select(leg.c.transcribed_to_ms))).scalar_one() == 0
