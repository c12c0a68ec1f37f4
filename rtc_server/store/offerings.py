"""How requests were offered: who was shown one, claimed it, lost it, or passed it over.

Owns table `offering`, which is append-only. Easy to break: rows come from memory, after the answer, so they may name a
request that never was; those, rehearsals, and what is known to have been shown are left out here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.pool import State
from rtc_server.store.schema import offering, request


@dataclass(frozen=True)
class Offering:
    request_id: str
    therapist_id: str
    kind: str  # shown, claimed, lost, passed_over
    at_ms: int
    behind_ms: int | None = None
    taken_id: str | None = None


async def append(connection: AsyncConnection, rows: Iterable[Offering]) -> None:
    """Add those that count; who was shown a request stands there once, with the first time."""
    kept = list(rows)
    counted = await _counted(connection, {row.request_id for row in kept})
    asked = {row.request_id for row in kept if row.kind == "shown"}
    known: set[tuple[str, str]] = set(
        (
            await connection.execute(
                select(offering.c.request_id, offering.c.therapist_id).where(
                    offering.c.request_id.in_(asked), offering.c.kind == "shown"
                )
            )
        ).all()
    )
    values = []
    for row in kept:
        if row.request_id not in counted:
            continue
        if row.kind == "shown":
            if (row.request_id, row.therapist_id) in known:
                continue
            known.add((row.request_id, row.therapist_id))
        values.append(asdict(row))
    if values:
        await connection.execute(insert(offering), values)


async def _counted(connection: AsyncConnection, request_ids: Iterable[str]) -> set[str]:
    query = select(request.c.id).where(request.c.id.in_(set(request_ids)), request.c.is_rehearsal.is_(False))
    return set((await connection.execute(query)).scalars())


async def older_left(
    connection: AsyncConnection, taken_id: str, shown_ids: Sequence[str], at_ms: int, limit: int
) -> list[str]:
    """Of the cards that were shown, those with an earlier place that still waited when `taken_id` was taken."""
    place = select(request.c.place).where(request.c.id == taken_id).scalar_subquery()
    query = (
        select(request.c.id)
        .where(
            request.c.id.in_(shown_ids),
            request.c.place < place,
            request.c.is_rehearsal.is_(False),
            (request.c.state == State.WAITING.value) | (request.c.state_since_ms >= at_ms),
            request.c.placed_at_ms <= at_ms,
        )
        .order_by(request.c.place)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def of_request(connection: AsyncConnection, request_id: str) -> Sequence[Row[Any]]:
    query = select(offering).where(offering.c.request_id == request_id).order_by(offering.c.at_ms, offering.c.seq)
    return (await connection.execute(query)).all()


async def counts_since(connection: AsyncConnection, at_ms: int) -> dict[str, int]:
    """How often each kind happened."""
    rows = await connection.execute(
        select(offering.c.kind, func.count().label("number"))
        .where(offering.c.kind.in_(("claimed", "lost", "passed_over")), offering.c.at_ms >= at_ms)
        .group_by(offering.c.kind)
    )
    return {row.kind: int(row.number) for row in rows}
