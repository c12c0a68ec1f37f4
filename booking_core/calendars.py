"""A therapist's calendar as rows: rules, exceptions, zone, buffer; and the quarters of an hour that are taken.

Functions take an open transaction. Easy to break: `take` is the only way into `taken`, and its primary key is what
keeps two bookings apart; whoever only looked at `taken_of` has proved nothing.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import booking_schema as schema
from booking_core.availability import Repeat, Rule, cells
from booking_core.booking import Booking
from booking_core.errors import ClientBusy, RuleNotFound, SlotTaken

HOME_ZONE = "Europe/London"  # until the therapist chooses another
NOTICE_MINUTES = 60
# What a new therapist begins with: one hour a week, so that the page is not empty.
FIRST_AT = time(9)
TUESDAY = 1
A_TUESDAY = date(2026, 1, 6)
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Calendar:
    therapist_id: str
    zone: str
    buffer_minutes: int
    notice_minutes: int
    rules: tuple[Rule, ...]


async def begin(connection: AsyncConnection, therapist_id: str) -> None:
    """The calendar a new therapist starts with: Tuesdays at nine."""
    assert A_TUESDAY.weekday() == TUESDAY
    row = {"zone": HOME_ZONE, "buffer_minutes": 0, "notice_minutes": NOTICE_MINUTES}
    await connection.execute(insert(schema.calendar).values(therapist_id=therapist_id, **row))
    await add_rule(connection, str(uuid.uuid4()), therapist_id, A_TUESDAY, FIRST_AT, Repeat.WEEKLY, None)


async def load(connection: AsyncConnection, therapist_id: str) -> Calendar | None:
    """None for anybody who is no therapist."""
    found = await load_all(connection, [therapist_id])
    return found.get(therapist_id)


async def load_all(connection: AsyncConnection, therapist_ids: Sequence[str]) -> dict[str, Calendar]:
    rows = (
        await connection.execute(select(schema.calendar).where(schema.calendar.c.therapist_id.in_(therapist_ids)))
    ).all()
    zones = {row.therapist_id: row.zone for row in rows}
    rules: dict[str, list[Rule]] = {therapist_id: [] for therapist_id in zones}
    closed: dict[str, set[date]] = {}
    table = schema.availability_rule
    is_theirs = table.c.therapist_id.in_(therapist_ids) & table.c.is_removed.is_(False)
    exceptions = select(schema.availability_exception).where(
        schema.availability_exception.c.rule_id.in_(select(table.c.id).where(is_theirs))
    )
    for row in await connection.execute(exceptions):
        closed.setdefault(row.rule_id, set()).add(date.fromisoformat(row.day))
    for row in await connection.execute(select(table).where(is_theirs).order_by(table.c.day, table.c.at, table.c.id)):
        rules[row.therapist_id].append(
            Rule(
                id=row.id,
                day=date.fromisoformat(row.day),
                at=time.fromisoformat(row.at),
                repeat=Repeat(row.repeat),
                until=None if row.until is None else date.fromisoformat(row.until),
                zone=zones[row.therapist_id],
                closed=frozenset(closed.get(row.id, ())),
            )
        )
    return {
        row.therapist_id: Calendar(
            row.therapist_id, row.zone, row.buffer_minutes, row.notice_minutes, tuple(rules[row.therapist_id])
        )
        for row in rows
    }


async def add_rule(
    connection: AsyncConnection,
    rule_id: str,
    therapist_id: str,
    day: date,
    at: time,
    repeat: Repeat,
    until: date | None,
) -> None:
    """The same id is the same rule."""
    table = schema.availability_rule
    known = (await connection.execute(select(table.c.therapist_id).where(table.c.id == rule_id))).scalar_one_or_none()
    if known is not None:
        if known != therapist_id:
            raise RuleNotFound
        return
    await connection.execute(
        insert(table).values(
            id=rule_id,
            therapist_id=therapist_id,
            day=day.isoformat(),
            at=at.isoformat("minutes"),
            repeat=repeat.value,
            until=None if until is None else until.isoformat(),
        )
    )


async def set_removed(connection: AsyncConnection, therapist_id: str, rule_id: str, is_removed: bool) -> None:
    """Take a rule away or put it back. Raises RuleNotFound, also for somebody else's."""
    table = schema.availability_rule
    changed = await connection.execute(
        update(table).where(table.c.id == rule_id, table.c.therapist_id == therapist_id).values(is_removed=is_removed)
    )
    if changed.rowcount != 1:
        raise RuleNotFound("There is no such rule.")


