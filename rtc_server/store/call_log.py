"""SQL of the call log: a therapist's agreed sessions and what was kept of each. Reads only; opens no seal."""

from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.schema import chat, gap, notes, session, transcript, utterance

ENTRIES_MAX = 500


class Logged(NamedTuple):
    session_id: str
    client_id: str
    therapist_id: str
    area: str
    agreed_at_ms: int
    live_at_ms: int | None
    ended_at_ms: int | None
    ended_reason: str
    is_rehearsal: bool
    notes_version: int | None
    transcript: str | None
    transcript_reason: str | None
    transcribed_to_ms: int | None

    def length_s(self, now_ms: int) -> int:
        """From the moment both were there to the end, or until now; 0 when they never met."""
        if self.live_at_ms is None:
            return 0
        return max(0, (now_ms if self.ended_at_ms is None else self.ended_at_ms) - self.live_at_ms) // 1_000


class Kept(NamedTuple):
    utterances: list[Row[Any]]
    gaps: list[Row[Any]]
    chat: list[Row[Any]]


_LOGGED = (
    select(
        session.c.id,
        session.c.client_id,
        session.c.therapist_id,
        session.c.area,
        session.c.agreed_at_ms,
        session.c.live_at_ms,
        session.c.ended_at_ms,
        session.c.ended_reason,
        session.c.is_rehearsal,
        notes.c.version,
        transcript.c.state,
        transcript.c.reason,
        transcript.c.transcribed_to_ms,
    )
    .outerjoin(notes, notes.c.session_id == session.c.id)
    .outerjoin(transcript, transcript.c.session_id == session.c.id)
    .where(session.c.agreed_at_ms.is_not(None))
)


async def of_therapist(connection: AsyncConnection, therapist_id: str) -> list[Logged]:
    """Newest first."""
    query = _LOGGED.where(session.c.therapist_id == therapist_id).order_by(session.c.agreed_at_ms.desc())
    return [Logged._make(row) for row in await connection.execute(query.limit(ENTRIES_MAX))]


async def one(connection: AsyncConnection, session_id: str, therapist_id: str) -> Logged | None:
    """None when it is not this therapist's, or was never agreed."""
    query = _LOGGED.where(session.c.id == session_id, session.c.therapist_id == therapist_id)
    row = (await connection.execute(query)).first()
    return None if row is None else Logged._make(row)


async def kept(connection: AsyncConnection, session_id: str) -> Kept:
    """Utterances and gaps in the order in which they happened, chat by its sequence."""
    said = select(utterance).where(utterance.c.session_id == session_id)
    missing = select(gap).where(gap.c.session_id == session_id)
    typed = select(chat).where(chat.c.session_id == session_id)
    return Kept(
        list(await connection.execute(said.order_by(utterance.c.from_ms, utterance.c.seq))),
        list(await connection.execute(missing.order_by(gap.c.from_ms))),
        list(await connection.execute(typed.order_by(chat.c.seq))),
    )
