"""The ledger: double entry in integer pence, two-phase money for sessions.

Owns the tables `account`, `transfer` and `hold`. Every function takes an open transaction and never opens one, so that
money moves in the same transaction as the step that causes it. Easy to break: code inserts transfers and never writes
a balance; a trigger moves both balances, CHECKs give the floor, other triggers forbid changing a transfer. Each step
has a transfer key of its own, so repeating it moves nothing twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import schema
from booking_core.errors import HoldAlreadyResolved, HoldNotFound, InsufficientFunds, TransferKeyReused

WORLD = "world"
FEES = "platform:fees"
LINES_MAX = 500

# By role: the accounts of a person, first what they may use, then what is set aside.
ACCOUNTS = {"client": ("available", "held"), "therapist": ("available", "pending", "withdrawing")}


@dataclass(frozen=True)
class Balances:
    available_pence: int
    held_pence: int  # clients: held for a session; therapists: pending
    withdrawing_pence: int = 0  # therapists: being paid out


@dataclass(frozen=True)
class Line:
    """One thing that happened to a person's money, signed from their side."""

    id: str
    at_ms: int
    kind: str  # top_up, hold, charge, void, share
    amount_pence: int
    state: str  # held, taken, returned, pending, available
    session_id: str | None


@dataclass(frozen=True)
class Settlement:
    """What a session came to. Nothing is charged until the hold is resolved."""

    charged_pence: int
    share_pence: int
    is_settled: bool


UNSETTLED = Settlement(charged_pence=0, share_pence=0, is_settled=False)


def account_id(person_id: str, role: str, purpose: str) -> str:
    return f"{role}:{person_id}:{purpose}"


async def ensure_accounts(connection: AsyncConnection, person_id: str, role: str) -> None:
    """Make a person's accounts, and the two shared ones, where they are missing."""
    accounts = [(WORLD, False), (FEES, True)]
    accounts += [(account_id(person_id, role, purpose), True) for purpose in ACCOUNTS.get(role, ())]
    # This spelling is understood by SQLite and PostgreSQL alike.
    statement = text(
        "INSERT INTO account (id, balance_pence, is_floored) VALUES (:id, 0, :is_floored) ON CONFLICT (id) DO NOTHING"
    )
    await connection.execute(statement, [{"id": name, "is_floored": is_floored} for name, is_floored in accounts])


async def top_up(connection: AsyncConnection, client_id: str, amount_pence: int, key: str, now_ms: int) -> None:
    available = account_id(client_id, "client", "available")
    await move(connection, f"top_up:{key}", "top_up", WORLD, available, amount_pence, None, now_ms)


async def hold(
    connection: AsyncConnection, session_id: str, client_id: str, therapist_id: str, amount_pence: int, now_ms: int
) -> None:
    """Set the price of a session aside; 0 is allowed. Raises InsufficientFunds, and the caller must roll back."""
    row = (await connection.execute(select(schema.hold).where(schema.hold.c.session_id == session_id))).first()
    if row is not None:
        if (row.client_id, row.therapist_id, row.amount_pence) != (client_id, therapist_id, amount_pence):
            raise TransferKeyReused
        return
    await connection.execute(
        insert(schema.hold).values(
            session_id=session_id,
            client_id=client_id,
            therapist_id=therapist_id,
            amount_pence=amount_pence,
            state="held",
            at_ms=now_ms,
        )
    )
    available, held = (account_id(client_id, "client", purpose) for purpose in ("available", "held"))
    await move(connection, f"hold:{session_id}", "hold", available, held, amount_pence, session_id, now_ms)


async def post(connection: AsyncConnection, session_id: str, share_percent: int, now_ms: int) -> None:
    """Take a held price: the therapist's share becomes pending, the rest is our fee.

    Raises HoldNotFound, and HoldAlreadyResolved when it was given back before. The share is rounded down to the penny.
    """
    row = await _resolve(connection, session_id, "posted", now_ms)
    if row is None:
        return
    client_id, therapist_id, amount_pence = row
    held = account_id(client_id, "client", "held")
    pending = account_id(therapist_id, "therapist", "pending")
    share_pence = amount_pence * share_percent // 100
    await move(connection, f"share:{session_id}", "share", held, pending, share_pence, session_id, now_ms)
    await move(connection, f"fee:{session_id}", "fee", held, FEES, amount_pence - share_pence, session_id, now_ms)


async def sponsor(
    connection: AsyncConnection, session_id: str, therapist_id: str, price_pence: int, share_percent: int, now_ms: int
) -> None:
    """The therapist's share of a session an allowance paid for: it comes from whoever granted that, outside."""
    pending = account_id(therapist_id, "therapist", "pending")
    share_pence = price_pence * share_percent // 100
    await move(connection, f"share:{session_id}", "share", WORLD, pending, share_pence, session_id, now_ms)


async def void(connection: AsyncConnection, session_id: str, now_ms: int) -> None:
    """Give a held price back. Raises HoldNotFound, and HoldAlreadyResolved when it was taken before."""
    row = await _resolve(connection, session_id, "voided", now_ms)
    if row is None:
        return
    client_id, _, amount_pence = row
    available, held = (account_id(client_id, "client", purpose) for purpose in ("available", "held"))
    await move(connection, f"void:{session_id}", "void", held, available, amount_pence, session_id, now_ms)


async def release_pending(connection: AsyncConnection, session_id: str, now_ms: int) -> None:
    """Make the therapist's share of a session theirs to withdraw; without a share there is nothing to do."""
    share = (
        await connection.execute(select(schema.transfer).where(schema.transfer.c.key == f"share:{session_id}"))
    ).first()
    if share is None:
        return
    pending = share.to_account
    available = pending.removesuffix("pending") + "available"
    key = f"release:{session_id}"
    await move(connection, key, "release", pending, available, share.amount_pence, session_id, now_ms)


