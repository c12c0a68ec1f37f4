"""Sessions a client may take without paying: unlimited until a date, so many a month, or single ones in a package.

Owns the tables `allowance` and `allowance_use`. Functions take an open transaction. Easy to break: a use carries a
number within its period, and the unique number is what keeps an allowance from going below nothing; a use is taken,
forfeited or returned once, from `reserved` alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.booking import Kind
from booking_core.booking_schema import allowance as table
from booking_core.booking_schema import allowance_use as uses
from booking_core.errors import AllowanceNotFound

RESERVED = "reserved"


class Form(StrEnum):
    UNLIMITED = "unlimited"
    MONTHLY = "monthly"
    SINGLE = "single"


class UseState(StrEnum):
    TAKEN = "taken"
    FORFEITED = "forfeited"  # cancelled late, or not come
    RETURNED = "returned"


@dataclass(frozen=True)
class Allowance:
    id: str
    client_id: str
    kind: Kind
    form: Form
    name: str
    sessions: int | None  # None: as many as they like; of a monthly one: each month
    until: date | None  # the last day, itself included
    therapist_id: str | None  # a practitioner's package
    created_at_ms: int


class Left(NamedTuple):
    allowance: Allowance
    left: int | None  # None: as many as they like


ORDER = {Form.UNLIMITED: 0, Form.MONTHLY: 1, Form.SINGLE: 2}


def period_of(one: Allowance, day: date) -> str:
    return day.isoformat()[:7] if one.form is Form.MONTHLY else ""


def fits(one: Allowance, kind: str, therapist_id: str | None, day: date) -> bool:
    """Whether a session of this kind on this day may be taken from it; `therapist_id` None: with whoever comes."""
    is_in_time = one.until is None or day <= one.until
    return one.kind == kind and is_in_time and one.therapist_id in (None, therapist_id)


def in_order(allowances: Iterable[Allowance], kind: str, therapist_id: str | None, day: date) -> list[Allowance]:
    """Those that fit, the one to use first at the front: what costs the client least to lose."""
    found = [one for one in allowances if fits(one, kind, therapist_id, day)]
    return sorted(found, key=lambda one: (ORDER[one.form], one.until or date.max, one.created_at_ms, one.id))


async def grant(connection: AsyncConnection, one: Allowance) -> None:
    """The same id is the same allowance."""
    known = (await connection.execute(select(table.c.client_id).where(table.c.id == one.id))).scalar_one_or_none()
    if known is not None:
        return
    await connection.execute(
        insert(table).values(
            id=one.id,
            client_id=one.client_id,
            kind=one.kind,
            form=one.form.value,
            name=one.name,
            sessions=one.sessions,
            until=None if one.until is None else one.until.isoformat(),
            therapist_id=one.therapist_id,
            created_at_ms=one.created_at_ms,
        )
    )


async def end(connection: AsyncConnection, allowance_id: str, last_day: date) -> None:
    """Let an allowance end; sessions that are booked with it stand. Raises AllowanceNotFound."""
    changed = await connection.execute(
        update(table).where(table.c.id == allowance_id).values(until=last_day.isoformat())
    )
    if changed.rowcount != 1:
        raise AllowanceNotFound("There is no such allowance.")


async def of_client(connection: AsyncConnection, client_id: str) -> list[Allowance]:
    rows = await connection.execute(select(table).where(table.c.client_id == client_id).order_by(table.c.created_at_ms))
    return [_record(row) for row in rows]


async def balance(connection: AsyncConnection, client_id: str, day: date) -> list[Left]:
    """What is left on a day of each allowance that is not over."""
    found = []
    for one in await of_client(connection, client_id):
        if one.until is None or day <= one.until:
            found.append(Left(one, await _left(connection, one, day)))
    return found


async def cover(
    connection: AsyncConnection, client_id: str, kind: str, therapist_id: str | None, day: date
) -> Left | None:
    """What a session would be taken from; None when it is to be paid for."""
    for one in in_order(await of_client(connection, client_id), kind, therapist_id, day):
        left = await _left(connection, one, day)
        if left != 0:
            return Left(one, left)
    return None


async def draw(
    connection: AsyncConnection,
    session_id: str,
    client_id: str,
    kind: str,
    therapist_id: str | None,
    day: date,
    now_ms: int,
    allowance_id: str | None = None,
) -> Allowance | None:
    """Reserve one session; None when no allowance covers it. With `allowance_id` that one or AllowanceNotFound."""
    for one in in_order(await of_client(connection, client_id), kind, therapist_id, day):
        if allowance_id not in (None, one.id):
            continue
        period = period_of(one, day)
        number = _first_free(await _numbers(connection, one.id, period))
        if one.sessions is None or number <= one.sessions:
            await connection.execute(
                insert(uses).values(
                    session_id=session_id,
                    allowance_id=one.id,
                    period=period,
                    number=number,
                    sessions=one.sessions,
                    state=RESERVED,
                    at_ms=now_ms,
                )
            )
            return one
    if allowance_id is not None:
        raise AllowanceNotFound("There is no session left in that package. Nothing was booked.")
    return None


async def drawn_from(connection: AsyncConnection, session_id: str) -> Allowance | None:
    """The allowance that pays for a session, whatever became of it."""
    query = select(table).join(uses, uses.c.allowance_id == table.c.id).where(uses.c.session_id == session_id)
    row = (await connection.execute(query)).first()
    return None if row is None else _record(row)


async def from_own_packages(connection: AsyncConnection, session_ids: Iterable[str]) -> set[str]:
    """Those of these sessions that a practitioner's own package pays for."""
    query = select(uses.c.session_id).join(table, uses.c.allowance_id == table.c.id)
    query = query.where(uses.c.session_id.in_(list(session_ids)), table.c.therapist_id.is_not(None))
    return set((await connection.execute(query)).scalars())


