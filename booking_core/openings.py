"""When a therapist can be booked: their open hours less what is taken. Reads only.

Easy to break: what is found here is an offer; whether a time is really had is decided by `calendars.take`.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import bookings, calendars
from booking_core.availability import HOUR_MS, cells, free_starts, open_between
from booking_core.calendars import MINUTE_MS, Calendar
from booking_core.matching import WEEK_MS, Candidate, Gender
from booking_core.schema import person, therapist

CANDIDATES_MAX = 60  # calendars that are looked into for one suggestion


async def free_between(
    connection: AsyncConnection,
    calendar: Calendar,
    minutes: int,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    *,
    client_id: str | None = None,
    moving_id: str | None = None,
) -> list[int]:
    """When a session may begin in this span, for a client who is not busy then; a moved booking's own time is free."""
    slots = open_between(calendar.rules, from_ms - HOUR_MS, to_ms + minutes * MINUTE_MS)
    people = [calendar.therapist_id, *([client_id] if client_id is not None else [])]
    around_ms = (minutes + calendar.buffer_minutes) * MINUTE_MS + HOUR_MS
    taken = await calendars.taken_of(connection, people, from_ms - around_ms, to_ms + around_ms, moving_id)
    starts = free_starts(
        slots,
        taken[calendar.therapist_id],
        minutes,
        buffer_minutes=calendar.buffer_minutes,
        not_before_ms=max(from_ms, now_ms + calendar.notice_minutes * MINUTE_MS),
    )
    busy = taken[client_id] if client_id is not None else set()
    return [
        start for start in starts if start < to_ms and not busy.intersection(cells(start, start + minutes * MINUTE_MS))
    ]


async def first_free(
    connection: AsyncConnection,
    calendar: Calendar,
    minutes: int,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    client_id: str | None = None,
) -> int | None:
    """Looked for week by week, since most have time soon."""
    while calendar.rules and from_ms < to_ms:
        until_ms = min(to_ms, from_ms + WEEK_MS)
        found = await free_between(connection, calendar, minutes, from_ms, until_ms, now_ms, client_id=client_id)
        if found:
            return found[0]
        from_ms = until_ms
    return None


async def candidates(
    connection: AsyncConnection, client_id: str, language: str, gender: Gender, minutes: int, now_ms: int, ahead_ms: int
) -> list[Candidate]:
    """Approved therapists of a language (and of a stated gender), the least busy first, with their first free time."""
    query = (
        select(therapist)
        .join(person, person.c.id == therapist.c.person_id)
        .where(therapist.c.is_approved.is_(True), person.c.is_disabled.is_(False))
    )
    rows = [row for row in await connection.execute(query) if language in row.languages.split()]
    rows = [row for row in rows if gender in ("none", row.gender)]
    ahead = await bookings.load_of(connection, [row.person_id for row in rows], now_ms)
    rows.sort(key=lambda row: (ahead.get(row.person_id, 0), row.person_id))
    ids: Sequence[str] = [row.person_id for row in rows[:CANDIDATES_MAX]]
    known = await calendars.load_all(connection, ids)
    found = []
    for row in rows[:CANDIDATES_MAX]:
        calendar = known.get(row.person_id)
        first_ms = (
            None
            if calendar is None
            else await first_free(connection, calendar, minutes, now_ms, now_ms + ahead_ms, now_ms, client_id)
        )
        found.append(
            Candidate(
                therapist_id=row.person_id,
                areas=frozenset(row.areas.split()),
                languages=frozenset(row.languages.split()),
                gender=row.gender,
                experience_years=row.experience_years,
                first_free_ms=first_ms,
                ahead=ahead.get(row.person_id, 0),
            )
        )
    return found
