"""Captions: soon enough to be read along, for whoever asked for them alone, and gone afterwards."""

from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.speech.leg_packets import Packet, pack
from rtc_server.speech.listening import RATE, Detector, Listener, Pace, Row
from rtc_server.store import captions, erasure
from rtc_server.store.caption_schema import caption
from rtc_server.store.captions import SealedCaption
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audio, leg, session
from rtc_server.worker import Worker
from tests import speech
from tests.eventually import eventually
from tests.transcripts.studio import Studio, in_rows, opus, packets, said, silence

LEGS = {"client": "2c0b7e5c-0000-4000-8000-0000000000c1", "therapist": "2c0b7e5c-0000-4000-8000-0000000000c2"}
SPAN_S = 2.5


def spoken(voice: speech.Voice) -> list[Sequence[Packet]]:
    """A second of silence, the voice, two seconds of silence, in rows of a second as the recorder makes them."""
    return in_rows(packets(opus(np.concatenate([silence(1), speech.speak(voice), silence(2)]))))


@pytest.mark.usefixtures("needs_speech")
def test_speech_waits_for_its_caption_no_longer_than_a_breath_or_the_span(detector: Detector) -> None:
    listener = Listener(detector, 0, Pace.of_captions(SPAN_S))
    waited, lengths = [], []
    for seq, row in enumerate(spoken(speech.THERAPIST), 1):
        to_ms = row[-1].arrival_ms + 20
        listener.feed([Row(seq, row[0].arrival_ms, to_ms, pack(list(row)))], 0.0, False)
        while (segment := listener.segment(False)) is not None:
            waited.append(to_ms - segment.to_ms)
            lengths += [len(piece.pcm) / RATE for piece in segment.pieces]
            listener.drop(segment.to_ms)
    # One row of a second, and what tells a breath from the end of a word.
    assert max(waited) < 1_500, waited
    assert max(lengths) <= SPAN_S + 0.5, lengths
    assert sum(lengths) > 0.7 * len(speech.speak(speech.THERAPIST)) / 48_000


async def reads_along(studio: Studio, **seats: bool) -> None:
    async def body(connection: AsyncConnection) -> None:
        wishes = {f"{seat}_captions": is_on for seat, is_on in seats.items()}
        await connection.execute(update(session).where(session.c.id == studio.session_id).values(**wishes))

    await studio.house.store.write(body)


async def open_leg(studio: Studio, seat: str) -> None:
    async def body(connection: AsyncConnection) -> None:
        person_id = studio.client_id if seat == "client" else studio.therapist_id
        await connection.execute(
            insert(leg).values(
                id=LEGS[seat],
                session_id=studio.session_id,
                person_id=person_id,
                seat=seat,
                state="recording",
                opened_at_ms=now_ms(),
            )
        )

    await studio.house.store.write(body)


async def arrive(studio: Studio, seat: str, seq: int, row: Sequence[Packet]) -> None:
    """A row of the recorder comes at the very moment at which it was spoken."""
    to_ms = row[-1].arrival_ms + 20
    leg_id = LEGS[seat]
    sealed = studio.key.seal(pack(list(row)), "audio", f"{leg_id}:{seq}", "packets_sealed")

    async def body(connection: AsyncConnection) -> None:
        await connection.execute(
            insert(audio).values(leg_id=leg_id, seq=seq, from_ms=row[0].arrival_ms, to_ms=to_ms, packets_sealed=sealed)
        )
        await connection.execute(update(leg).where(leg.c.id == leg_id).values(heard_to_ms=to_ms))
        live = update(session).where(session.c.id == studio.session_id)
        await connection.execute(live.values(live_at_ms=now_ms() - to_ms))

    await studio.house.store.write(body)


async def hang_up(studio: Studio) -> None:
    async def body(connection: AsyncConnection) -> None:
        await connection.execute(update(leg).values(state="closed", close_reason="ended", closed_at_ms=now_ms()))

    await studio.house.store.write(body)
    await studio.end()


async def told(studio: Studio) -> list[SealedCaption]:
    async with studio.house.store.read() as connection:
        ids = (await connection.execute(select(caption.c.id).order_by(caption.c.from_ms))).scalars()
        found = [await captions.load(connection, one) for one in ids]
    return [one for one in found if one is not None]


async def count(studio: Studio) -> int:
    async with studio.house.store.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(caption))).scalar_one())


async def finished(studio: Studio, worker: Worker) -> None:
    async def is_ready() -> bool:
        await worker.step()
        return await studio.transcript_state() == "ready"

    await eventually(is_ready, 60, "the transcript")


@pytest.mark.usefixtures("needs_speech")
async def test_a_client_reads_the_therapist_along_and_the_transcript_is_none_the_worse(studio: Studio) -> None:
    worker = studio.worker()
    await reads_along(studio, client=True)
    for seat in LEGS:
        await open_leg(studio, seat)
    theirs, own = spoken(speech.THERAPIST), spoken(speech.CLIENT)
    for seq, (row, other) in enumerate(zip(theirs, own, strict=False), 1):
        await arrive(studio, "client", seq, other)
        await arrive(studio, "therapist", seq, row)
        assert await worker.step()
    found = await told(studio)
    assert {one.seat for one in found} == {"therapist"}
    texts = [studio.key.open_text(one.words_sealed, "caption", one.id, "words_sealed") for one in found]
    heard = " ".join(texts)
    print(f"captions: {heard}")
    assert speech.share_known(heard, speech.THERAPIST.text) > 0.5
    # What goes between the processes names a caption and says no word of it.
    assert any(one.id.encode() in message for one in found for message in studio.wire.messages)
    assert not any(text.encode() in message for text in texts for message in studio.wire.messages)
    await hang_up(studio)
    await finished(studio, worker)
    assert await count(studio) == 0
    rate = speech.word_error_rate(said(await studio.view(), "therapist"), speech.THERAPIST.text)
    assert rate <= 0.35, rate


@pytest.mark.usefixtures("needs_speech")
async def test_nobody_who_reads_no_captions_has_any_made(studio: Studio) -> None:
    worker = studio.worker()
    await open_leg(studio, "client")
    for seq, row in enumerate(spoken(speech.CLIENT)[:6], 1):
        await arrive(studio, "client", seq, row)
        assert not await worker.step()
    assert await count(studio) == 0


async def test_captions_go_after_a_minute_and_with_the_transcript(studio: Studio) -> None:
    sealed = studio.key.seal_text("Hello.", "caption", "one", "words_sealed")

    async def add(name: str, at_ms: int) -> None:
        one = SealedCaption(name, studio.session_id, "client", 0, 1, sealed)
        await studio.house.store.write(captions.add, one, at_ms)

    now = now_ms()
    await add("one", now - captions.KEPT_MS - 1)
    await add("two", now)
    assert [one.id for one in await told(studio)] == ["two"]

    async def delete(connection: AsyncConnection) -> None:
        await erasure.delete_transcript(connection, studio.session_id, None, now, is_in_call=True)

    await studio.house.store.write(delete)
    assert await count(studio) == 0
