"""One step of a booking inside an open transaction: row, event row, timer, time, and money.

Whatever changes a booking comes through `begin` or `step`, its mail too. Easy to break: time and money are given back
only once the booking has ended, and once.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import availability, booking, bookings, calendars, openings
from booking_core.booking import Booking, Money, State
from booking_core.calendars import Calendar
from booking_core.errors import SlotClosed, SlotTaken
from rtc_server.booked import letters as booking_letters
from rtc_server.booked.letters import Post
from rtc_server.errors import LostRace
from rtc_server.money import settlement
from rtc_server.room import Interval, Room, Seat, overlap_ms
from rtc_server.store import conversations, events, rooms, timers

TOPIC = "booking"


@dataclass(frozen=True)
class OutcomeRules:
    """Seconds."""

    grace_s: float
    billable_min_s: float
    pending_hold_s: float
    no_show_after_s: float
    outcome_wait_s: float  # its therapist may say what a session without a room was


async def begin(
    connection: AsyncConnection,
    one: Booking,
    rules: OutcomeRules,
    by: str,
    answers: bytes,
    now_ms: int,
    post: Post,
    was_ms: int | None = None,
) -> None:
    """Write a new booking, `was_ms` when it takes the place of one at another time. Its time and its price are set
    aside by the caller, in the same transaction."""
    await bookings.add(connection, one, answers_sealed=answers)
    await conversations.ensure(connection, one.client_id, one.therapist_id, now_ms)
    kind = "Requested" if one.state is State.REQUESTED else "Booked" if was_ms is None else "Rescheduled"
    await _keep(connection, one, rules, kind, by, now_ms)
    await booking_letters.write(connection, post, one, kind, now_ms, was_ms)


async def check_free(
    connection: AsyncConnection,
    calendar: Calendar,
    client_id: str,
    minutes: int,
    starts_at_ms: int,
    now_ms: int,
    moving_id: str | None,
) -> None:
    """Whether a client may begin then. Raises SlotTaken, SlotClosed: the page says which of the two it is."""
    span = (starts_at_ms, starts_at_ms + 1)
    if starts_at_ms in await openings.free_between(
        connection, calendar, minutes, *span, now_ms, client_id=client_id, moving_id=moving_id
    ):
        return
    is_open = any(slot.starts_at_ms <= starts_at_ms < slot.ends_at_ms for slot in hours_around(calendar, starts_at_ms))
    if is_open and starts_at_ms >= now_ms + calendar.notice_minutes * calendars.MINUTE_MS:
        raise SlotTaken("That time has just been taken. Nothing was booked or paid.")
    raise SlotClosed("That time is not open. Nothing was booked or paid.")


def hours_around(calendar: Calendar, at_ms: int) -> list[availability.Slot]:
    return availability.open_between(calendar.rules, at_ms - availability.HOUR_MS, at_ms + availability.HOUR_MS)


async def step(
    connection: AsyncConnection,
    before: Booking,
    event: booking.Event,
    now_ms: int,
    rules: OutcomeRules,
    by: str | None,
    post: Post | None,
    words_sealed: bytes | None = None,
) -> Booking:
    """`post` None: nobody is written to, they know. Raises LostRace, BookingClosed, TooLateToMove, MovesUsedUp."""
    after = booking.advance(before, event, now_ms)
    if not await bookings.save(connection, before, after, words_sealed):
        raise LostRace
    await _keep(connection, after, rules, type(event).__name__, by, now_ms)
    if post is not None:
        await booking_letters.write(connection, post, after, type(event).__name__, now_ms)
    if after.state in booking.LIVE:
        return after
    await calendars.free(connection, after.id)
    if after.successor_id is None:
        await _settle(connection, after, rules, now_ms)
    return after


async def _keep(
    connection: AsyncConnection, one: Booking, rules: OutcomeRules, kind: str, by: str | None, now_ms: int
) -> None:
    await events.append(connection, TOPIC, one.id, one.version, kind, by, now_ms)
    await timers.set_timer(connection, TOPIC, one.id, due_at_ms(one, rules))


def due_at_ms(one: Booking, rules: OutcomeRules) -> int | None:
    """When something happens to it by itself: unanswered at its start, or over."""
    if one.state is State.REQUESTED:
        return one.starts_at_ms
    wait_s = rules.grace_s if one.method == "video" else rules.outcome_wait_s
    return one.ends_at_ms + int(wait_s * 1000) if one.state is State.CONFIRMED else None


async def _settle(connection: AsyncConnection, after: Booking, rules: OutcomeRules, now_ms: int) -> None:
    if booking.money_of(after) is Money.TAKEN:
        is_forfeit = after.state is not State.COMPLETED
        await settlement.take(
            connection,
            after.id,
            after.therapist_id,
            after.price_pence,
            now_ms,
            rules.pending_hold_s,
            is_forfeit=is_forfeit,
        )
    else:
        await settlement.give_back(connection, after.id, now_ms)


async def room_ended(connection: AsyncConnection, after: Room, now_ms: int, rules: OutcomeRules) -> None:
    """The room of a booked session is over: what it was follows from who was there."""
    before = await bookings.load(connection, after.session_id)
    if before is None or before.state is not State.CONFIRMED:
        return
    found = await rooms.intervals(connection, after.session_id)
    event = _outcome(before, found[Seat.CLIENT], found[Seat.THERAPIST], now_ms, rules)
    await step(connection, before, event, now_ms, rules, None, None)


def _outcome(
    before: Booking, client: list[Interval], therapist: list[Interval], now_ms: int, rules: OutcomeRules
) -> booking.Event:
    everything: list[Interval] = [(0, None)]
    has_waited = now_ms >= before.starts_at_ms + int(rules.no_show_after_s * 1000)
    return booking.outcome(
        overlap_ms(client, everything, now_ms),
        # A therapist who closes the room before the client is really late has not waited for them.
        overlap_ms(therapist, everything, now_ms) if has_waited else 0,
        overlap_ms(client, therapist, now_ms),
        int(rules.billable_min_s * 1000),
    )


async def time_passed(
    connection: AsyncConnection, before: Booking, now_ms: int, rules: OutcomeRules, post: Post
) -> Booking:
    """Its own time is over without a room: unanswered, not come, or held by telephone or in person."""
    if before.state is State.REQUESTED:
        return await step(connection, before, booking.Lapsed(), now_ms, rules, None, post)
    if before.state is not State.CONFIRMED or await rooms.load(connection, before.id) is not None:
        return before
    event = booking.TherapistMissed() if before.method == "video" else booking.Attended()
    return await step(connection, before, event, now_ms, rules, None, None)
