"""The second step of signing in as rows: a sealed seed, the newest step used, and recovery codes by their hash.

Owns the tables `second_step` and `recovery_code`. Easy to break: a code counts once. `use_step` moves `last_step`
forward and never back, `use_recovery` marks a row that was unmarked, each in one UPDATE whose row count decides.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.store.account_schema import recovery_code, second_step


async def seed_sealed(connection: AsyncConnection, person_id: str, *, is_confirmed: bool) -> bytes | None:
    query = select(second_step.c.seed_sealed).where(
        second_step.c.person_id == person_id,
        second_step.c.confirmed_at_ms.is_not(None) if is_confirmed else second_step.c.confirmed_at_ms.is_(None),
    )
    found: bytes | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def begin(connection: AsyncConnection, person_id: str, sealed: bytes) -> bool:
    """Store a seed that is not asked for yet, in place of another such; False when a second step is on already."""
    await connection.execute(
        delete(second_step).where(second_step.c.person_id == person_id, second_step.c.confirmed_at_ms.is_(None))
    )
    if await seed_sealed(connection, person_id, is_confirmed=True) is not None:
        return False
    await connection.execute(insert(second_step).values(person_id=person_id, seed_sealed=sealed, last_step=0))
    return True


async def confirm(
    connection: AsyncConnection, person_id: str, step: int, recovery_hashes: Sequence[bytes], now_ms: int
) -> bool:
    """From now on it is asked for. False when it was on already."""
    changed = await connection.execute(
        update(second_step)
        .where(second_step.c.person_id == person_id, second_step.c.confirmed_at_ms.is_(None))
        .values(confirmed_at_ms=now_ms, last_step=step)
    )
    if changed.rowcount != 1:
        return False
    await replace_recovery(connection, person_id, recovery_hashes)
    return True


async def use_step(connection: AsyncConnection, person_id: str, step: int) -> bool:
    """False when a code of this step, or of a later one, was used before."""
    changed = await connection.execute(
        update(second_step)
        .where(second_step.c.person_id == person_id, second_step.c.last_step < step)
        .values(last_step=step)
    )
    return changed.rowcount == 1


async def use_recovery(connection: AsyncConnection, person_id: str, code_hash: bytes, now_ms: int) -> bool:
    changed = await connection.execute(
        update(recovery_code)
        .where(
            recovery_code.c.person_id == person_id,
            recovery_code.c.code_hash == code_hash,
            recovery_code.c.used_at_ms.is_(None),
        )
        .values(used_at_ms=now_ms)
    )
    return changed.rowcount == 1


async def replace_recovery(connection: AsyncConnection, person_id: str, hashes: Sequence[bytes]) -> None:
    await connection.execute(delete(recovery_code).where(recovery_code.c.person_id == person_id))
    await connection.execute(
        insert(recovery_code), [{"person_id": person_id, "code_hash": code_hash} for code_hash in hashes]
    )


async def recovery_left(connection: AsyncConnection, person_id: str) -> int:
    query = select(func.count()).where(recovery_code.c.person_id == person_id, recovery_code.c.used_at_ms.is_(None))
    return int((await connection.execute(query)).scalar_one())


async def remove(connection: AsyncConnection, person_id: str) -> bool:
    """False when there was none that was asked for."""
    await connection.execute(delete(recovery_code).where(recovery_code.c.person_id == person_id))
    gone = await connection.execute(delete(second_step).where(second_step.c.person_id == person_id))
    return bool(gone.rowcount)
