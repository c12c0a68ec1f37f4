"""Where a therapist is paid to: a bank account, sealed, and an account at the processor once they have made one."""

from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.payout_schema import payout_details


@dataclass(frozen=True)
class PayoutDetails:
    bank_sealed: bytes | None = None
    account_id: str | None = None
    is_account_ready: bool = False


async def load(connection: AsyncConnection, therapist_id: str) -> PayoutDetails:
    query = select(payout_details).where(payout_details.c.therapist_id == therapist_id)
    row = (await connection.execute(query)).first()
    if row is None:
        return PayoutDetails()
    return PayoutDetails(row.bank_sealed, row.account_id, bool(row.is_account_ready))


async def set_bank(connection: AsyncConnection, therapist_id: str, bank_sealed: bytes, now_ms: int) -> None:
    await _ensure(connection, therapist_id, now_ms)
    await connection.execute(
        update(payout_details)
        .where(payout_details.c.therapist_id == therapist_id)
        .values(bank_sealed=bank_sealed, changed_at_ms=now_ms)
    )


async def set_account(connection: AsyncConnection, therapist_id: str, account_id: str, now_ms: int) -> None:
    """The therapist's account at the processor; the first one stays."""
    await _ensure(connection, therapist_id, now_ms)
    await connection.execute(
        update(payout_details)
        .where(payout_details.c.therapist_id == therapist_id, payout_details.c.account_id.is_(None))
        .values(account_id=account_id, changed_at_ms=now_ms)
    )


async def set_ready(connection: AsyncConnection, account_id: str, is_ready: bool, now_ms: int) -> None:
    await connection.execute(
        update(payout_details)
        .where(payout_details.c.account_id == account_id)
        .values(is_account_ready=is_ready, changed_at_ms=now_ms)
    )


async def _ensure(connection: AsyncConnection, therapist_id: str, now_ms: int) -> None:
    known = select(payout_details.c.therapist_id).where(payout_details.c.therapist_id == therapist_id)
    if (await connection.execute(known)).first() is None:
        values = {"therapist_id": therapist_id, "is_account_ready": False, "changed_at_ms": now_ms}
        await connection.execute(insert(payout_details).values(**values))
