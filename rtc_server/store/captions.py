"""SQL of captions: stored sealed by the worker, loaded once by each web process, gone after a minute.

Easy to break: words pass between processes by this table alone, never through Redis, and nothing of them stays: old
rows go with the next one, and all of them when the transcript ends or is deleted.
"""

from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.caption_schema import caption

TOPIC = "caption"
KEPT_MS = 60_000


class SealedCaption(NamedTuple):
    id: str
    session_id: str
    seat: str  # who speaks
    from_ms: int  # call time
    to_ms: int
    words_sealed: bytes


async def add(connection: AsyncConnection, one: SealedCaption, now_ms: int) -> None:
    old = (caption.c.session_id == one.session_id, caption.c.at_ms < now_ms - KEPT_MS)
    await connection.execute(delete(caption).where(*old))
    await connection.execute(insert(caption).values(**one._asdict(), at_ms=now_ms))


async def load(connection: AsyncConnection, caption_id: str) -> SealedCaption | None:
    """None when it is gone already: then it is too late for it, too."""
    columns = [caption.c[name] for name in SealedCaption._fields]
    row = (await connection.execute(select(*columns).where(caption.c.id == caption_id))).first()
    return None if row is None else SealedCaption(*row)


async def forget(connection: AsyncConnection, session_id: str) -> None:
    await connection.execute(delete(caption).where(caption.c.session_id == session_id))
