"""What rules come to, judged by APScheduler's calendar intervals, which share no code with ours; and what is free."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
from hypothesis import given
from hypothesis import strategies as st

from booking_core import availability
from booking_core.availability import CELL_MS, HOUR_MS, Repeat, Rule, Slot

LONDON = "Europe/London"
ZONES = [LONDON, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
EVERY = {Repeat.DAILY: {"days": 1}, Repeat.WEEKLY: {"weeks": 1}, Repeat.MONTHLY: {"months": 1}}


def rule(day: date, at: time, repeat: Repeat = Repeat.WEEKLY, until: date | None = None, zone: str = LONDON) -> Rule:
    return Rule("r", day, at, repeat, until, zone)


def judged(one: Rule, first: date, last: date) -> list[int]:
    """The same hours, found by a library that knows nothing of ours."""
    zone = ZoneInfo(one.zone)
    trigger = CalendarIntervalTrigger(
        **EVERY[one.repeat],
        hour=one.at.hour,
        minute=one.at.minute,
        start_date=one.day,
        end_date=one.until,
        timezone=zone,
    )
    found: list[int] = []
    last_fire: datetime | None = None
    while fire := trigger.get_next_fire_time(last_fire, datetime.combine(one.day, time.min, zone)):
        if fire.date() > last:
            break
        if fire.date() >= first:
            found.append(int(fire.timestamp()) * 1_000)
        last_fire = fire
    return found


@given(
    day=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    minutes=st.integers(0, 95),
    repeat=st.sampled_from([Repeat.DAILY, Repeat.WEEKLY, Repeat.MONTHLY]),
    until=st.none() | st.integers(0, 500),
    zone=st.sampled_from(ZONES),
    skip=st.integers(-30, 400),
    length=st.integers(0, 70),
)
def test_a_rule_comes_to_the_hours_a_second_library_finds(
    day: date, minutes: int, repeat: Repeat, until: int | None, zone: str, skip: int, length: int
) -> None:
    at = time(minutes * 15 // 60, minutes * 15 % 60)
    one = rule(day, at, repeat, None if until is None else day + timedelta(days=until), zone)
    first = day + timedelta(days=skip)
    last = first + timedelta(days=length)
    hours = availability.hours_of([one], first, last)
    assert [slot.starts_at_ms for slot in hours.slots] == judged(one, first, last)
    assert all(availability.wall(slot.starts_at_ms, zone).time() == at for slot in hours.slots)


def test_an_hour_that_the_clocks_skip_is_left_out_and_named() -> None:
    one = rule(date(2027, 3, 27), time(1), Repeat.DAILY)
    hours = availability.hours_of([one], date(2027, 3, 27), date(2027, 3, 29))
    assert [slot.day for slot in hours.slots] == [date(2027, 3, 27), date(2027, 3, 29)]
    assert [missing.day for missing in hours.missing] == [date(2027, 3, 28)]
    assert availability.clock_changes(LONDON, date(2027, 3, 22), date(2027, 3, 28)) == [(date(2027, 3, 28), 60)]


def test_an_hour_that_comes_twice_is_open_once_and_the_first_time() -> None:
    one = rule(date(2026, 10, 24), time(1), Repeat.DAILY)
    slots = availability.hours_of([one], date(2026, 10, 25), date(2026, 10, 25)).slots
    assert [slot.starts_at_ms for slot in slots] == [
        int(datetime(2026, 10, 25, 0, tzinfo=ZoneInfo("UTC")).timestamp()) * 1_000
    ]
    assert availability.clock_changes(LONDON, date(2026, 10, 19), date(2026, 10, 25)) == [(date(2026, 10, 25), -60)]


def test_a_rule_keeps_its_time_on_the_wall_over_both_changes() -> None:
    one = rule(date(2026, 10, 20), time(9))
    days = [date(2026, 10, 20), date(2026, 10, 27), date(2027, 3, 23), date(2027, 3, 30)]
    utc = [availability.wall(availability.hours_of([one], day, day).slots[0].starts_at_ms, "UTC").hour for day in days]
    assert utc == [8, 9, 9, 8]


def test_a_closed_day_is_not_open() -> None:
    one = Rule("r", date(2026, 11, 24), time(9), Repeat.WEEKLY, None, LONDON, frozenset({date(2026, 12, 1)}))
    assert availability.days_of(one, date(2026, 11, 23), date(2026, 12, 9)) == [date(2026, 11, 24), date(2026, 12, 8)]


def test_a_month_without_the_day_is_passed_over() -> None:
    one = rule(date(2027, 1, 31), time(9), Repeat.MONTHLY)
    assert availability.days_of(one, date(2027, 1, 1), date(2027, 4, 1)) == [date(2027, 1, 31), date(2027, 3, 31)]


def slot(hour: float, rule_id: str = "r") -> Slot:
    return Slot(int(hour * HOUR_MS), rule_id, date(1970, 1, 1), time(int(hour)))


def test_hours_that_overlap_clash_and_those_that_touch_do_not() -> None:
    hours = [slot(9), slot(10), slot(10, "s"), slot(12.5), slot(13)]
    assert availability.clashes(hours) == [(slot(10), slot(10, "s")), (slot(12.5), slot(13))]


@pytest.mark.parametrize(
    ("minutes", "free"),
    [(30, [9, 9.5, 10, 10.5, 14, 14.5]), (60, [9, 10, 14]), (90, [9]), (120, [9]), (180, [])],
)
def test_a_session_fits_into_open_time_alone(minutes: int, free: list[float]) -> None:
    found = availability.free_starts([slot(9), slot(10), slot(14)], (), minutes, buffer_minutes=0, not_before_ms=0)
    assert found == [int(hour * HOUR_MS) for hour in free]


def test_a_buffer_keeps_the_time_before_the_next_session_free() -> None:
    taken = set(availability.cells(11 * HOUR_MS, 12 * HOUR_MS))
    hours = [slot(9), slot(10), slot(11)]

    def free(buffer_minutes: int) -> list[int]:
        return availability.free_starts(hours, taken, 60, buffer_minutes=buffer_minutes, not_before_ms=0)

    assert free(0) == [9 * HOUR_MS, 10 * HOUR_MS]
    assert free(15) == [9 * HOUR_MS]


@given(
    opened=st.lists(st.integers(0, 23), max_size=12),
    taken=st.lists(st.integers(0, 100), max_size=20),
    minutes=st.sampled_from([30, 45, 60, 90, 120]),
    buffer_minutes=st.sampled_from([0, 10, 15, 30]),
    soonest=st.integers(0, 24),
)
def test_what_is_offered_is_open_free_and_not_too_soon(
    opened: list[int], taken: list[int], minutes: int, buffer_minutes: int, soonest: int
) -> None:
    hours = [slot(hour, str(place)) for place, hour in enumerate(opened)]
    busy = {cell * CELL_MS for cell in taken}
    not_before_ms = soonest * HOUR_MS
    found = availability.free_starts(hours, busy, minutes, buffer_minutes=buffer_minutes, not_before_ms=not_before_ms)
    open_hours = set(opened)
    for start in found:
        touched = [start + minute * 60_000 for minute in range(minutes)]
        assert all(at // HOUR_MS in open_hours for at in touched)
        assert not any(at // CELL_MS * CELL_MS in busy for at in touched)
        assert start >= not_before_ms
    assert found == sorted(set(found))