async def set_closed(connection: AsyncConnection, rule_id: str, day: date, is_closed: bool) -> None:
    """One day on which a rule of the caller's does not hold, or holds again. May be repeated."""
    table = schema.availability_exception
    here = (table.c.rule_id == rule_id) & (table.c.day == day.isoformat())
    await connection.execute(delete(table).where(here))
    if is_closed:
        await connection.execute(insert(table).values(rule_id=rule_id, day=day.isoformat()))


async def set_manner(connection: AsyncConnection, therapist_id: str, zone: str, buffer_minutes: int) -> None:
    """The zone of all rules, which keep their time on the wall, and the buffer of bookings from now on."""
    await connection.execute(
        update(schema.calendar)
        .where(schema.calendar.c.therapist_id == therapist_id)
        .values(zone=zone, buffer_minutes=buffer_minutes)
    )


async def taken_of(
    connection: AsyncConnection, person_ids: Sequence[str], from_ms: int, to_ms: int, but: str | None = None
) -> dict[str, set[int]]:
    """Taken quarters of an hour by person; `but` leaves one booking's out."""
    query = select(schema.taken.c.person_id, schema.taken.c.at_ms).where(
        schema.taken.c.person_id.in_(person_ids), schema.taken.c.at_ms >= from_ms, schema.taken.c.at_ms < to_ms
    )
    if but is not None:
        query = query.where(schema.taken.c.booking_id != but)
    found: dict[str, set[int]] = {person_id: set() for person_id in person_ids}
    for person_id, at_ms in await connection.execute(query):
        found[person_id].add(at_ms)
    return found


async def take(connection: AsyncConnection, booking: Booking, buffer_minutes: int) -> None:
    """Take the time of a booking for both, in place of the booking it follows where the two overlap.

    Raises SlotTaken when it is the therapist's time that is gone, ClientBusy when it is the client's; the caller must
    roll back.
    """
    ends_ms = {booking.client_id: booking.ends_at_ms, booking.therapist_id: booking.ends_at_ms}
    ends_ms[booking.therapist_id] += buffer_minutes * MINUTE_MS
    for person_id, end_ms in ends_ms.items():
        wanted = set(cells(booking.starts_at_ms, end_ms))
        own = await _moved_over(connection, person_id, wanted, booking)
        rows = [{"person_id": person_id, "at_ms": at_ms, "booking_id": booking.id} for at_ms in sorted(wanted - own)]
        try:
            if rows:
                await connection.execute(insert(schema.taken), rows)
        except IntegrityError as error:
            if person_id == booking.therapist_id:
                raise SlotTaken("That time has just been taken. Nothing was booked or paid.") from error
            raise ClientBusy("There is another session at that time. Nothing was booked or paid.") from error


async def _moved_over(connection: AsyncConnection, person_id: str, wanted: set[int], booking: Booking) -> set[int]:
    """The quarters that the booking before holds already, now held by this one."""
    if booking.follows_id is None:
        return set()
    held = (schema.taken.c.person_id == person_id) & (schema.taken.c.booking_id == booking.follows_id)
    own = set((await connection.execute(select(schema.taken.c.at_ms).where(held))).scalars()) & wanted
    for at_ms in own:
        await connection.execute(
            update(schema.taken).where(held, schema.taken.c.at_ms == at_ms).values(booking_id=booking.id)
        )
    return own


async def free(connection: AsyncConnection, booking_id: str) -> None:
    """Give back what a booking took. May be repeated."""
    await connection.execute(delete(schema.taken).where(schema.taken.c.booking_id == booking_id))
