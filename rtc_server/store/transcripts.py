"""SQL of transcripts: their state, the workers' leases, utterances and gaps.

States: off, recording, finishing, ready, empty, failed, deleted. The sound of a failed one is kept, so that it can be
tried again, until `retention` removes it. Every function takes an open connection. The rule
that is easy to break: words, the cursor of their leg and the removal of their audio are one transaction, fenced by
the lease and by the cursor's old value, so that a worker that was paused or killed stores nothing twice.
"""

from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.errors import NothingToRetry
from rtc_server.speech.leg_packets import Gap, Word
from rtc_server.store import captions, events
from rtc_server.store.legs import put_gap
from rtc_server.store.schema import audio, leg, session, transcript, utterance

LIVE = ("recording", "finishing")


class LeaseLost(Exception):
    """Another worker has this session now; nothing of the transaction is kept."""


class Work(NamedTuple):
    """A session whose speech is to be transcribed, as a worker finds it."""

    session_id: str
    client_id: str
    language: str
    live_at_ms: int | None
    ended_at_ms: int | None
    worker: str
    lease_until_ms: int
    tries: int
    client_captions: bool  # whether the client reads what the therapist says
    therapist_captions: bool

    def is_read(self, seat: str) -> bool:
        """Whether the other one reads along what this seat says."""
        return self.therapist_captions if seat == "client" else self.client_captions


class LegWork(NamedTuple):
    id: str
    seat: str
    state: str
    close_reason: str
    closed_at_ms: int | None
    heard_to_ms: int | None
    transcribed_to_ms: int

    @property
    def is_done(self) -> bool:
        return self.heard_to_ms is None or self.transcribed_to_ms > self.heard_to_ms


class SealedRow(NamedTuple):
    seq: int
    from_ms: int
    to_ms: int
    packets_sealed: bytes


class Done(NamedTuple):
    """One piece of a leg that has been dealt with, words or silence."""

    session_id: str
    leg_id: str
    seat: str
    from_ms: int  # the leg's cursor before
    to_ms: int
    utterances: list[list[Word]]
    gaps: list[Gap]
    engine: str


async def open_transcript(connection: AsyncConnection, session_id: str, is_on: bool, now_ms: int) -> None:
    """Make the session's transcript row: recording when both agreed, else off. May be repeated; on during the call
    turns an off or deleted one to recording, off during the call keeps what was said so far (the recorder closes the
    legs)."""
    state = (
        await connection.execute(select(transcript.c.state).where(transcript.c.session_id == session_id))
    ).scalar_one_or_none()
    if state is None:
        await connection.execute(
            insert(transcript).values(session_id=session_id, state="recording" if is_on else "off", version=1)
        )
    elif is_on and state in ("off", "deleted"):
        await connection.execute(
            update(transcript)
            .where(transcript.c.session_id == session_id)
            .values(state="recording", version=transcript.c.version + 1)
        )


async def finish_transcript(connection: AsyncConnection, session_id: str, now_ms: int) -> None:
    """The room has ended: recording becomes finishing, which a worker completes; off stays off. May be repeated."""
    await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == session_id, transcript.c.state == "recording")
        .values(state="finishing", version=transcript.c.version + 1)
    )


async def work(connection: AsyncConnection, worker: str, now_ms: int) -> list[Work]:
    """Sessions this worker has or may take, those that have ended first."""
    of_session = ("client_id", "language", "live_at_ms", "ended_at_ms", "client_captions", "therapist_captions")
    rows = await connection.execute(
        select(*(session.c[name] if name in of_session else transcript.c[name] for name in Work._fields))
        .join(session, session.c.id == transcript.c.session_id)
        .where(transcript.c.state.in_(LIVE))
        .where(or_(transcript.c.worker == worker, transcript.c.lease_until_ms < now_ms))
        .order_by(session.c.ended_at_ms.is_(None), session.c.created_at_ms)
    )
    return [Work(*row) for row in rows]


