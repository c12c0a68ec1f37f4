"""A therapist's money between two moments, from the ledger alone: what they had, what came, what went, what is left.

Reads only. Easy to break: moving from pending to available, setting aside and giving back change nothing of the whole,
so that only shares, and payments that the bank sent back, come in and only payouts go out; opening plus lines is
always closing.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.schema import transfer
from booking_core.wallet import account_id

IN, OUT, BACK = "share", "payout", "bounce"


@dataclass(frozen=True)
class Movement:
    """`subject_id`: the session that earned it, or the withdrawal that was paid or came back."""

    at_ms: int
    kind: str  # share, payout, bounce
    amount_pence: int  # signed
    subject_id: str


@dataclass(frozen=True)
class Account:
    opening_pence: int
    movements: tuple[Movement, ...]

    @property
    def closing_pence(self) -> int:
        return self.opening_pence + sum(movement.amount_pence for movement in self.movements)


async def between(connection: AsyncConnection, therapist_id: str, from_ms: int, to_ms: int) -> Account:
    """`to_ms` is exclusive."""
    parts = ("pending", "available", "withdrawing")
    pending, available, withdrawing = (account_id(therapist_id, "therapist", part) for part in parts)
    earned = (transfer.c.kind == IN) & (transfer.c.to_account == pending)
    came = earned | (transfer.c.kind == BACK) & (transfer.c.to_account == available)
    went = (transfer.c.kind == OUT) & (transfer.c.from_account == withdrawing)
    before = []
    for which in (came, went):
        query = select(func.coalesce(func.sum(transfer.c.amount_pence), 0)).where(which, transfer.c.at_ms < from_ms)
        before.append(int((await connection.execute(query)).scalar_one()))
    query = select(transfer).where(came | went, transfer.c.at_ms >= from_ms, transfer.c.at_ms < to_ms)
    rows = await connection.execute(query.order_by(transfer.c.seq))
    return Account(before[0] - before[1], tuple(_movement(row) for row in rows))


def _movement(row: Row[Any]) -> Movement:
    sign = -1 if row.kind == OUT else 1
    return Movement(row.at_ms, row.kind, sign * row.amount_pence, row.key.split(":", 1)[1])
