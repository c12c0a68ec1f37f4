"""Referral codes: who came to us by whom. Owns table `referral`.

An invitation is a code that a therapist mailed to one address: it has an `until_ms`, works once, and keeps the address
(under the therapist's key) only as long as it is open. Easy to break: a code that has ended opens nothing, but the
clients who came by it keep their therapist.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import person, therapist
from rtc_server.store.account_schema import referral

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is read as another
LENGTH = 8


def normal(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


def _is_open(now_ms: int) -> ColumnElement[bool]:
    return referral.c.ended_at_ms.is_(None) & or_(referral.c.until_ms.is_(None), referral.c.until_ms > now_ms)


async def therapist_of(connection: AsyncConnection, code: str, now_ms: int) -> str | None:
    """Whom the code names, while it holds and they may work."""
    query = (
        select(referral.c.therapist_id)
        .join(therapist, therapist.c.person_id == referral.c.therapist_id)
        .join(person, person.c.id == referral.c.therapist_id)
        .where(
            referral.c.code == normal(code),
            _is_open(now_ms),
            therapist.c.is_approved.is_(True),
            person.c.is_disabled.is_(False),
        )
    )
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


def fresh_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


async def make(connection: AsyncConnection, therapist_id: str, by_id: str, now_ms: int) -> str:
    code = fresh_code()
    await connection.execute(
        insert(referral).values(code=code, therapist_id=therapist_id, made_by=by_id, made_at_ms=now_ms, used=0)
    )
    return code


async def invite(
    connection: AsyncConnection, code: str, therapist_id: str, email_sealed: bytes, until_ms: int, now_ms: int
) -> None:
    row = {"code": code, "therapist_id": therapist_id, "made_by": therapist_id, "made_at_ms": now_ms, "used": 0}
    await connection.execute(insert(referral).values(**row, email_sealed=email_sealed, until_ms=until_ms))


async def prolong(connection: AsyncConnection, code: str, until_ms: int) -> None:
    """The same invitation, mailed again."""
    await connection.execute(update(referral).where(referral.c.code == code).values(until_ms=until_ms))


async def invited_by(connection: AsyncConnection, therapist_id: str) -> Sequence[Row[Any]]:
    """This therapist's invitations that nobody has taken up or back, the newest first; also those that ran out."""
    mine = (referral.c.therapist_id == therapist_id) & referral.c.email_sealed.is_not(None)
    return (await connection.execute(select(referral).where(mine).order_by(referral.c.made_at_ms.desc()))).all()


async def take_back(connection: AsyncConnection, therapist_id: str, code: str) -> bool:
    """False when there is no such invitation of theirs."""
    mine = (referral.c.therapist_id == therapist_id) & referral.c.email_sealed.is_not(None)
    return (await connection.execute(delete(referral).where(mine, referral.c.code == normal(code)))).rowcount == 1


async def forget_invitations(connection: AsyncConnection, cut_ms: int) -> int:
    """Delete those that ran out before `cut_ms`, with the addresses they went to."""
    over = referral.c.email_sealed.is_not(None) & (referral.c.until_ms < cut_ms)
    return (await connection.execute(delete(referral).where(over))).rowcount


async def use(connection: AsyncConnection, code: str, now_ms: int) -> bool:
    """Count one who came by it; an invitation ends with that. False when it holds no longer."""
    this = referral.c.code == normal(code)
    counted = await connection.execute(update(referral).where(this, _is_open(now_ms)).values(used=referral.c.used + 1))
    spent = {"ended_at_ms": now_ms, "email_sealed": None}
    await connection.execute(update(referral).where(this, referral.c.until_ms.is_not(None)).values(**spent))
    return counted.rowcount == 1


async def end(connection: AsyncConnection, code: str, now_ms: int) -> bool:
    """False when there is no such code, or it had ended."""
    changed = await connection.execute(
        update(referral)
        .where(referral.c.code == normal(code), referral.c.ended_at_ms.is_(None))
        .values(ended_at_ms=now_ms)
    )
    return changed.rowcount == 1


async def newest(connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """Operators' codes, with the therapist's public names."""
    query = (
        select(referral, therapist.c.first_name, therapist.c.last_name)
        .join(therapist, therapist.c.person_id == referral.c.therapist_id)
        .where(referral.c.until_ms.is_(None))
        .order_by(referral.c.ended_at_ms.is_not(None), referral.c.made_at_ms.desc())
        .limit(limit)
    )
    return (await connection.execute(query)).all()
