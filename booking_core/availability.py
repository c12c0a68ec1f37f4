"""When a therapist is open: rules on the wall clock of a zone, and the hours they come to. Pure.

Owns repetition (by python-dateutil), both clock changes, clashes, and which starts are free. Knows no booking, only
which quarters of an hour are taken. Easy to break: a rule keeps its time on the wall, so an hour that the clocks skip
is left out, and of an hour that comes twice the first is meant.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

HOUR_MS = 3_600_000
CELL_MS = HOUR_MS // 4  # what a booking takes is counted in quarters of an hour
HALF_MINUTES = 30  # a session of no more than this may also begin at the half of an open hour


class Repeat(StrEnum):
    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


FREQUENCIES = {Repeat.DAILY: DAILY, Repeat.WEEKLY: WEEKLY, Repeat.MONTHLY: MONTHLY}


@dataclass(frozen=True)
class Rule:
    """One open hour and how it repeats. A month without the day is passed over, as RFC 5545 has it."""

    id: str
    day: date
    at: time
    repeat: Repeat
    until: date | None  # the last day, itself included; None: no end
    zone: str
    closed: frozenset[date] = frozenset()


class Slot(NamedTuple):
    """One open hour."""

    starts_at_ms: int
    rule_id: str
    day: date
    at: time

    @property
    def ends_at_ms(self) -> int:
        return self.starts_at_ms + HOUR_MS


class Missing(NamedTuple):
    """An hour of a rule that the clocks skip."""

    rule_id: str
    day: date
    at: time


class Hours(NamedTuple):
    slots: list[Slot]  # by start
    missing: list[Missing]


class ClockChange(NamedTuple):
    day: date
    minutes: int  # forward: above zero


def instant_ms(day: date, at: time, zone: str) -> int | None:
    """The instant of a time on the wall; None when the clocks skip it, the first one when it comes twice."""
    wall = datetime.combine(day, at)
    place = ZoneInfo(zone)
    instant = wall.replace(tzinfo=place).astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) != wall:
        return None
    return int(instant.timestamp()) * 1_000


def wall(at_ms: int, zone: str) -> datetime:
    """What the clock on the wall says; without a zone of its own."""
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(zone)).replace(tzinfo=None)


def days_of(rule: Rule, first: date, last: date) -> list[date]:
    """The days on which a rule holds, from `first` to `last`, both included, exceptions left out."""
    last = last if rule.until is None else min(last, rule.until)
    if rule.repeat is Repeat.ONCE:
        days = [rule.day] if first <= rule.day <= last else []
    else:
        begin = datetime.combine(_begin(rule, first), time.min)
        found = rrule(FREQUENCIES[rule.repeat], dtstart=begin, until=datetime.combine(last, time.min))
        days = [one.date() for one in found if one.date() >= first]
    return [day for day in days if day not in rule.closed]


def _begin(rule: Rule, first: date) -> date:
    """A day of the rule shortly before `first`, so that an old rule costs no more than a new one."""
    days = {Repeat.DAILY: 1, Repeat.WEEKLY: 7}.get(rule.repeat)
    if days is None or first <= rule.day:
        return rule.day
    return rule.day + timedelta(days=(first - rule.day).days // days * days)


def hours_of(rules: Iterable[Rule], first: date, last: date) -> Hours:
    """Every open hour of these days, as each rule's own zone counts them."""
    slots: list[Slot] = []
    missing: list[Missing] = []
    for rule in rules:
        for day in days_of(rule, first, last):
            starts_at_ms = instant_ms(day, rule.at, rule.zone)
            if starts_at_ms is None:
                missing.append(Missing(rule.id, day, rule.at))
            else:
                slots.append(Slot(starts_at_ms, rule.id, day, rule.at))
    return Hours(sorted(slots), sorted(missing, key=lambda one: (one.day, one.at, one.rule_id)))


def open_between(rules: Iterable[Rule], from_ms: int, to_ms: int) -> list[Slot]:
    """Open hours that begin in this span."""
    first = datetime.fromtimestamp(from_ms / 1_000, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(to_ms / 1_000, UTC).date() + timedelta(days=1)
    return [slot for slot in hours_of(rules, first, last).slots if from_ms <= slot.starts_at_ms < to_ms]


def clashes(slots: Iterable[Slot]) -> list[tuple[Slot, Slot]]:
    """Hours of two rules that overlap. Clients see their time once."""
    ordered = sorted(slots)
    found = []
    for place, slot in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.starts_at_ms >= slot.ends_at_ms:
                break
            found.append((slot, other))
    return found


def clock_changes(zone: str, first: date, last: date) -> list[ClockChange]:
    place = ZoneInfo(zone)
    found = []
    day = first
    while day <= last:
        before, after = (datetime.combine(one, time.min, place).utcoffset() for one in (day, day + timedelta(days=1)))
        assert before is not None and after is not None
        if before != after:
            found.append(ClockChange(day, int((after - before).total_seconds()) // 60))
        day += timedelta(days=1)
    return found


def cells(starts_at_ms: int, ends_at_ms: int) -> range:
    """The quarters of an hour that a span of time touches."""
    return range(starts_at_ms // CELL_MS * CELL_MS, ends_at_ms, CELL_MS)


def free_starts(
    slots: Iterable[Slot],
    taken: Collection[int],
    minutes: int,
    *,
    buffer_minutes: int,
    not_before_ms: int,
) -> list[int]:
    """When a session of `minutes` may begin: all of it in open time, it and its buffer in no taken quarter."""
    spans = _merged(slots)
    length_ms, buffer_ms = minutes * 60_000, buffer_minutes * 60_000
    found = set()
    for slot in slots:
        steps = (0, HALF_MINUTES * 60_000) if minutes <= HALF_MINUTES else (0,)
        for step in steps:
            start = slot.starts_at_ms + step
            is_open = any(begin <= start and start + length_ms <= end for begin, end in spans)
            is_free = not any(cell in taken for cell in cells(start, start + length_ms + buffer_ms))
            if start >= not_before_ms and is_open and is_free:
                found.add(start)
    return sorted(found)


def _merged(slots: Iterable[Slot]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for slot in sorted(slots):
        if spans and slot.starts_at_ms <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], slot.ends_at_ms))
        else:
            spans.append((slot.starts_at_ms, slot.ends_at_ms))
    return spans