async def claim(
    connection: AsyncConnection, session_id: str, worker: str, until_ms: int, now_ms: int, *, is_try: bool
) -> bool:
    """Take or renew the lease; False when another worker has it. A try is counted until its words are stored."""
    result = await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == session_id, transcript.c.state.in_(LIVE))
        .where(or_(transcript.c.worker == worker, transcript.c.lease_until_ms < now_ms))
        .values(worker=worker, lease_until_ms=until_ms, tries=transcript.c.tries + int(is_try), reason="")
    )
    return result.rowcount == 1


async def release(connection: AsyncConnection, worker: str) -> None:
    """Give all of a worker's leases back, so that another one goes on at once."""
    await connection.execute(update(transcript).where(transcript.c.worker == worker).values(lease_until_ms=0))


async def legs_of(connection: AsyncConnection, session_id: str) -> list[LegWork]:
    rows = await connection.execute(
        select(
            leg.c.id,
            leg.c.seat,
            leg.c.state,
            leg.c.close_reason,
            leg.c.closed_at_ms,
            leg.c.heard_to_ms,
            leg.c.transcribed_to_ms,
        )
        .where(leg.c.session_id == session_id)
        .order_by(leg.c.opened_at_ms)
    )
    return [LegWork(*row) for row in rows]


async def audio_after(connection: AsyncConnection, leg_id: str, seq: int, limit: int) -> list[SealedRow]:
    rows = await connection.execute(
        select(audio.c.seq, audio.c.from_ms, audio.c.to_ms, audio.c.packets_sealed)
        .where(audio.c.leg_id == leg_id, audio.c.seq > seq)
        .order_by(audio.c.seq)
        .limit(limit)
    )
    return [SealedRow(*row) for row in rows]


async def store_done(
    connection: AsyncConnection, key: SealKey, worker: str, done: Done, lease_until_ms: int, now_ms: int
) -> bool:
    """Store words, move the leg's cursor, remove the audio. Returns whether anything a person sees has changed.

    `key` is the session's. Raises LeaseLost when another worker was faster; nothing is stored then.
    """
    is_seen = bool(done.utterances or done.gaps)
    leased = await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == done.session_id, transcript.c.worker == worker)
        .where(transcript.c.state.in_(LIVE))
        .values(tries=0, reason="", lease_until_ms=lease_until_ms, version=transcript.c.version + int(is_seen))
    )
    moved = await connection.execute(
        update(leg)
        .where(leg.c.id == done.leg_id, leg.c.transcribed_to_ms == done.from_ms)
        .values(transcribed_to_ms=done.to_ms)
    )
    if leased.rowcount != 1 or moved.rowcount != 1:
        raise LeaseLost
    seq = await _last_utterance(connection, done.session_id)
    for index, words in enumerate(done.utterances):
        seq += 1
        plain = msgspec.json.encode([(word.text, word.from_ms, word.probability) for word in words])
        await connection.execute(
            insert(utterance).values(
                session_id=done.session_id,
                seq=seq,
                seat=done.seat,
                from_ms=words[0].from_ms,
                to_ms=words[-1].to_ms,
                words_sealed=key.seal(plain, "utterance", f"{done.session_id}:{seq}", "words_sealed"),
                engine=done.engine,
                source=f"{done.leg_id}:{done.from_ms}:{index}",
            )
        )
    for gap in done.gaps:
        await put_gap(connection, done.session_id, done.seat, gap.from_ms, gap.to_ms, gap.reason)
    await connection.execute(delete(audio).where(audio.c.leg_id == done.leg_id, audio.c.to_ms <= done.to_ms))
    await _moved_on(connection, done.session_id)
    if is_seen:
        await events.append(connection, "transcript", done.session_id, now_ms, "words", None, now_ms)
    return is_seen


async def _last_utterance(connection: AsyncConnection, session_id: str) -> int:
    newest = select(func.coalesce(func.max(utterance.c.seq), 0)).where(utterance.c.session_id == session_id)
    return int((await connection.execute(newest)).scalar_one())


