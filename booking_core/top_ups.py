"""Money that comes into a client's wallet: by card through a processor, or credited by an operator.

Owns the table `top_up`. Opens no seal. Easy to break: what a processor says may come late, twice and in any order, so
that "paid" counts once whatever came before it, and nothing undoes it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import wallet
from booking_core.errors import AmountDiffers, TransferKeyReused
from booking_core.payout_schema import payment_report, top_up

TopUpState = Literal["begun", "paid", "expired"]


@dataclass(frozen=True)
class TopUp:
    """`reason_sealed`: why an operator credited it, under the client's key."""

    id: str
    client_id: str
    amount_pence: int
    way: Literal["card", "credit"]
    state: TopUpState
    by_person_id: str | None
    reason_sealed: bytes | None
    provider_id: str | None
    created_at_ms: int
    changed_at_ms: int


async def begin(connection: AsyncConnection, top_up_id: str, client_id: str, amount_pence: int, now_ms: int) -> TopUp:
    """A payment by card is about to be asked for; nothing moves yet. Raises TransferKeyReused for another's id."""
    known = await find(connection, top_up_id)
    if known is not None:
        if (known.client_id, known.amount_pence, known.way) != (client_id, amount_pence, "card"):
            raise TransferKeyReused
        return known
    fresh = TopUp(top_up_id, client_id, amount_pence, "card", "begun", None, None, None, now_ms, now_ms)
    await _add(connection, fresh)
    return fresh


async def credit(
    connection: AsyncConnection,
    top_up_id: str,
    client_id: str,
    amount_pence: int,
    by_person_id: str,
    reason_sealed: bytes,
    now_ms: int,
) -> None:
    """Add money at once. Raises TransferKeyReused when the id was used before."""
    if await find(connection, top_up_id) is not None:
        raise TransferKeyReused
    fresh = TopUp(
        top_up_id, client_id, amount_pence, "credit", "paid", by_person_id, reason_sealed, None, now_ms, now_ms
    )
    await _add(connection, fresh)
    await wallet.top_up(connection, client_id, amount_pence, top_up_id, now_ms)


async def set_provider(connection: AsyncConnection, top_up_id: str, provider_id: str) -> None:
    await connection.execute(
        update(top_up).where(top_up.c.id == top_up_id, top_up.c.provider_id.is_(None)).values(provider_id=provider_id)
    )


async def paid(connection: AsyncConnection, top_up_id: str, amount_pence: int, now_ms: int) -> bool:
    """The processor has the money. True when this is news; AmountDiffers when it is not what was asked for."""
    known = await find(connection, top_up_id)
    if known is None or known.way != "card":
        return False
    if known.amount_pence != amount_pence:
        raise AmountDiffers(f"top-up {top_up_id} was paid by another amount than was asked for")
    if not await _leave(connection, known, ("begun", "expired"), "paid", now_ms):
        return False
    await wallet.top_up(connection, known.client_id, amount_pence, top_up_id, now_ms)
    return True


async def expired(connection: AsyncConnection, top_up_id: str, now_ms: int) -> bool:
    """Nothing was paid and nothing will be. True when this is news."""
    known = await find(connection, top_up_id)
    return known is not None and await _leave(connection, known, ("begun",), "expired", now_ms)


async def is_new_report(connection: AsyncConnection, report_id: str, kind: str, now_ms: int) -> bool:
    """Remember a processor's report; False when it has been heeded before."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    fresh = dialect.insert(payment_report).values(id=report_id, kind=kind, at_ms=now_ms).on_conflict_do_nothing()
    return (await connection.execute(fresh)).rowcount == 1


async def find(connection: AsyncConnection, top_up_id: str) -> TopUp | None:
    row = (await connection.execute(select(top_up).where(top_up.c.id == top_up_id))).first()
    return None if row is None else _top_up(row)


async def of_client(connection: AsyncConnection, client_id: str, limit: int) -> list[TopUp]:
    """Newest first, whatever became of them."""
    query = select(top_up).where(top_up.c.client_id == client_id).order_by(top_up.c.created_at_ms.desc()).limit(limit)
    return [_top_up(row) for row in await connection.execute(query)]


async def credits(connection: AsyncConnection, limit: int) -> list[TopUp]:
    """What operators credited, newest first."""
    query = select(top_up).where(top_up.c.way == "credit").order_by(top_up.c.created_at_ms.desc()).limit(limit)
    return [_top_up(row) for row in await connection.execute(query)]


async def _leave(
    connection: AsyncConnection, known: TopUp, sources: tuple[TopUpState, ...], state: TopUpState, now_ms: int
) -> bool:
    changed = await connection.execute(
        update(top_up)
        .where(top_up.c.id == known.id, top_up.c.state.in_(sources))
        .values(state=state, changed_at_ms=now_ms)
    )
    return changed.rowcount == 1


async def _add(connection: AsyncConnection, record: TopUp) -> None:
    await connection.execute(insert(top_up).values(**vars(record)))


def _top_up(row: Row[Any]) -> TopUp:
    return TopUp(**row._mapping)
