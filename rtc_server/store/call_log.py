"""SQL of the call log: a therapist's agreed sessions and what was kept of each. Reads only; opens no seal."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store import rooms
from rtc_server.store.database import now_ms
from rtc_server.store.schema import chat, event, expired, gap, notes, session, transcript

MUTE_MS = 2_000  # a microphone that was off for less is not shown
# What each choice of the list means in states of a transcript.
TRANSCRIPTS = {
    "ready": ("ready",),
    "in_progress": ("recording", "finishing"),
    "failed": ("failed",),
    "none": ("off", "empty", "deleted"),
}


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
    are_notes_expired: bool
    transcript: str | None
    transcript_reason: str | None
    transcribed_to_ms: int | None
    together_s: int = 0


class Missing(NamedTuple):
    """Call time of which nothing is written: sound that was lost, or a microphone that was off."""

    seat: str
    from_ms: int
    to_ms: int
    reason: str


class Kept(NamedTuple):
    missing: list[Missing]
    chat: list[Row[Any]]


@dataclass(frozen=True)
class Choice:
    """Which of a therapist's sessions; None and False choose all."""

    client_id: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None  # exclusive
    transcript: str | None = None  # a key of TRANSCRIPTS
    is_unwritten: bool = False


class Place(NamedTuple):
    """Where a page of the list ended."""

    agreed_at_ms: int
    session_id: str


_IS_EXPIRED = (
    select(expired.c.session_id).where(expired.c.session_id == session.c.id, expired.c.kind == "notes").exists()
)
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
        _IS_EXPIRED.label("are_notes_expired"),
        transcript.c.state,
        transcript.c.reason,
        transcript.c.transcribed_to_ms,
    )
    .outerjoin(notes, notes.c.session_id == session.c.id)
    .outerjoin(transcript, transcript.c.session_id == session.c.id)
    .where(session.c.agreed_at_ms.is_not(None))
)
# A test session is about nobody, so nothing has to be written of it.
# Notes whose time was over are not to be written again either.
_UNWRITTEN = and_(notes.c.version.is_(None), session.c.is_rehearsal.is_(False), ~_IS_EXPIRED)


def _chosen(therapist_id: str, choice: Choice) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [session.c.therapist_id == therapist_id]
    if choice.client_id is not None:
        where.append(session.c.client_id == choice.client_id)
    if choice.from_ms is not None:
        where.append(session.c.agreed_at_ms >= choice.from_ms)
    if choice.to_ms is not None:
        where.append(session.c.agreed_at_ms < choice.to_ms)
    if choice.transcript is not None:
        where.append(func.coalesce(transcript.c.state, "off").in_(TRANSCRIPTS[choice.transcript]))
    if choice.is_unwritten:
        where.append(_UNWRITTEN)
    return where


async def of_therapist(
    connection: AsyncConnection, therapist_id: str, choice: Choice, after: Place | None, limit: int
) -> list[Logged]:
    """Newest first; `after` is the last of the page before."""
    query = _LOGGED.where(*_chosen(therapist_id, choice))
    if after is not None:
        is_older = session.c.agreed_at_ms < after.agreed_at_ms
        is_beside = and_(session.c.agreed_at_ms == after.agreed_at_ms, session.c.id < after.session_id)
        query = query.where(or_(is_older, is_beside))
    query = query.order_by(session.c.agreed_at_ms.desc(), session.c.id.desc()).limit(limit)
    return await _with_lengths(connection, [Logged(*tuple(row)) for row in await connection.execute(query)])


async def count(connection: AsyncConnection, therapist_id: str, choice: Choice) -> int:
    query = _LOGGED.where(*_chosen(therapist_id, choice)).subquery()
    return int((await connection.execute(select(func.count()).select_from(query))).scalar_one())


async def clients_of(connection: AsyncConnection, therapist_id: str) -> list[str]:
    """Everyone the therapist has had a session with, the latest first."""
    latest = func.max(session.c.agreed_at_ms)
    query: Select[Any] = (
        select(session.c.client_id)
        .where(session.c.therapist_id == therapist_id, session.c.agreed_at_ms.is_not(None))
        .group_by(session.c.client_id)
        .order_by(latest.desc())
    )
    return list((await connection.execute(query)).scalars())


async def seen_by(connection: AsyncConnection, therapist_id: str) -> dict[str, tuple[int, int]]:
    """How many sessions the therapist has held with each client, and when the last one was; test sessions left out."""
    query: Select[Any] = (
        select(session.c.client_id, func.count(), func.max(session.c.agreed_at_ms))
        .where(
            session.c.therapist_id == therapist_id, session.c.live_at_ms.is_not(None), session.c.is_rehearsal.is_(False)
        )
        .group_by(session.c.client_id)
    )
    return {client_id: (count, last_ms) for client_id, count, last_ms in await connection.execute(query)}


async def one(connection: AsyncConnection, session_id: str, therapist_id: str) -> Logged | None:
    """None when it is not this therapist's, or was never agreed."""
    query = _LOGGED.where(session.c.id == session_id, session.c.therapist_id == therapist_id)
    row = (await connection.execute(query)).first()
    return None if row is None else (await _with_lengths(connection, [Logged(*tuple(row))]))[0]


async def _with_lengths(connection: AsyncConnection, found: list[Logged]) -> list[Logged]:
    together = await rooms.together_s(connection, [one.session_id for one in found], now_ms())
    return [one._replace(together_s=together[one.session_id]) for one in found]


async def kept(connection: AsyncConnection, logged: Logged) -> Kept:
    """What is missing in the order in which it happened, chat by its sequence."""
    gaps = select(gap.c.seat, gap.c.from_ms, gap.c.to_ms, gap.c.reason).where(gap.c.session_id == logged.session_id)
    missing = [Missing(*row) for row in await connection.execute(gaps)]
    if logged.transcript not in (None, "off", "deleted"):
        missing += await _mutes(connection, logged)
    typed = select(chat).where(chat.c.session_id == logged.session_id)
    return Kept(
        sorted(missing, key=lambda one: (one.from_ms, one.seat)),
        list(await connection.execute(typed.order_by(chat.c.seq))),
    )


async def _mutes(connection: AsyncConnection, logged: Logged) -> list[Missing]:
    """A room's event `Muted` stands for a change, so that for each person they are by turns off and on."""
    if logged.live_at_ms is None:
        return []
    changes = (
        select(event.c.person_id, event.c.at_ms)
        .where(event.c.topic == "room", event.c.subject_id == logged.session_id, event.c.kind == "Muted")
        .order_by(event.c.seq)
    )
    since: dict[str, int] = {}
    found = []
    for row in await connection.execute(changes):
        seat = "client" if row.person_id == logged.client_id else "therapist"
        at_ms = max(0, row.at_ms - logged.live_at_ms)
        if seat not in since:
            since[seat] = at_ms
        else:
            found.append(Missing(seat, since.pop(seat), at_ms, "muted"))
    if logged.ended_at_ms is not None:
        end_ms = logged.ended_at_ms - logged.live_at_ms
        found += [Missing(seat, from_ms, end_ms, "muted") for seat, from_ms in since.items()]
    return [one for one in found if one.to_ms - one.from_ms >= MUTE_MS]
