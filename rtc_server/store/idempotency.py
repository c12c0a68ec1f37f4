"""Keys that make a retry the same act: person, key, hash of the body, the result's id or the whole answer; kept 24 h.

Easy to break: the key is written in the transaction of the act itself, or a crash between the two repeats the act.
"""

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import KeyReused
from rtc_server.store.schema import idempotency


async def is_repeat(
    connection: AsyncConnection, person_id: str, key: str, body_hash: bytes, result_id: str, now_ms: int
) -> bool:
    """Remember an act in its own transaction; True when the same act was done before.

    Raises KeyReused when the key was used for another body.
    """
    if await _known(connection, person_id, key, body_hash) is not None:
        return True
    await _remember(connection, person_id, key, body_hash, result_id, None, now_ms)
    return False


async def answered(connection: AsyncConnection, person_id: str, key: str, body_hash: bytes) -> bytes | None:
    """What the same act was answered before; None when it is new. Raises KeyReused."""
    return await _known(connection, person_id, key, body_hash)


async def remember_answer(
    connection: AsyncConnection, person_id: str, key: str, body_hash: bytes, answer: bytes, now_ms: int
) -> None:
    await _remember(connection, person_id, key, body_hash, "", answer, now_ms)


async def forget_before(connection: AsyncConnection, at_ms: int) -> int:
    """Drop keys that are older; returns how many."""
    return (await connection.execute(delete(idempotency).where(idempotency.c.at_ms < at_ms))).rowcount


async def _known(connection: AsyncConnection, person_id: str, key: str, body_hash: bytes) -> bytes | None:
    query = select(idempotency.c.body_hash, idempotency.c.answer)
    row = (
        await connection.execute(query.where(idempotency.c.person_id == person_id, idempotency.c.key == key))
    ).first()
    if row is None:
        return None
    if row.body_hash != body_hash:
        raise KeyReused("That was already answered differently. Reload the page to see how it stands.")
    return bytes(row.answer or b"")


async def _remember(
    connection: AsyncConnection,
    person_id: str,
    key: str,
    body_hash: bytes,
    result_id: str,
    answer: bytes | None,
    now_ms: int,
) -> None:
    await connection.execute(
        insert(idempotency).values(
            person_id=person_id, key=key, body_hash=body_hash, result_id=result_id, answer=answer, at_ms=now_ms
        )
    )
