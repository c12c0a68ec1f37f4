"""Stored deadlines. Any process may sweep; the UPDATE in `claim`, in the step's own transaction, decides who acts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.schema import timer


@dataclass(frozen=True)
class Timer:
    id: str
    kind: str
    subject_id: str
    due_at_ms: int


async def set_timer(connection: AsyncConnection, kind: str, subject_id: str, due_at_ms: int | None) -> None:
    """Set, move or (with None) clear the one running timer of this kind and subject.

    A moved timer gets a new id, so that a sweep that has read the old deadline claims nothing.
    """
    if due_at_ms is None:
        await connection.execute(
            update(timer)
            .where(timer.c.kind == kind, timer.c.subject_id == subject_id, timer.c.fired_at_ms.is_(None))
            .values(fired_at_ms=0)
        )
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = insert(timer).values(id=str(uuid.uuid4()), kind=kind, subject_id=subject_id, due_at_ms=due_at_ms)
    await connection.execute(
        fresh.on_conflict_do_update(
            index_elements=[timer.c.kind, timer.c.subject_id],
            index_where=timer.c.fired_at_ms.is_(None),
            set_={"id": fresh.excluded.id, "due_at_ms": fresh.excluded.due_at_ms},
        )
    )


async def due(connection: AsyncConnection, now_ms: int, limit: int = 100) -> list[Timer]:
    rows = await connection.execute(
        select(timer.c.id, timer.c.kind, timer.c.subject_id, timer.c.due_at_ms)
        .where(timer.c.fired_at_ms.is_(None), timer.c.due_at_ms <= now_ms)
        .order_by(timer.c.due_at_ms)
        .limit(limit)
    )
    return [Timer(*row) for row in rows]


async def claim(connection: AsyncConnection, timer_id: str, now_ms: int) -> bool:
    """True for the one process that may act on this timer."""
    result = await connection.execute(
        update(timer).where(timer.c.id == timer_id, timer.c.fired_at_ms.is_(None)).values(fired_at_ms=now_ms)
    )
    return result.rowcount == 1


async def due_at(connection: AsyncConnection, kind: str, subject_ids: Sequence[str]) -> dict[str, int]:
    """When the running timers of this kind are due, by subject."""
    rows = await connection.execute(
        select(timer.c.subject_id, timer.c.due_at_ms).where(
            timer.c.kind == kind, timer.c.subject_id.in_(subject_ids), timer.c.fired_at_ms.is_(None)
        )
    )
    return {subject_id: due_at_ms for subject_id, due_at_ms in rows}
