"""Places kept for clients who asked to be called back.

Owns table `callback`. Easy to break: a callback is told and used once each, by an UPDATE that asks whether it was.
"""

from dataclasses import dataclass

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.requests import of_row
from rtc_server.store.schema import callback, request
from rtc_server.waiting.rules import Callback


async def add(connection: AsyncConnection, request_id: str, client_id: str, kept_until_ms: int) -> None:
    await connection.execute(
        insert(callback).values(request_id=request_id, client_id=client_id, kept_until_ms=kept_until_ms)
    )


async def next_ones(connection: AsyncConnection, now_ms: int, told_after_ms: int, limit: int) -> list[Callback]:
    """The first of those whose place is kept, who have not asked again, and who were told after that or not yet."""
    query = (
        select(request, callback.c.told_at_ms)
        .join(callback, callback.c.request_id == request.c.id)
        .where(
            callback.c.used_at_ms.is_(None),
            callback.c.kept_until_ms > now_ms,
            or_(callback.c.told_at_ms.is_(None), callback.c.told_at_ms > told_after_ms),
        )
        .order_by(request.c.place)
        .limit(limit)
    )
    return [Callback(of_row(row), row.told_at_ms) for row in await connection.execute(query)]


async def count_open(connection: AsyncConnection, now_ms: int) -> int:
    query = (
        select(func.count())
        .select_from(callback)
        .where(callback.c.used_at_ms.is_(None), callback.c.kept_until_ms > now_ms)
    )
    return int((await connection.execute(query)).scalar_one())


@dataclass(frozen=True)
class KeptPlace:
    request_id: str
    place: int
    until_ms: int


async def kept_place(connection: AsyncConnection, client_id: str, now_ms: int) -> KeptPlace | None:
    """The place this client may take again now; the oldest, when there are several."""
    query = (
        select(request.c.id, request.c.place, callback.c.kept_until_ms)
        .join(callback, callback.c.request_id == request.c.id)
        .where(callback.c.client_id == client_id, callback.c.used_at_ms.is_(None), callback.c.kept_until_ms > now_ms)
        .order_by(request.c.place)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else KeptPlace(row.id, row.place, row.kept_until_ms)


async def kept_until_ms(connection: AsyncConnection, request_id: str) -> int | None:
    """Until when the place of a request that ended for a callback is kept; None once it was taken again."""
    query = select(callback.c.kept_until_ms).where(callback.c.request_id == request_id, callback.c.used_at_ms.is_(None))
    return (await connection.execute(query)).scalar_one_or_none()


async def use_all(connection: AsyncConnection, client_id: str, now_ms: int) -> None:
    """The client has asked again: none of their callbacks is open any more."""
    await connection.execute(
        update(callback)
        .where(callback.c.client_id == client_id, callback.c.used_at_ms.is_(None))
        .values(used_at_ms=now_ms)
    )


async def tell(connection: AsyncConnection, request_id: str, now_ms: int, kept_until_ms: int) -> bool:
    """True for the one process that may text this client; from then on the place is kept anew."""
    told = await connection.execute(
        update(callback)
        .where(callback.c.request_id == request_id, callback.c.told_at_ms.is_(None), callback.c.used_at_ms.is_(None))
        .values(told_at_ms=now_ms, kept_until_ms=kept_until_ms)
    )
    return told.rowcount == 1
