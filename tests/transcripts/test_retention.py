"""What is deleted because its time is over, what a legal hold keeps, and what is left in the database's file."""

import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.retention import DAY_MS, KeptFor, Sweeper
from rtc_server.speech.leg_packets import Word
from rtc_server.store import erasure, transcripts
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audio, chat, notes_version, session, transcript, utterance
from tests.transcripts.studio import Studio, in_rows, packets
from tests.transcripts.test_call_log import LEG, audited, say
from tests.transcripts.test_corrections import rows_left

FOR_GOOD = KeptFor(0, 0, 0, 0, 0)
FOR_A_YEAR = KeptFor(365, 365, 365, 7, 30)
LATER_MS = 366 * DAY_MS


def sweeper(studio: Studio, kept: KeptFor) -> Sweeper:
    return Sweeper(studio.house.store, studio.house.audit_key, kept, every_s=3_600)


async def written_up(studio: Studio) -> None:
    """A session that is over, with words, chat and notes."""
    await say(studio, [Word("hello", 100, 300, 0.9)])
    await studio.end()
    visitor, line_id = await studio.visitor("therapist"), str(uuid.uuid4())
    await visitor.ask("PUT", f"/api/sessions/{studio.session_id}/notes", {"text": "worked on sleep", "version": 0})
    sealed = (await studio.house.keys.key_of(studio.client_id)).seal_text("hi", "chat", line_id, "text_sealed")

    async def body(connection: AsyncConnection) -> None:
        await connection.execute(update(transcript).values(state="ready"))
        await connection.execute(
            chat.insert().values(
                session_id=studio.session_id, seq=1, id=line_id, seat="client", text_sealed=sealed, at_ms=now_ms()
            )
        )

    await studio.house.store.write(body)


async def test_by_default_everything_is_kept(studio: Studio) -> None:
    await written_up(studio)
    assert await sweeper(studio, FOR_GOOD).sweep(now_ms() + 100 * LATER_MS) == 0
    assert await sweeper(studio, FOR_A_YEAR).sweep(now_ms()) == 0
    view = await studio.view()
    assert view["utterances"] and view["chat"] and view["transcript"] == "ready"


async def test_when_its_time_is_over_it_goes_once_and_the_trail_says_so(studio: Studio) -> None:
    await written_up(studio)
    assert await sweeper(studio, FOR_A_YEAR).sweep(now_ms() + LATER_MS) == 3
    assert await sweeper(studio, FOR_A_YEAR).sweep(now_ms() + LATER_MS) == 0
    view = await studio.view()
    assert (view["transcript"], view["transcript_reason"], view["utterances"]) == ("deleted", "retention", [])
    assert view["chat"] == [] and view["are_notes_expired"] is True and "sleep" not in str(view["notes"])
    assert await rows_left(studio) == 0
    async with studio.house.store.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(notes_version))).scalar_one() == 0
    swept = [action for actor, action, _ in await audited(studio, any_address=True) if actor == "retention"]
    assert swept == ["transcript:expire", "notes:expire", "chat:expire"]
    _, body, _ = await (await studio.visitor("therapist")).ask("GET", "/api/call-log")
    assert (body["value"]["unwritten"], body["value"]["sessions"][0]["are_notes_expired"]) == (0, True)


async def test_a_session_that_goes_on_loses_nothing(studio: Studio) -> None:
    await say(studio, [Word("hello", 100, 300, 0.9)])
    assert await sweeper(studio, FOR_A_YEAR).sweep(now_ms() + LATER_MS) == 0


async def test_nothing_of_a_client_under_a_legal_hold_goes(studio: Studio) -> None:
    await written_up(studio)
    await studio.house.store.write(erasure.place_hold, studio.client_id, now_ms())
    assert await sweeper(studio, FOR_A_YEAR).sweep(now_ms() + LATER_MS) == 0
    await studio.house.store.write(erasure.lift_hold, studio.client_id)
    assert await sweeper(studio, FOR_A_YEAR).sweep(now_ms() + LATER_MS) == 3


async def test_the_sound_of_a_failed_transcript_goes_after_a_week_and_can_then_not_be_tried_again(
    studio: Studio,
) -> None:
    await studio.put_leg(LEG, "client", in_rows(packets([b"x"] * 50)))
    await studio.end()
    await studio.house.store.write(
        transcripts.claim, studio.session_id, "test", now_ms() + 60_000, now_ms(), is_try=True
    )
    await studio.house.store.write(transcripts.fail, studio.session_id, "test", "engine", now_ms())
    only_sound = KeptFor(0, 0, 0, 7, 0)
    assert await sweeper(studio, only_sound).sweep(now_ms() + 6 * DAY_MS) == 0
    assert await sweeper(studio, only_sound).sweep(now_ms() + 8 * DAY_MS) == 1
    view = await studio.view()
    assert (view["transcript"], view["can_retry"]) == ("failed", False) and await studio.audio_rows() == 0


async def in_the_files(studio: Studio, sealed: Sequence[bytes]) -> int:
    """Of how many of these any part stands in the database's files, once its log has been written back."""
    await studio.house.store.write_back()
    kept = b"".join(path.read_bytes() for path in studio.folder.glob("main.sqlite3*"))
    # A long value lies on several pages, so that it is looked for in parts.
    return sum(any(one[at : at + 32] in kept for at in range(0, len(one) - 32, 64)) for one in sealed)


async def sealed_of(studio: Studio, column: object) -> list[bytes]:
    async with studio.house.store.read() as connection:
        return [bytes(one) for one in (await connection.execute(select(column))).scalars()]  # type: ignore[call-overload]


async def test_sound_is_gone_from_the_file_once_its_words_are_stored_and_words_once_deleted(studio: Studio) -> None:
    await studio.put_leg(LEG, "client", in_rows(packets([bytes(200)] * 500)))
    await studio.house.store.write(
        transcripts.claim, studio.session_id, "test", now_ms() + 60_000, now_ms(), is_try=False
    )
    sound = await sealed_of(studio, audio.c.packets_sealed)
    assert len(sound) == 10 and await in_the_files(studio, sound) == 10
    words = [Word("pomegranate", 100, 300, 0.9)] * 400
    done = transcripts.Done(studio.session_id, LEG, "client", 0, 20_000, [words], [], "test")
    await studio.house.store.write(transcripts.store_done, studio.key, "test", done, now_ms(), now_ms())
    assert await studio.audio_rows() == 0 and await in_the_files(studio, sound) == 0
    said = await sealed_of(studio, utterance.c.words_sealed)
    assert await in_the_files(studio, said) == 1
    await studio.house.store.write(
        erasure.delete_transcript, studio.session_id, studio.client_id, now_ms(), is_in_call=True
    )
    assert await in_the_files(studio, said) == 0


@pytest.mark.parametrize("table", ["session", "consent"])
async def test_the_fact_of_the_session_and_its_consents_stay(studio: Studio, table: str) -> None:
    await written_up(studio)

    async def count() -> int:
        async with studio.house.store.read() as connection:
            return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    before = await count()
    await sweeper(studio, FOR_A_YEAR).sweep(now_ms() + LATER_MS)
    assert await count() == before > 0
    async with studio.house.store.read() as connection:
        assert (await connection.execute(select(session.c.ended_at_ms))).scalar_one() is not None
