"""Withdrawals in the database: each step is the row, its money and nothing else, in the caller's transaction.

Owns the tables `withdrawal`, `invoice`, `payout_batch`, `payout_order` and `payout_details`. Knows no bank, opens no
seal and writes to nobody. Easy to break: a row is only ever left by way of `step`, whose UPDATE names the version it
has read; what is set aside stays in `withdrawing` until the withdrawal is paid or failed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import payouts, wallet
from booking_core.errors import WithdrawalMoved, WithdrawalNotFound
from booking_core.payout_schema import invoice, payout_batch, payout_order, withdrawal
from booking_core.payouts import Event, Rail, State, Withdrawal

OrderState = Literal["queued", "done", "refused", "stuck"]  # of what the processor was asked

PAYOUTS = {Rail.INVOICE: "payout:bank", Rail.PROCESSOR: "payout:processor"}
SHOWN_MAX = 500


@dataclass(frozen=True)
class Invoice:
    id: str
    withdrawal_id: str
    amount_pence: int
    number_sealed: bytes
    content_type: str | None  # None: it came by mail
    arrived_at_ms: int


@dataclass(frozen=True)
class Batch:
    id: str
    rail: Rail
    count: int
    total_pence: int
    by_person_id: str
    at_ms: int


@dataclass(frozen=True)
class Order:
    withdrawal_id: str
    state: OrderState
    tries: int
    first_tried_at_ms: int | None


async def request(
    connection: AsyncConnection,
    withdrawal_id: str,
    therapist_id: str,
    rail: Rail,
    amount_pence: int,
    bank_sealed: bytes | None,
    now_ms: int,
) -> Withdrawal:
    """Set an amount aside to be paid out; the same id is the same withdrawal. Raises InsufficientFunds."""
    known = await find(connection, withdrawal_id)
    if known is not None:
        if (known.therapist_id, known.rail, known.amount_pence) != (therapist_id, rail, amount_pence):
            raise WithdrawalMoved("That withdrawal was already asked for differently.")
        return known
    pay_on = payouts.batch_day(payouts.day_of(now_ms)) if rail is Rail.PROCESSOR else None
    fresh = Withdrawal(
        withdrawal_id, therapist_id, rail, amount_pence, State.REQUESTED, "", 1, pay_on, None, now_ms, now_ms
    )
    await connection.execute(insert(withdrawal).values(**_columns(fresh), bank_sealed=bank_sealed))
    await _move(connection, "withdraw", fresh, _account(fresh, "available"), _account(fresh, "withdrawing"), now_ms)
    return fresh


async def step(connection: AsyncConnection, withdrawal_id: str, event: Event, now_ms: int) -> Withdrawal:
    """Take one step with its money. Raises WithdrawalNotFound, WithdrawalMoved, AmountDiffers."""
    before = await load(connection, withdrawal_id)
    after = payouts.advance(before, event, now_ms)
    changed = await connection.execute(
        update(withdrawal)
        .where(withdrawal.c.id == before.id, withdrawal.c.version == before.version)
        .values(**_columns(after))
    )
    if changed.rowcount != 1:
        raise WithdrawalMoved("This withdrawal has moved on meanwhile. Reload the page to see how it stands.")
    withdrawing, available, paid_out = _account(after, "withdrawing"), _account(after, "available"), PAYOUTS[after.rail]
    if after.state is State.PAID:
        await _move(connection, "payout", after, withdrawing, paid_out, now_ms)
    elif before.state is State.PAID:
        # What was paid stays in the ledger as it was; this is a movement of its own the other way.
        await _move(connection, "bounce", after, paid_out, available, now_ms)
    elif after.state is State.FAILED:
        await _move(connection, "return", after, withdrawing, available, now_ms)
    if after.state in payouts.FINAL:
        await connection.execute(
            update(payout_order)
            .where(payout_order.c.withdrawal_id == after.id)
            .values(state="done" if after.state is State.PAID else "refused", lease_until_ms=0)
        )
    return after


def _account(record: Withdrawal, purpose: str) -> str:
    return wallet.account_id(record.therapist_id, "therapist", purpose)


async def _move(
    connection: AsyncConnection, kind: str, record: Withdrawal, from_account: str, to_account: str, now_ms: int
) -> None:
    """Each kind moves the whole amount, once."""
    key = f"{kind}:{record.id}"
    await wallet.move(connection, key, kind, from_account, to_account, record.amount_pence, None, now_ms)


# Reading


async def load(connection: AsyncConnection, withdrawal_id: str, therapist_id: str | None = None) -> Withdrawal:
    """With a therapist: theirs only. Raises WithdrawalNotFound."""
    found = await find(connection, withdrawal_id)
    if found is None or therapist_id not in (None, found.therapist_id):
        raise WithdrawalNotFound("There is no such withdrawal.")
    return found


async def find(connection: AsyncConnection, withdrawal_id: str) -> Withdrawal | None:
    found = await _some(connection, select(withdrawal).where(withdrawal.c.id == withdrawal_id))
    return found[0] if found else None


async def of_therapist(connection: AsyncConnection, therapist_id: str) -> list[Withdrawal]:
    """Newest first."""
    query = select(withdrawal).where(withdrawal.c.therapist_id == therapist_id)
    return await _some(connection, query.order_by(withdrawal.c.requested_at_ms.desc()).limit(SHOWN_MAX))


async def in_state(connection: AsyncConnection, *states: State) -> list[Withdrawal]:
    """First those that are due first."""
    query = select(withdrawal).where(withdrawal.c.state.in_([state.value for state in states]))
    return await _some(connection, query.order_by(withdrawal.c.pay_on, withdrawal.c.requested_at_ms).limit(SHOWN_MAX))


async def settled(connection: AsyncConnection, limit: int) -> list[Withdrawal]:
    """Paid or failed, the latest first."""
    query = select(withdrawal).where(withdrawal.c.state.in_([state.value for state in payouts.FINAL]))
    return await _some(connection, query.order_by(withdrawal.c.changed_at_ms.desc()).limit(limit))


async def of_batch(connection: AsyncConnection, batch_id: str) -> list[Withdrawal]:
    query = select(withdrawal).where(withdrawal.c.batch_id == batch_id)
    return await _some(connection, query.order_by(withdrawal.c.requested_at_ms, withdrawal.c.id))


async def bank_sealed(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, bytes]:
    """Where each is to be paid to, as it stood when it was requested."""
    query = select(withdrawal.c.id, withdrawal.c.bank_sealed).where(withdrawal.c.id.in_(list(ids)))
    return {row.id: row.bank_sealed for row in await connection.execute(query) if row.bank_sealed is not None}


async def _some(connection: AsyncConnection, query: Select[Any]) -> list[Withdrawal]:
    return [_withdrawal(row) for row in await connection.execute(query)]


def _withdrawal(row: Row[Any]) -> Withdrawal:
    return Withdrawal(
        id=row.id,
        therapist_id=row.therapist_id,
        rail=Rail(row.rail),
        amount_pence=row.amount_pence,
        state=State(row.state),
        reason=row.reason,
        version=row.version,
        pay_on=None if row.pay_on is None else date.fromisoformat(row.pay_on),
        batch_id=row.batch_id,
        requested_at_ms=row.requested_at_ms,
        changed_at_ms=row.changed_at_ms,
    )


def _columns(record: Withdrawal) -> dict[str, Any]:
    return {
        "id": record.id,
        "therapist_id": record.therapist_id,
        "rail": record.rail.value,
        "amount_pence": record.amount_pence,
        "state": record.state.value,
        "reason": record.reason,
        "version": record.version,
        "pay_on": None if record.pay_on is None else record.pay_on.isoformat(),
        "batch_id": record.batch_id,
        "requested_at_ms": record.requested_at_ms,
        "changed_at_ms": record.changed_at_ms,
    }


# Invoices


async def add_invoice(connection: AsyncConnection, record: Invoice, file_sealed: bytes | None) -> None:
    await connection.execute(
        insert(invoice).values(
            id=record.id,
            withdrawal_id=record.withdrawal_id,
            amount_pence=record.amount_pence,
            number_sealed=record.number_sealed,
            content_type=record.content_type,
            file_sealed=file_sealed,
            arrived_at_ms=record.arrived_at_ms,
        )
    )


async def refuse_invoices(connection: AsyncConnection, withdrawal_id: str) -> None:
    await connection.execute(update(invoice).where(invoice.c.withdrawal_id == withdrawal_id).values(is_refused=True))


async def invoices(connection: AsyncConnection, withdrawal_ids: Sequence[str]) -> dict[str, Invoice]:
    """The invoice that counts, by withdrawal."""
    columns = [column for column in invoice.c if column.name not in ("file_sealed", "is_refused")]
    query = select(*columns).where(invoice.c.withdrawal_id.in_(withdrawal_ids), invoice.c.is_refused.is_(False))
    rows = await connection.execute(query.order_by(invoice.c.arrived_at_ms))
    return {row.withdrawal_id: Invoice(**row._mapping) for row in rows}


async def invoice_file(connection: AsyncConnection, invoice_id: str) -> bytes | None:
    query = select(invoice.c.file_sealed).where(invoice.c.id == invoice_id)
    return (await connection.execute(query)).scalar_one_or_none()


# Batches and orders


async def add_batch(connection: AsyncConnection, record: Batch) -> None:
    values = {"id": record.id, "rail": record.rail.value, "payouts": record.count, "total_pence": record.total_pence}
    by = {"by_person_id": record.by_person_id, "at_ms": record.at_ms}
    await connection.execute(insert(payout_batch).values(**values, **by))


async def batches(connection: AsyncConnection, ids: Iterable[str]) -> list[Batch]:
    """Newest first."""
    query = select(payout_batch).where(payout_batch.c.id.in_(list(ids))).order_by(payout_batch.c.at_ms.desc())
    return [
        Batch(row.id, Rail(row.rail), row.payouts, row.total_pence, row.by_person_id, row.at_ms)
        for row in await connection.execute(query)
    ]


async def add_order(connection: AsyncConnection, withdrawal_id: str, due_at_ms: int) -> None:
    values = {"withdrawal_id": withdrawal_id, "state": "queued", "due_at_ms": due_at_ms}
    await connection.execute(insert(payout_order).values(**values))


async def orders(connection: AsyncConnection, withdrawal_ids: Iterable[str]) -> dict[str, Order]:
    query = select(payout_order).where(payout_order.c.withdrawal_id.in_(list(withdrawal_ids)))
    return {row.withdrawal_id: _order(row) for row in await connection.execute(query)}


async def due_orders(connection: AsyncConnection, now_ms: int) -> list[Order]:
    query = select(payout_order).where(
        payout_order.c.state == "queued", payout_order.c.due_at_ms <= now_ms, payout_order.c.lease_until_ms <= now_ms
    )
    return [_order(row) for row in await connection.execute(query.order_by(payout_order.c.due_at_ms).limit(50))]


async def claim_order(connection: AsyncConnection, withdrawal_id: str, now_ms: int, lease_until_ms: int) -> bool:
    """True for the one process that may ask the processor now."""
    claimed = await connection.execute(
        update(payout_order)
        .where(
            payout_order.c.withdrawal_id == withdrawal_id,
            payout_order.c.state == "queued",
            payout_order.c.lease_until_ms <= now_ms,
        )
        .values(
            lease_until_ms=lease_until_ms,
            tries=payout_order.c.tries + 1,
            first_tried_at_ms=func.coalesce(payout_order.c.first_tried_at_ms, now_ms),
        )
    )
    return claimed.rowcount == 1


async def set_provider(connection: AsyncConnection, withdrawal_id: str, provider_id: str) -> None:
    """The processor's name for the payment."""
    await connection.execute(
        update(payout_order).where(payout_order.c.withdrawal_id == withdrawal_id).values(provider_id=provider_id)
    )


async def postpone_order(connection: AsyncConnection, withdrawal_id: str, due_at_ms: int | None) -> None:
    """Ask the processor again from `due_at_ms` on; None: it is stuck, and a person has to look."""
    state = {"state": "stuck"} if due_at_ms is None else {"due_at_ms": due_at_ms}
    await connection.execute(
        update(payout_order)
        .where(payout_order.c.withdrawal_id == withdrawal_id, payout_order.c.state == "queued")
        .values(**state, lease_until_ms=0)
    )


def _order(row: Row[Any]) -> Order:
    return Order(row.withdrawal_id, row.state, row.tries, row.first_tried_at_ms)
