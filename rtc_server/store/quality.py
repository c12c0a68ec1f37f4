"""SQL of quality receipts: one row per page that held a seat, replaced by its newer figures.

Easy to break: a page's figures are running totals, so they are replaced, never added; pages are added.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.quality_schema import quality
from rtc_server.store.schema import session

PAGES_MAX = 100  # of one seat in one session; later reloads are not counted


async def keep(
    connection: AsyncConnection, session_id: str, seat: str, page_id: str, figures: Mapping[str, Any], now_ms: int
) -> None:
    mine = (quality.c.session_id == session_id) & (quality.c.seat == seat)
    same = update(quality).where(mine, quality.c.page_id == page_id).values(at_ms=now_ms, **figures)
    if (await connection.execute(same)).rowcount > 0:
        return
    pages = await connection.execute(select(func.count()).select_from(quality).where(mine))
    if pages.scalar_one() >= PAGES_MAX:
        return
    row = {"session_id": session_id, "seat": seat, "page_id": page_id, "first_at_ms": now_ms, "at_ms": now_ms}
    await connection.execute(insert(quality).values(**row, **figures))


async def of_session(connection: AsyncConnection, session_id: str) -> list[Row[Any]]:
    """The pages of both seats, in the order in which they came."""
    query = select(quality).where(quality.c.session_id == session_id)
    return list(await connection.execute(query.order_by(quality.c.seat, quality.c.first_at_ms, quality.c.page_id)))


async def is_there(connection: AsyncConnection, session_id: str, therapist_id: str | None) -> bool:
    """Whether there is such an agreed session, of this therapist unless that is None."""
    query = select(session.c.id).where(session.c.id == session_id, session.c.agreed_at_ms.is_not(None))
    if therapist_id is not None:
        query = query.where(session.c.therapist_id == therapist_id)
    return (await connection.execute(query)).first() is not None