async def balances(connection: AsyncConnection, person_id: str, role: str) -> Balances:
    if role not in ACCOUNTS:
        return Balances(available_pence=0, held_pence=0)
    names = [account_id(person_id, role, purpose) for purpose in ACCOUNTS[role]]
    query = select(schema.account.c.id, schema.account.c.balance_pence).where(schema.account.c.id.in_(names))
    found = {name: pence for name, pence in await connection.execute(query)}
    return Balances(*(found.get(name, 0) for name in names))


async def lines(connection: AsyncConnection, person_id: str, role: str) -> list[Line]:
    """What happened to a person's money, newest first, one line per session or top-up; at most LINES_MAX."""
    if role == "client":
        found = await _top_ups(connection, person_id) + await _holds(connection, person_id)
    elif role == "therapist":
        found = await _shares(connection, person_id)
    else:
        found = []
    return sorted(found, key=lambda line: (line.at_ms, line.id), reverse=True)[:LINES_MAX]


async def settlements(connection: AsyncConnection, session_ids: Iterable[str]) -> dict[str, Settlement]:
    """What each of these sessions came to; a session that never held a price is `UNSETTLED`."""
    wanted = list(session_ids)
    found = dict.fromkeys(wanted, UNSETTLED)
    shares_query = select(schema.transfer.c.session_id, schema.transfer.c.amount_pence).where(
        schema.transfer.c.kind == "share", schema.transfer.c.session_id.in_(wanted)
    )
    shares = {session_id: pence for session_id, pence in await connection.execute(shares_query)}
    for row in await connection.execute(select(schema.hold).where(schema.hold.c.session_id.in_(wanted))):
        found[row.session_id] = Settlement(
            charged_pence=row.amount_pence if row.state == "posted" else 0,
            share_pence=shares.get(row.session_id, 0),
            is_settled=row.state != "held",
        )
    return found


async def move(
    connection: AsyncConnection,
    key: str,
    kind: str,
    from_account: str,
    to_account: str,
    amount_pence: int,
    session_id: str | None,
    now_ms: int,
) -> None:
    """Move money under a key of its own; the same again moves nothing. Raises InsufficientFunds, TransferKeyReused."""
    if amount_pence == 0:
        return  # A free session moves nothing; a transfer of nothing is refused by CHECK.
    row = (await connection.execute(select(schema.transfer).where(schema.transfer.c.key == key))).first()
    if row is not None:
        if (row.from_account, row.to_account, row.amount_pence) != (from_account, to_account, amount_pence):
            raise TransferKeyReused
        return
    try:
        await connection.execute(
            insert(schema.transfer).values(
                key=key,
                kind=kind,
                from_account=from_account,
                to_account=to_account,
                amount_pence=amount_pence,
                session_id=session_id,
                at_ms=now_ms,
            )
        )
    except IntegrityError as error:
        if "account_floor" in str(error.orig):
            raise InsufficientFunds("There is not enough in the wallet. Nothing was taken.") from error
        raise


async def _resolve(
    connection: AsyncConnection, session_id: str, state: str, now_ms: int
) -> tuple[str, str, int] | None:
    """Client, therapist and amount of the hold that this call resolved; None when it was resolved so before."""
    won = await connection.execute(
        update(schema.hold)
        .where(schema.hold.c.session_id == session_id, schema.hold.c.state == "held")
        .values(state=state, resolved_at_ms=now_ms)
    )
    row = (await connection.execute(select(schema.hold).where(schema.hold.c.session_id == session_id))).first()
    if row is None:
        raise HoldNotFound
    if row.state != state:
        raise HoldAlreadyResolved
    return (row.client_id, row.therapist_id, row.amount_pence) if won.rowcount == 1 else None


async def _top_ups(connection: AsyncConnection, client_id: str) -> list[Line]:
    available = account_id(client_id, "client", "available")
    query = (
        select(schema.transfer)
        .where(schema.transfer.c.to_account == available, schema.transfer.c.kind == "top_up")
        .order_by(schema.transfer.c.seq.desc())
        .limit(LINES_MAX)
    )
    return [
        Line(row.key, row.at_ms, "top_up", row.amount_pence, "available", None)
        for row in await connection.execute(query)
    ]


async def _holds(connection: AsyncConnection, client_id: str) -> list[Line]:
    shown = {"held": ("hold", "held"), "posted": ("charge", "taken"), "voided": ("void", "returned")}
    query = (
        select(schema.hold)
        .where(schema.hold.c.client_id == client_id)
        .order_by(schema.hold.c.at_ms.desc())
        .limit(LINES_MAX)
    )
    found = []
    for row in await connection.execute(query):
        kind, state = shown[row.state]
        amount_pence = 0 if row.state == "voided" else -row.amount_pence
        at_ms = row.at_ms if row.resolved_at_ms is None else row.resolved_at_ms
        found.append(Line(f"hold:{row.session_id}", at_ms, kind, amount_pence, state, row.session_id))
    return found


async def _shares(connection: AsyncConnection, therapist_id: str) -> list[Line]:
    pending = account_id(therapist_id, "therapist", "pending")
    query = (
        select(schema.transfer)
        .where(or_(schema.transfer.c.to_account == pending, schema.transfer.c.from_account == pending))
        .order_by(schema.transfer.c.seq.desc())
        .limit(2 * LINES_MAX)
    )
    rows = (await connection.execute(query)).all()
    released = {row.session_id for row in rows if row.kind == "release"}
    return [
        Line(
            row.key,
            row.at_ms,
            "share",
            row.amount_pence,
            "available" if row.session_id in released else "pending",
            row.session_id,
        )
        for row in rows
        if row.kind == "share"
    ]
