"""Codes sent by mail as rows: what each would do, and how often it may still be tried.

Owns table `challenge`. Knows neither mail nor passwords. Easy to break: a code is compared and counted in one writing
transaction, and what it opens is handed out once, because the row goes with it.
"""

import hmac
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.account_schema import challenge

KEPT_MS = 86_400_000  # after its time; until then the same id is not used again


@dataclass(frozen=True)
class Challenge:
    id: str
    purpose: str
    person_id: str | None
    code_hash: bytes
    payload_sealed: bytes
    tries_left: int
    due_at_ms: int


async def add(connection: AsyncConnection, made: Challenge, now_ms: int) -> bool:
    """False when the page's id is known already: nothing is stored then. Forgets rows whose time is long over."""
    await connection.execute(delete(challenge).where(challenge.c.due_at_ms < now_ms - KEPT_MS))
    known = select(challenge.c.id).where(challenge.c.id == made.id)
    if (await connection.execute(known)).first() is not None:
        return False
    await connection.execute(
        insert(challenge).values(
            id=made.id,
            purpose=made.purpose,
            person_id=made.person_id,
            code_hash=made.code_hash,
            payload_sealed=made.payload_sealed,
            tries_left=made.tries_left,
            created_at_ms=now_ms,
            due_at_ms=made.due_at_ms,
        )
    )
    return True


async def take(
    connection: AsyncConnection, challenge_id: str, purpose: str, code_hash: bytes, now_ms: int
) -> Challenge | None:
    """The challenge that this code answers, which is over with it; None, and one try less, for any other."""
    found = (
        await connection.execute(
            select(challenge).where(challenge.c.id == challenge_id, challenge.c.purpose == purpose)
        )
    ).first()
    if found is None or found.tries_left < 1 or found.due_at_ms <= now_ms:
        return None
    if not hmac.compare_digest(found.code_hash, code_hash):
        await connection.execute(
            update(challenge).where(challenge.c.id == challenge_id).values(tries_left=challenge.c.tries_left - 1)
        )
        return None
    await connection.execute(update(challenge).where(challenge.c.id == challenge_id).values(tries_left=0))
    return Challenge(
        found.id, found.purpose, found.person_id, found.code_hash, found.payload_sealed, 0, found.due_at_ms
    )