async def settle(connection: AsyncConnection, session_id: str, state: UseState) -> bool:
    """Once, from `reserved`; False when nothing was reserved for this session."""
    changed = await connection.execute(
        update(uses).where(uses.c.session_id == session_id, uses.c.state == RESERVED).values(state=state.value)
    )
    return changed.rowcount == 1


async def move(connection: AsyncConnection, from_id: str, to_id: str) -> None:
    """The use goes along with a session that is moved; it stays in the period it came out of."""
    await connection.execute(
        update(uses).where(uses.c.session_id == from_id, uses.c.state == RESERVED).values(session_id=to_id)
    )


async def taken(connection: AsyncConnection, session_ids: Iterable[str]) -> set[str]:
    """Those of these sessions that were taken from an allowance."""
    query = select(uses.c.session_id).where(
        uses.c.session_id.in_(list(session_ids)), uses.c.state == UseState.TAKEN.value
    )
    return set((await connection.execute(query)).scalars())


async def _left(connection: AsyncConnection, one: Allowance, day: date) -> int | None:
    if one.sessions is None:
        return None
    return max(0, one.sessions - len(await _numbers(connection, one.id, period_of(one, day))))


async def _numbers(connection: AsyncConnection, allowance_id: str, period: str) -> set[int]:
    query = select(uses.c.number).where(
        uses.c.allowance_id == allowance_id, uses.c.period == period, uses.c.state != UseState.RETURNED.value
    )
    return set((await connection.execute(query)).scalars())


def _first_free(numbers: set[int]) -> int:
    number = 1
    while number in numbers:
        number += 1
    return number


def _record(row: Row[Any]) -> Allowance:
    return Allowance(
        id=row.id,
        client_id=row.client_id,
        kind=row.kind,
        form=Form(row.form),
        name=row.name,
        sessions=row.sessions,
        until=None if row.until is None else date.fromisoformat(row.until),
        therapist_id=row.therapist_id,
        created_at_ms=row.created_at_ms,
    )
