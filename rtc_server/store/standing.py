"""The facts of the line that an estimate is made of: who works, who waits, and what really happened lately."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.pool import State
from rtc_server.store import duty
from rtc_server.store.schema import offering, request, session
from rtc_server.waiting.rules import Lately, Standing, Working

LATELY_MAX = 50


async def load(connection: AsyncConnection, now_ms: int, window_ms: int) -> Standing:
    """Rehearsals are in none of it."""
    started = {
        row.therapist_id: row.live_at_ms or row.created_at_ms
        for row in await connection.execute(
            select(session.c.therapist_id, session.c.live_at_ms, session.c.created_at_ms).where(
                session.c.ended_at_ms.is_(None)
            )
        )
    }
    working = [
        Working(facts, (now_ms - started[facts.id]) / 1000 if facts.is_in_session and facts.id in started else None)
        for facts in await duty.on_duty(connection)
    ]
    waiting = await connection.execute(
        select(request.c.language, func.count().label("number"))
        .where(request.c.state == State.WAITING.value, request.c.is_rehearsal.is_(False))
        .group_by(request.c.language)
    )
    since_ms = now_ms - window_ms
    lately = Lately(await _pickups(connection, since_ms), await _lengths(connection, since_ms))
    return Standing(working, lately, {row.language: int(row.number) for row in waiting})


async def _pickups(connection: AsyncConnection, since_ms: int) -> list[float]:
    """Seconds from when a card was first shown to anybody until it was claimed."""
    shown = offering.alias()
    first = (
        select(func.min(shown.c.at_ms))
        .where(shown.c.request_id == offering.c.request_id, shown.c.kind == "shown")
        .scalar_subquery()
    )
    rows = await connection.execute(
        select((offering.c.at_ms - first).label("took_ms"))
        .where(offering.c.kind == "claimed", offering.c.at_ms >= since_ms)
        .order_by(offering.c.at_ms.desc())
        .limit(LATELY_MAX)
    )
    return [max(0, row.took_ms) / 1000 for row in rows if row.took_ms is not None]


async def _lengths(connection: AsyncConnection, since_ms: int) -> list[float]:
    rows = await connection.execute(
        select((session.c.ended_at_ms - session.c.live_at_ms).label("took_ms"))
        .where(session.c.ended_at_ms >= since_ms, session.c.live_at_ms.is_not(None), session.c.is_rehearsal.is_(False))
        .order_by(session.c.ended_at_ms.desc())
        .limit(LATELY_MAX)
    )
    return [row.took_ms / 1000 for row in rows]
