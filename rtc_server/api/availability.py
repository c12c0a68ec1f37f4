"""A therapist's own availability: the week as it comes out, and the rules it is made of."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core import availability, bookings, calendars
from booking_core.availability import Hours, Repeat, Rule
from booking_core.booking import Booking, State
from booking_core.calendars import Calendar
from booking_core.errors import BadSlot, PersonNotFound
from rtc_server.api.dispatch import Handler, HttpCall
from rtc_server.booked.views import BookingViews
from rtc_server.errors import BadMessage
from rtc_server.store.database import Store, now_ms
from rtc_server.wire.calendar import (
    BookedHour,
    CalendarSet,
    ClockChangeView,
    HourSet,
    HourView,
    MissingHour,
    RuleAdd,
    RulePreview,
    RuleSet,
    RuleView,
    WeekAsk,
    WeekView,
)

DAY_MS = 24 * 3_600_000
WEEK = timedelta(days=7)


class AvailabilityApi:
    def __init__(self, store: Store, views: BookingViews, *, ahead_s: float) -> None:
        self._store = store
        self._views = views
        self._ahead = timedelta(seconds=ahead_s)

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /api/availability/week": self.week,
            "POST /api/availability/preview": self.preview,
            "POST /api/availability/rules": self.add_rule,
            "PUT /api/availability/rules/{id}": self.set_rule,
            "PUT /api/availability/hours": self.set_hour,
            "PUT /api/availability": self.set_calendar,
        }

    async def week(self, call: HttpCall) -> WeekView:
        if not isinstance(call.body, WeekAsk):
            raise BadMessage
        day = day_of(call.body.day)
        monday = day - timedelta(days=day.weekday())
        therapist_id = call.viewer.person_id
        calendar = await self._calendar(therapist_id)
        from_ms = availability.instant_ms(monday, time.min, "UTC") or 0
        async with self._store.read() as connection:
            booked = await bookings.between(connection, therapist_id, from_ms - DAY_MS, from_ms + 8 * DAY_MS)
        sunday = monday + timedelta(days=6)
        hours = availability.hours_of(calendar.rules, monday, sunday)
        shown = [await self._booked(one, calendar.zone) for one in booked]
        changes = availability.clock_changes(calendar.zone, monday, sunday)
        return WeekView(
            monday=monday.isoformat(),
            zone=calendar.zone,
            buffer_minutes=calendar.buffer_minutes,
            hours=_hours(hours),
            booked=[one for one in shown if monday.isoformat() <= one.day <= sunday.isoformat()],
            missing=[MissingHour(day=one.day.isoformat(), at=_at(one.at)) for one in hours.missing],
            changes=[ClockChangeView(day=one.day.isoformat(), minutes=one.minutes) for one in changes],
            rules=[_rule_view(rule) for rule in calendar.rules],
        )

    async def preview(self, call: HttpCall) -> RulePreview:
        if not isinstance(call.body, RuleAdd):
            raise BadMessage
        calendar = await self._calendar(call.viewer.person_id)
        rule = _rule(call.body, calendar.zone)
        last = min(filter(None, (rule.until, rule.day + self._ahead)))
        added = availability.hours_of([rule], rule.day, last)
        standing = availability.hours_of(calendar.rules, rule.day, last).slots
        double = {
            first if first.rule_id == rule.id else second
            for first, second in availability.clashes([*standing, *added.slots])
            if rule.id in (first.rule_id, second.rule_id)
        }
        return RulePreview(adds=len(added.slots), already=len(double), missing=len(added.missing))

    async def add_rule(self, call: HttpCall) -> None:
        """Raises BadSlot for a day or an hour that cannot be."""
        if not isinstance(call.body, RuleAdd):
            raise BadMessage
        therapist_id = call.viewer.person_id
        rule = _rule(call.body, (await self._calendar(therapist_id)).zone)
        await self._store.write(calendars.add_rule, rule.id, therapist_id, rule.day, rule.at, rule.repeat, rule.until)

    async def set_rule(self, call: HttpCall) -> None:
        if not isinstance(call.body, RuleSet):
            raise BadMessage
        await self._store.write(calendars.set_removed, call.viewer.person_id, call.params["id"], not call.body.is_on)

    async def set_hour(self, call: HttpCall) -> None:
        """Raises BadSlot when no rule of theirs has that hour."""
        if not isinstance(call.body, HourSet):
            raise BadMessage
        calendar = await self._calendar(call.viewer.person_id)
        found = 0
        for rule in calendar.rules:
            wall = availability.wall(call.body.starts_at_ms, rule.zone)
            bare = Rule(rule.id, rule.day, rule.at, rule.repeat, rule.until, rule.zone)
            if wall.time() == rule.at and availability.days_of(bare, wall.date(), wall.date()):
                await self._store.write(calendars.set_closed, rule.id, wall.date(), not call.body.is_open)
                found += 1
        if not found:
            raise BadSlot("There is no open hour at that time.")

    async def set_calendar(self, call: HttpCall) -> None:
        if not isinstance(call.body, CalendarSet):
            raise BadMessage
        try:
            ZoneInfo(call.body.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadSlot("We do not know that time zone.") from error
        await self._store.write(calendars.set_manner, call.viewer.person_id, call.body.zone, call.body.buffer_minutes)

    async def _calendar(self, therapist_id: str) -> Calendar:
        async with self._store.read() as connection:
            calendar = await calendars.load(connection, therapist_id)
        if calendar is None:
            raise PersonNotFound
        return calendar

    async def _booked(self, one: Booking, zone: str) -> BookedHour:
        wall = availability.wall(one.starts_at_ms, zone)
        return BookedHour(
            booking_id=one.id,
            client_id=one.client_id,
            starts_at_ms=one.starts_at_ms,
            day=wall.date().isoformat(),
            at=_at(wall.time()),
            minutes=one.minutes,
            name=await self._views.client_name(one.client_id),
            is_requested=one.state is State.REQUESTED,
        )


def _hours(hours: Hours) -> list[HourView]:
    """Each start once, with every rule that has it."""
    double = {slot for pair in availability.clashes(hours.slots) for slot in pair}
    found: dict[int, HourView] = {}
    for slot in hours.slots:
        known = found.get(slot.starts_at_ms)
        if known is not None:
            known.rules.append(slot.rule_id)
            continue
        found[slot.starts_at_ms] = HourView(
            starts_at_ms=slot.starts_at_ms,
            day=slot.day.isoformat(),
            at=_at(slot.at),
            rules=[slot.rule_id],
            is_clash=slot in double,
        )
    return list(found.values())


def _rule_view(rule: Rule) -> RuleView:
    return RuleView(
        id=rule.id,
        day=rule.day.isoformat(),
        at=_at(rule.at),
        repeat=rule.repeat,
        until=None if rule.until is None else rule.until.isoformat(),
    )


def _rule(body: RuleAdd, zone: str) -> Rule:
    """Raises BadSlot."""
    day = day_of(body.day)
    until = None if body.until is None else day_of(body.until)
    if until is not None and until < day:
        raise BadSlot("The last day is before the first.")
    at = time.fromisoformat(body.at)
    repeat = body.repeat
    if repeat is Repeat.ONCE and availability.instant_ms(day, at, zone) is None:
        raise BadSlot("The clocks skip that hour on that day.")
    if repeat is Repeat.ONCE and (availability.instant_ms(day, at, zone) or 0) < now_ms():
        raise BadSlot("That hour has passed.")
    return Rule(body.id, day, at, repeat, until, zone)


def day_of(text: str) -> date:
    """Raises BadSlot."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadSlot("There is no such day.") from error


def _at(at: time) -> str:
    return at.isoformat("minutes")
