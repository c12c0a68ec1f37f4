"""Referral codes: who came to us by whom. Owns table `referral`.

Easy to break: a code that has ended opens nothing, but the clients who came by it keep their therapist.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person, therapist
from rtc_server.store.account_schema import referral

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is read as another
LENGTH = 8


def normal(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


async def therapist_of(connection: AsyncConnection, code: str) -> str | None:
    """Whom the code names, while it holds and they may work."""
    query = (
        select(referral.c.therapist_id)
        .join(therapist, therapist.c.person_id == referral.c.therapist_id)
        .join(person, person.c.id == referral.c.therapist_id)
        .where(
            referral.c.code == normal(code),
            referral.c.ended_at_ms.is_(None),
            therapist.c.is_approved.is_(True),
            person.c.is_disabled.is_(False),
        )
    )
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def make(connection: AsyncConnection, therapist_id: str, by_id: str, now_ms: int) -> str:
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    await connection.execute(
        insert(referral).values(code=code, therapist_id=therapist_id, made_by=by_id, made_at_ms=now_ms, used=0)
    )
    return code


async def count_use(connection: AsyncConnection, code: str) -> None:
    await connection.execute(update(referral).where(referral.c.code == normal(code)).values(used=referral.c.used + 1))


async def end(connection: AsyncConnection, code: str, now_ms: int) -> bool:
    """False when there is no such code, or it had ended."""
    changed = await connection.execute(
        update(referral)
        .where(referral.c.code == normal(code), referral.c.ended_at_ms.is_(None))
        .values(ended_at_ms=now_ms)
    )
    return changed.rowcount == 1


async def newest(connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """With the therapist's public names."""
    query = (
        select(referral, therapist.c.first_name, therapist.c.last_name)
        .join(therapist, therapist.c.person_id == referral.c.therapist_id)
        .order_by(referral.c.ended_at_ms.is_not(None), referral.c.made_at_ms.desc())
        .limit(limit)
    )
    return (await connection.execute(query)).all()