async def _moved_on(connection: AsyncConnection, session_id: str) -> None:
    """The transcript reaches as far as the slower of the two speakers."""
    per_seat = (
        select(func.max(leg.c.transcribed_to_ms).label("to_ms"))
        .where(leg.c.session_id == session_id)
        .group_by(leg.c.seat)
        .subquery()
    )
    reached = (await connection.execute(select(func.min(per_seat.c.to_ms)))).scalar_one()
    await connection.execute(
        update(transcript).where(transcript.c.session_id == session_id).values(transcribed_to_ms=reached or 0)
    )


async def complete(connection: AsyncConnection, session_id: str, worker: str, now_ms: int) -> str:
    """Every word is stored: ready, or empty when there is none. Returns the state. Raises LeaseLost."""
    state = "ready" if await _last_utterance(connection, session_id) else "empty"
    await _end(connection, session_id, worker, state, "", now_ms)
    return state


async def fail(connection: AsyncConnection, session_id: str, worker: str, reason: str, now_ms: int) -> None:
    """Give up on a session; its words and its audio stay, so that it can be tried again. Raises LeaseLost."""
    await _end(connection, session_id, worker, "failed", reason, now_ms)


async def can_retry(connection: AsyncConnection, session_id: str) -> bool:
    """Whether it failed and its audio is still there."""
    query = (
        select(audio.c.leg_id)
        .join(leg, leg.c.id == audio.c.leg_id)
        .join(transcript, transcript.c.session_id == leg.c.session_id)
        .where(leg.c.session_id == session_id, transcript.c.state == "failed")
        .limit(1)
    )
    return (await connection.execute(query)).first() is not None


async def retry(connection: AsyncConnection, session_id: str, person_id: str, now_ms: int) -> None:
    """Give a failed transcript to the workers once more. Raises NothingToRetry."""
    if not await can_retry(connection, session_id):
        raise NothingToRetry("There is nothing to try again: its sound is no longer kept.")
    await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == session_id, transcript.c.state == "failed")
        .values(state="finishing", reason="", tries=0, lease_until_ms=0, version=transcript.c.version + 1)
    )
    await events.append(connection, "transcript", session_id, now_ms, "finishing", person_id, now_ms)


async def _end(connection: AsyncConnection, session_id: str, worker: str, state: str, reason: str, now_ms: int) -> None:
    result = await connection.execute(
        update(transcript)
        .where(transcript.c.session_id == session_id, transcript.c.worker == worker, transcript.c.state.in_(LIVE))
        .values(state=state, reason=reason, worker="", lease_until_ms=0, version=transcript.c.version + 1)
    )
    if result.rowcount != 1:
        raise LeaseLost
    await captions.forget(connection, session_id)
    if state != "failed":
        legs = select(leg.c.id).where(leg.c.session_id == session_id)
        await connection.execute(delete(audio).where(audio.c.leg_id.in_(legs)))
    await events.append(connection, "transcript", session_id, now_ms, state, None, now_ms)


async def say_no_model(connection: AsyncConnection, now_ms: int) -> None:
    """Say on every transcript that no worker has taken why it waits; whoever takes it takes that back."""
    await connection.execute(
        update(transcript)
        .where(transcript.c.state.in_(LIVE), transcript.c.lease_until_ms < now_ms, transcript.c.reason != "no_model")
        .values(reason="no_model")
    )


async def trouble(connection: AsyncConnection, now_ms: int, late_ms: int) -> str:
    """What keeps transcripts from being made, for /readyz: no_model, late (nobody works on them), or ""."""
    waits: ColumnElement[bool] = and_(transcript.c.state.in_(LIVE), transcript.c.reason == "no_model")
    if (await connection.execute(select(exists().where(waits)))).scalar_one():
        return "no_model"
    late = (
        select(transcript.c.session_id)
        .join(session, session.c.id == transcript.c.session_id)
        .where(transcript.c.state.in_(LIVE), transcript.c.lease_until_ms < now_ms)
        .where(session.c.ended_at_ms < now_ms - late_ms)
        .limit(1)
    )
    return "late" if (await connection.execute(late)).first() else ""
