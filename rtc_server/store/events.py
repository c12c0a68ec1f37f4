"""Event rows: what happened, append-only; also the safety net of every process for a lost publish."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.schema import event


@dataclass(frozen=True)
class EventRow:
    seq: int
    topic: str
    subject_id: str
    version: int


async def append(
    connection: AsyncConnection,
    topic: str,
    subject_id: str,
    version: int,
    kind: str,
    person_id: str | None,
    at_ms: int,
) -> None:
    """Add one row in the transaction of the change it tells of; publish `Changed` only after that has committed."""
    await connection.execute(
        insert(event).values(
            topic=topic, subject_id=subject_id, version=version, kind=kind, person_id=person_id, at_ms=at_ms
        )
    )


async def last_seq(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.coalesce(func.max(event.c.seq), 0)))).scalar_one())


async def since(connection: AsyncConnection, seq: int, limit: int = 500) -> list[EventRow]:
    rows = await connection.execute(
        select(event.c.seq, event.c.topic, event.c.subject_id, event.c.version)
        .where(event.c.seq > seq)
        .order_by(event.c.seq)
        .limit(limit)
    )
    return [EventRow(*row) for row in rows]
