"""SQL of recorder legs, their audio rows and the consents that allow them.

Every function takes an open connection. The rule that is easy to break: what the recorder may do is read from the
consent rows themselves, the newest per person, every second; nobody tells it.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import NotAgreed, SessionEnded, SessionNotFound
from rtc_server.speech.leg_packets import AudioRow, Facts, Silence
from rtc_server.store import events
from rtc_server.store.schema import audio, consent, gap, leg, session, transcript

RECONNECT_MS = 300  # less between two legs is not shown


# One statement for all legs: each statement is a hop to the database thread and back.
_COUNTS = (
    update(leg)
    .where(leg.c.id == bindparam("leg"))
    .values(packets=bindparam("packets"), errors=bindparam("errors"), heard_to_ms=bindparam("heard_to_ms"))
)


class LegToOpen(NamedTuple):
    seat: str
    client_id: str
    replaced: list[str]  # legs of the same person that this one closed


class LegReport(NamedTuple):
    """What one leg has to have written this second."""

    leg_id: str
    session_id: str
    seat: str
    packets: int
    errors: int
    heard_to_ms: int | None
    row: AudioRow | None
    silence: Silence | None
    close_reason: str  # "" while it is open


async def both_agreed(connection: AsyncConnection, session_ids: Collection[str]) -> set[str]:
    """The sessions both of whose people have given, and not withdrawn, their consent to a transcript."""
    newest = (
        select(func.max(consent.c.seq))
        .where(consent.c.session_id.in_(session_ids), consent.c.purpose == "transcript")
        .group_by(consent.c.session_id, consent.c.person_id)
    )
    given = await connection.execute(
        select(consent.c.session_id)
        .join(session, session.c.id == consent.c.session_id)
        .where(
            consent.c.seq.in_(newest),
            consent.c.is_given,
            consent.c.person_id.in_((session.c.client_id, session.c.therapist_id)),
        )
        .group_by(consent.c.session_id)
        .having(func.count() == 2)
    )
    return set(given.scalars())


async def open_leg(connection: AsyncConnection, leg_id: str, session_id: str, person_id: str, now_ms: int) -> LegToOpen:
    """Make a leg's row, closing this person's older ones. Raises SessionNotFound, SessionEnded or NotAgreed."""
    row = (await connection.execute(select(session).where(session.c.id == session_id))).first()
    if row is None or person_id not in (row.client_id, row.therapist_id):
        raise SessionNotFound("There is no such session.")
    if row.ended_at_ms is not None:
        raise SessionEnded("This session has ended.")
    if row.agreed_at_ms is None or session_id not in await both_agreed(connection, [session_id]):
        raise NotAgreed("Both must have agreed to a transcript.")
    seat = "client" if person_id == row.client_id else "therapist"
    is_theirs = (leg.c.session_id == session_id, leg.c.person_id == person_id, leg.c.state != "closed")
    replaced = list((await connection.execute(select(leg.c.id).where(*is_theirs))).scalars())
    await connection.execute(
        update(leg).where(*is_theirs).values(state="closed", close_reason="replaced", closed_at_ms=now_ms)
    )
    await connection.execute(
        insert(leg).values(
            id=leg_id, session_id=session_id, person_id=person_id, seat=seat, state="opening", opened_at_ms=now_ms
        )
    )
    await _tell(connection, session_id, "leg_opening", person_id, now_ms)
    return LegToOpen(seat, row.client_id, replaced)


async def close_leg(connection: AsyncConnection, leg_id: str, reason: str, now_ms: int) -> bool:
    """Close a leg's row; False when it was closed already."""
    closed = await _close(connection, (leg.c.id == leg_id,), reason, now_ms)
    return bool(closed)


async def has_lost(connection: AsyncConnection, living: Collection[str], opened_before_ms: int) -> bool:
    """Whether `close_lost` would close any; a look that locks nobody out."""
    found = await connection.execute(select(leg.c.id).where(leg.c.state != "closed", *_lost(living, opened_before_ms)))
    return found.first() is not None


