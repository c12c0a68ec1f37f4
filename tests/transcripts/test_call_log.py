"""The therapist's call log over HTTP: whose it is, notes by version, and what stands in it."""

import json

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.speech.leg_packets import Gap, Word
from rtc_server.store import audit, events, notes, transcripts
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audit as audit_table
from rtc_server.store.schema import session
from rtc_server.store.transcripts import Done
from tests.transcripts.studio import Studio, in_rows, packets

LEG = "3c0b7e5c-0000-4000-8000-000000000001"


async def end_at(connection: AsyncConnection, session_id: str, at_ms: int) -> None:
    await connection.execute(update(session).where(session.c.id == session_id).values(ended_at_ms=at_ms))


async def say(studio: Studio, words: list[Word]) -> None:
    """One utterance and one gap, as a worker stores them."""
    await studio.put_leg(LEG, "client", in_rows(packets([b"x"] * 50)))
    await studio.house.store.write(
        transcripts.claim, studio.session_id, "test", now_ms() + 60_000, now_ms(), is_try=False
    )
    done = Done(studio.session_id, LEG, "client", 0, 2_000, [words], [Gap(3_000, 7_000, "paused")], "test")
    await studio.house.store.write(transcripts.store_done, studio.key, "test", done, now_ms(), now_ms())


async def test_a_session_shows_words_with_their_doubts_gaps_and_money(studio: Studio) -> None:
    await say(studio, [Word("hello", 100, 300, 0.9), Word("their", 400, 600, 0.3)])
    view = await studio.view()
    assert view["client_name"] == "Ada Reed" and view["transcript"] == "recording"
    assert view["utterances"] == [
        {
            "seq": 1,
            "seat": "client",
            "name": "Ada",
            "from_ms": 100,
            "to_ms": 600,
            "words": [
                {"text": "hello", "from_ms": 100, "is_unsure": False, "is_corrected": False},
                {"text": "their", "from_ms": 400, "is_unsure": True, "is_corrected": False},
            ],
            "revision": 0,
            "corrected_at_ms": None,
            "is_marked": False,
        }
    ]
    assert view["gaps"] == [{"seat": "client", "from_ms": 3_000, "to_ms": 7_000, "reason": "paused"}]
    assert (view["charged_pence"], view["share_pence"]) == (0, 0)
    assert await studio.audio_rows() == 0


async def test_a_microphone_that_was_off_is_shown_as_such(studio: Studio) -> None:
    async with studio.house.store.read() as connection:
        live_at_ms = (await connection.execute(select(session.c.live_at_ms))).scalar_one()
    for person_id, at_s in ((studio.client_id, 10), (studio.therapist_id, 12), (studio.therapist_id, 13),
                            (studio.client_id, 40), (studio.client_id, 50)):  # fmt: skip
        await studio.house.store.write(
            events.append, "room", studio.session_id, at_s, "Muted", person_id, live_at_ms + at_s * 1_000
        )
    await studio.house.store.write(end_at, studio.session_id, live_at_ms + 60_000)
    muted = [(gap["seat"], gap["from_ms"], gap["to_ms"], gap["reason"]) for gap in (await studio.view())["gaps"]]  # type: ignore[attr-defined]
    assert muted == [("client", 10_000, 40_000, "muted"), ("client", 50_000, 60_000, "muted")]


async def test_the_list_holds_the_therapists_own_sessions_newest_first(studio: Studio) -> None:
    visitor = await studio.visitor("therapist")
    other_client, _ = await studio.house.add("client", "Bo")
    other_therapist, _ = await studio.house.add("therapist")
    newer = await studio.house.add_session(
        other_client, studio.therapist_id, agreed_at_ms=now_ms() + 5_000, ended_at_ms=now_ms() + 9_000
    )
    await studio.house.add_session(other_client, other_therapist)
    _, body, _ = await visitor.ask("GET", "/api/call-log")
    assert [one["session_id"] for one in body["value"]["sessions"]] == [newer, studio.session_id]
    assert [one["transcript"] for one in body["value"]["sessions"]] == ["off", "recording"]


