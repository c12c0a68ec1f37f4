"""Keys that make a retry the same act: person, key, hash of the body, id of the result, kept 24 hours."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.errors import KeyReused
from rtc_server.store.schema import idempotency


async def is_repeat(
    connection: AsyncConnection, person_id: str, key: str, body_hash: bytes, result_id: str, now_ms: int
) -> bool:
    """Remember an act in its own transaction; True when the same act was done before.

    Raises KeyReused when the key was used for another body.
    """
    known = (
        await connection.execute(
            select(idempotency.c.body_hash).where(idempotency.c.person_id == person_id, idempotency.c.key == key)
        )
    ).scalar_one_or_none()
    if known is None:
        await connection.execute(
            insert(idempotency).values(
                person_id=person_id, key=key, body_hash=body_hash, result_id=result_id, at_ms=now_ms
            )
        )
        return False
    if known != body_hash:
        raise KeyReused("That was already answered differently. Reload the page to see how it stands.")
    return True