def _lost(living: Collection[str], opened_before_ms: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return leg.c.id.not_in(living), leg.c.opened_at_ms <= opened_before_ms


async def close_lost(
    connection: AsyncConnection, living: Collection[str], opened_before_ms: int, now_ms: int
) -> list[str]:
    """Close every open leg that no recorder has, if it is older than `opened_before_ms`. Returns their sessions."""
    return await _close(connection, _lost(living, opened_before_ms), "recorder_lost", now_ms)


async def _close(
    connection: AsyncConnection, which: Sequence[ColumnElement[bool]], reason: str, now_ms: int
) -> list[str]:
    rows = (
        await connection.execute(
            select(leg.c.id, leg.c.session_id, leg.c.person_id).where(leg.c.state != "closed", *which)
        )
    ).all()
    for row in rows:
        await connection.execute(
            update(leg).where(leg.c.id == row.id).values(state="closed", close_reason=reason, closed_at_ms=now_ms)
        )
        await _tell(connection, row.session_id, "leg_closed", row.person_id, now_ms)
    return sorted({row.session_id for row in rows})


async def _tell(connection: AsyncConnection, session_id: str, kind: str, person_id: str | None, now_ms: int) -> None:
    # Not a version of the room: whoever hears it sends the room's views again with the sign as it stands now.
    await events.append(connection, "transcript", session_id, now_ms, kind, person_id, now_ms)


async def is_leg_of(connection: AsyncConnection, leg_id: str, session_id: str, person_id: str) -> bool:
    """Whether this leg is this person's in this session."""
    found = await connection.execute(
        select(leg.c.id).where(leg.c.id == leg_id, leg.c.session_id == session_id, leg.c.person_id == person_id)
    )
    return found.first() is not None


async def facts(connection: AsyncConnection, leg_ids: Collection[str]) -> dict[str, Facts]:
    """What the recorder has to know of its legs; a leg without a row is not in it."""
    rows = (
        await connection.execute(
            select(
                leg.c.id,
                leg.c.session_id,
                leg.c.state,
                session.c.live_at_ms,
                session.c.ended_at_ms,
                transcript.c.state.label("transcript"),
            )
            .join(session, session.c.id == leg.c.session_id)
            .outerjoin(transcript, transcript.c.session_id == leg.c.session_id)
            .where(leg.c.id.in_(leg_ids))
        )
    ).all()
    agreed = await both_agreed(connection, {row.session_id for row in rows})
    return {
        row.id: Facts(
            live_at_ms=row.live_at_ms,
            is_ended=row.ended_at_ms is not None,
            are_both_agreed=row.session_id in agreed,
            is_wanted=row.state != "closed" and row.transcript in ("recording", "finishing"),
        )
        for row in rows
    }


async def save(connection: AsyncConnection, reports: Sequence[LegReport], now_ms: int) -> set[str]:
    """Store a second of all legs. Returns the sessions whose sign has changed."""
    states = {
        row.id: row
        for row in (
            await connection.execute(
                select(leg.c.id, leg.c.state, leg.c.person_id, transcript.c.state.label("transcript"))
                .outerjoin(transcript, transcript.c.session_id == leg.c.session_id)
                .where(leg.c.id.in_([report.leg_id for report in reports]))
            )
        ).all()
    }
    known = [report for report in reports if report.leg_id in states]
    stored = [
        report.row._asdict()
        for report in known
        if report.row is not None and states[report.leg_id].transcript in ("recording", "finishing")
    ]
    if stored:
        await connection.execute(insert(audio), stored)
    if known:
        await connection.execute(
            _COUNTS,
            [
                {"leg": one.leg_id, "packets": one.packets, "errors": one.errors, "heard_to_ms": one.heard_to_ms}
                for one in known
            ],
        )
    changed: set[str] = set()
    for report in known:
        before = states[report.leg_id]
        if report.silence is not None:
            await put_gap(connection, report.session_id, report.seat, *report.silence, "lost")
        is_starting = before.state == "opening" and report.row is not None
        if is_starting and report.row is not None:
            await _started(connection, report, report.row.from_ms, now_ms)
        if report.close_reason:
            changed.update(await _close(connection, (leg.c.id == report.leg_id,), report.close_reason, now_ms))
        elif is_starting:
            await _tell(connection, report.session_id, "leg_recording", before.person_id, now_ms)
            changed.add(report.session_id)
    return changed


async def _started(connection: AsyncConnection, report: LegReport, from_ms: int, now_ms: int) -> None:
    """The first packets of a leg: it records, and what is missing since this person's last leg is a gap."""
    await connection.execute(
        update(leg).where(leg.c.id == report.leg_id).values(state="recording", started_at_ms=now_ms)
    )
    last = (
        await connection.execute(
            select(leg.c.heard_to_ms, leg.c.close_reason)
            .where(leg.c.session_id == report.session_id, leg.c.seat == report.seat, leg.c.heard_to_ms.is_not(None))
            .where(leg.c.id != report.leg_id)
            .order_by(leg.c.heard_to_ms.desc())
            .limit(1)
        )
    ).first()
    if last is not None and from_ms - last.heard_to_ms > RECONNECT_MS:
        reason = "paused" if last.close_reason == "consent_withdrawn" else "reconnect"
        await put_gap(connection, report.session_id, report.seat, last.heard_to_ms, from_ms, reason)


async def put_gap(
    connection: AsyncConnection, session_id: str, seat: str, from_ms: int, to_ms: int, reason: str
) -> None:
    """Store a gap, or widen the one that overlaps it; the one that was there keeps its reason."""
    from_ms = max(0, from_ms)
    row = (
        await connection.execute(
            select(gap)
            .where(gap.c.session_id == session_id, gap.c.seat == seat)
            .where(gap.c.from_ms <= to_ms, gap.c.to_ms >= from_ms)
            .limit(1)
        )
    ).first()
    if row is None:
        await connection.execute(
            insert(gap).values(session_id=session_id, seat=seat, from_ms=from_ms, to_ms=to_ms, reason=reason)
        )
    elif to_ms > row.to_ms:
        await connection.execute(
            update(gap)
            .where(gap.c.session_id == session_id, gap.c.seat == seat, gap.c.from_ms == row.from_ms)
            .values(to_ms=to_ms)
        )