async def test_somebody_elses_session_is_not_there(studio: Studio) -> None:
    _, email = await studio.house.add("therapist")
    stranger = await studio.visitor("therapist")
    await stranger.sign_in(email)
    path = f"/api/sessions/{studio.session_id}"
    for method, route, sent in (("GET", path, None), ("PUT", f"{path}/notes", {"text": "mine", "version": 0})):
        status, body, _ = await stranger.ask(method, route, sent)
        assert (status, body["code"]) == (404, "session_not_found")
    client = await studio.visitor("client")
    assert (await client.ask("GET", path))[0] == 403


async def test_notes_made_from_an_older_version_are_refused_and_a_retry_is_not(studio: Studio) -> None:
    visitor = await studio.visitor("therapist")
    path = f"/api/sessions/{studio.session_id}/notes"
    status, body, _ = await visitor.ask("PUT", path, {"text": "first", "version": 0})
    assert status == 200 and body["value"]["version"] == 1
    assert (await visitor.ask("PUT", path, {"text": "first", "version": 0}))[1]["value"]["version"] == 1
    status, body, _ = await visitor.ask("PUT", path, {"text": "other tab", "version": 0})
    assert (status, body["code"]) == (409, "note_conflict")
    assert (await visitor.ask("PUT", path, {"text": "second", "version": 1}))[1]["value"]["version"] == 2
    saved = (await studio.view())["notes"]
    assert isinstance(saved, dict) and saved["text"] == "second"
    assert ("notes", studio.session_id, 2) in studio.house.published


async def test_notes_as_they_stood_at_the_end_of_each_sitting_can_be_read(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/notes"
    long = "Worked on sleep, and on what to do at four in the morning."
    for version, text in enumerate(("Worked", "Worked on sleep", long, "gone")):
        assert (await visitor.ask("PUT", path, {"text": text, "version": version}))[0] == 200
    monkeypatch.setattr(notes, "SITTING_MS", 0)
    assert (await visitor.ask("PUT", path, {"text": "gone for good", "version": 4}))[0] == 200
    _, body, _ = await visitor.ask("GET", f"{path}/versions")
    kept = [(one["version"], one["text"]) for one in body["value"]["versions"]]
    assert kept == [(5, "gone for good"), (4, "gone"), (3, long)]


async def test_words_and_notes_stand_nowhere_in_the_clear(studio: Studio) -> None:
    await say(studio, [Word("pomegranate", 0, 300, 0.9)])
    visitor = await studio.visitor("therapist")
    await visitor.ask("PUT", f"/api/sessions/{studio.session_id}/notes", {"text": "elderberry", "version": 0})
    folder = studio.folder
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert b"pomegranate" not in kept and b"elderberry" not in kept
    assert "pomegranate" in json.dumps(await studio.view())


async def audited(studio: Studio, *, any_address: bool = False) -> list[tuple[str, str, str]]:
    async with studio.house.store.read() as connection:
        rows = (await connection.execute(select(audit_table).order_by(audit_table.c.seq))).all()
        assert await audit.first_broken(connection, studio.house.audit_key) is None
    assert any_address or all(row.address == "127.0.0.1" for row in rows)
    return [(row.actor_id, row.action, row.object_id) for row in rows if row.action != "person:sign_in"]


async def test_opening_a_session_leaves_one_audit_row_however_often_its_page_asks(studio: Studio) -> None:
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}"
    for _ in range(3):
        assert (await visitor.ask("GET", path))[0] == 200
    read = (studio.therapist_id, "session:read", studio.session_id)
    assert await audited(studio) == [read]
    assert (await visitor.ask("PUT", f"{path}/notes", {"text": "first", "version": 0}))[0] == 200
    assert await audited(studio) == [read, (studio.therapist_id, "notes:save", studio.session_id)]


async def test_what_is_refused_leaves_no_audit_row(studio: Studio) -> None:
    visitor, path = await studio.visitor("therapist"), f"/api/sessions/{studio.session_id}/notes"
    assert (await visitor.ask("PUT", path, {"text": "late", "version": 7}))[0] == 409
    assert (await visitor.ask("GET", f"/api/sessions/{LEG}"))[0] == 404
    assert await audited(studio) == []
