"""A therapist's withdrawal: states, table, advance(); and the days on which money is paid out. Pure.

Owns when a payment is due. Knows no bank and no processor. Easy to break: days are days in London, whatever the zone
of a server or of an operator; an absent key of the table is the refusal.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from booking_core.errors import AmountDiffers, WithdrawalMoved

LONDON = ZoneInfo("Europe/London")
FRIDAY = 4
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class State(StrEnum):
    REQUESTED = "requested"
    INVOICED = "invoiced"
    SCHEDULED = "scheduled"
    PAID = "paid"
    FAILED = "failed"


OPEN = (State.REQUESTED, State.INVOICED, State.SCHEDULED)
FINAL = (State.PAID, State.FAILED)


class Rail(StrEnum):
    """How it is paid: by bank transfer against an invoice, or by a payment processor without one."""

    INVOICE = "invoice"
    PROCESSOR = "processor"


@dataclass(frozen=True)
class Withdrawal:
    """`pay_on`: the day it is due, a day in London. `reason`: why it failed, or why its invoice was refused."""

    id: str
    therapist_id: str
    rail: Rail
    amount_pence: int
    state: State
    reason: str
    version: int
    pay_on: date | None
    batch_id: str | None
    requested_at_ms: int
    changed_at_ms: int


@dataclass(frozen=True)
class InvoiceArrived:
    """An invoice came, uploaded or by mail; it must be for the amount of the withdrawal."""

    amount_pence: int
    day: date


@dataclass(frozen=True)
class InvoiceRefused:
    """The operator has read it and needs another one."""

    reason: str


@dataclass(frozen=True)
class Confirmed:
    """The operator has confirmed it twice: it is part of a batch."""

    batch_id: str


@dataclass(frozen=True)
class PaidOut:
    """The bank or the processor has taken it on."""


@dataclass(frozen=True)
class PaymentFailed:
    """It will not be paid; the money is available again."""

    reason: str


@dataclass(frozen=True)
class CameBack:
    """The bank had taken it on and sent it back later; the money is available again."""

    reason: str


@dataclass(frozen=True)
class TakenBack:
    """The therapist has thought better of it; the money is available again."""


Event = InvoiceArrived | InvoiceRefused | Confirmed | PaidOut | PaymentFailed | CameBack | TakenBack


class Step(NamedTuple):
    to: State
    change: Callable[[Withdrawal, Any], Withdrawal] = lambda withdrawal, event: withdrawal
    rails: tuple[Rail, ...] = tuple(Rail)


def _due(withdrawal: Withdrawal, event: InvoiceArrived) -> Withdrawal:
    if event.amount_pence != withdrawal.amount_pence:
        raise AmountDiffers("The amounts differ: the invoice must be for exactly what was withdrawn.")
    return replace(withdrawal, pay_on=pay_day(event.day), reason="")


def _not_due(withdrawal: Withdrawal, event: InvoiceRefused) -> Withdrawal:
    return replace(withdrawal, pay_on=None, reason=event.reason)


def _join_batch(withdrawal: Withdrawal, event: Confirmed) -> Withdrawal:
    return replace(withdrawal, batch_id=event.batch_id)


def _fail(withdrawal: Withdrawal, event: PaymentFailed | CameBack) -> Withdrawal:
    return replace(withdrawal, reason=event.reason)


def _take_back(withdrawal: Withdrawal, event: TakenBack) -> Withdrawal:
    return replace(withdrawal, reason="taken_back")


TRANSITIONS: Mapping[tuple[State, type[Event]], Step] = {
    (State.REQUESTED, InvoiceArrived): Step(State.INVOICED, _due, (Rail.INVOICE,)),
    (State.REQUESTED, Confirmed): Step(State.SCHEDULED, _join_batch, (Rail.PROCESSOR,)),
    (State.REQUESTED, TakenBack): Step(State.FAILED, _take_back),
    (State.REQUESTED, PaymentFailed): Step(State.FAILED, _fail),
    (State.INVOICED, InvoiceRefused): Step(State.REQUESTED, _not_due),
    (State.INVOICED, Confirmed): Step(State.SCHEDULED, _join_batch),
    (State.INVOICED, PaymentFailed): Step(State.FAILED, _fail),
    (State.SCHEDULED, PaidOut): Step(State.PAID),
    (State.SCHEDULED, PaymentFailed): Step(State.FAILED, _fail),
    # What a processor has moved to an account there is its owner's; it comes back to that account and not to us.
    (State.PAID, CameBack): Step(State.FAILED, _fail, (Rail.INVOICE,)),
}


def advance(withdrawal: Withdrawal, event: Event, now_ms: int) -> Withdrawal:
    """The withdrawal as it stands after `event`. Raises WithdrawalMoved, and AmountDiffers for a wrong invoice."""
    step = TRANSITIONS.get((withdrawal.state, type(event)))
    if step is None or withdrawal.rail not in step.rails:
        raise WithdrawalMoved("This withdrawal has moved on meanwhile. Reload the page to see how it stands.")
    changed = step.change(withdrawal, event)
    return replace(changed, state=step.to, version=withdrawal.version + 1, changed_at_ms=now_ms)


def day_of(at_ms: int) -> date:
    """The day in London."""
    return datetime.fromtimestamp(at_ms / 1_000, LONDON).date()


def is_working_day(day: date) -> bool:
    """No weekend and no bank holiday in England. The first call takes up to a second."""
    return day.weekday() < 5 and day not in _bank_holidays()


@cache
def _bank_holidays() -> Container[date]:
    # With the first day that is asked about: the package knows the holidays of the whole world.
    from holidays import country_holidays

    return country_holidays("GB", subdiv="ENG")


def pay_day(arrived: date) -> date:
    """The Friday of the week after the one the invoice arrived in; a bank holiday moves it to the working day before.

    Weeks begin on Monday (ISO 8601).
    """
    return _on_or_before(_friday(arrived) + WEEK)


def last_day_for(pay_on_friday_after: date) -> date:
    """Until when an invoice may arrive to be paid as if it came on this day: the Sunday of its week."""
    return pay_on_friday_after + (6 - pay_on_friday_after.weekday()) * DAY


def batch_day(requested: date) -> date:
    """The weekly batch of the processor: the next Friday after the request, or the working day before it."""
    friday = _friday(requested)
    while (day := _on_or_before(friday)) <= requested:
        friday += WEEK
    return day


def _friday(day: date) -> date:
    return day + (FRIDAY - day.weekday()) * DAY


def _on_or_before(day: date) -> date:
    while not is_working_day(day):
        day -= DAY
    return day
