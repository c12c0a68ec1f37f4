"""A withdrawal's table and the days money is paid on, without a database."""

from datetime import date, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core import payouts
from booking_core.errors import AmountDiffers, WithdrawalMoved
from booking_core.payouts import (
    LONDON,
    CameBack,
    Confirmed,
    Event,
    InvoiceArrived,
    InvoiceRefused,
    PaidOut,
    PaymentFailed,
    Rail,
    State,
    TakenBack,
    Withdrawal,
    advance,
)
from rtc_server.money.statements import Entry, Practice, Statement

EVENTS: tuple[Event, ...] = (
    InvoiceArrived(18_400, date(2026, 11, 24)),
    InvoiceRefused("unreadable"),
    Confirmed("batch"),
    PaidOut(),
    PaymentFailed("bank_refused"),
    CameBack("wrong_details"),
    TakenBack(),
)
# Everything that is not here is refused.
LEGAL = {
    ("invoice", "requested", InvoiceArrived): "invoiced",
    ("invoice", "requested", TakenBack): "failed",
    ("invoice", "requested", PaymentFailed): "failed",
    ("invoice", "invoiced", InvoiceRefused): "requested",
    ("invoice", "invoiced", Confirmed): "scheduled",
    ("invoice", "invoiced", PaymentFailed): "failed",
    ("invoice", "scheduled", PaidOut): "paid",
    ("invoice", "scheduled", PaymentFailed): "failed",
    ("invoice", "paid", CameBack): "failed",
    ("processor", "requested", Confirmed): "scheduled",
    ("processor", "requested", TakenBack): "failed",
    ("processor", "requested", PaymentFailed): "failed",
    ("processor", "scheduled", PaidOut): "paid",
    ("processor", "scheduled", PaymentFailed): "failed",
}


def withdrawal(rail: Rail = Rail.INVOICE, state: State = State.REQUESTED) -> Withdrawal:
    return Withdrawal("w", "t", rail, 18_400, state, "", 3, None, None, 1, 1)


# Nothing is ever invoiced on the processor's rail.
KNOWN = [(rail, state) for rail, state in product(Rail, State) if (rail, state) != (Rail.PROCESSOR, State.INVOICED)]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize(("rail", "state"), KNOWN)
def test_every_step_that_is_not_in_the_table_is_refused(rail: Rail, state: State, event: Event) -> None:
    before = withdrawal(rail, state)
    to = LEGAL.get((rail.value, state.value, type(event)))
    if to is None:
        with pytest.raises(WithdrawalMoved):
            advance(before, event, 9)
        return
    after = advance(before, event, 9)
    assert (after.state.value, after.version, after.changed_at_ms) == (to, 4, 9)
    assert (after.id, after.amount_pence, after.therapist_id) == (before.id, before.amount_pence, before.therapist_id)


def test_an_invoice_of_another_amount_changes_nothing() -> None:
    for amount in (18_399, 18_401, 1):
        with pytest.raises(AmountDiffers):
            advance(withdrawal(), InvoiceArrived(amount, date(2026, 11, 24)), 9)


def test_what_the_bank_sent_back_was_neither_earned_nor_paid_out_on_a_statement() -> None:
    day = date(2026, 11, 20)
    entries = (Entry(day, "Session", 2_500), Entry(day, "Paid out", -2_000), Entry(day, "Back", 2_000, True))
    made = Statement(Practice("", "", ""), "A", day.replace(day=1), 100, entries, 2_600, ())
    assert (made.earned_pence, made.paid_pence) == (2_500, 0)
    assert made.opening_pence + made.earned_pence - made.paid_pence == made.closing_pence


def test_a_refused_invoice_says_why_until_another_one_comes_and_counts_from_then() -> None:
    first = advance(withdrawal(), InvoiceArrived(18_400, date(2026, 11, 24)), 9)
    assert first.pay_on == date(2026, 12, 4)
    refused = advance(first, InvoiceRefused("unreadable"), 10)
    assert (refused.pay_on, refused.reason) == (None, "unreadable")
    second = advance(refused, InvoiceArrived(18_400, date(2026, 11, 30)), 11)
    assert (second.pay_on, second.reason) == (date(2026, 12, 11), "")


@pytest.mark.parametrize(
    ("arrived", "paid"),
    [
        ("2026-11-23", "2026-12-04"),  # Monday
        ("2026-11-27", "2026-12-04"),  # Friday itself
        ("2026-11-29", "2026-12-04"),  # Sunday, the last day of its week
        ("2026-11-30", "2026-12-11"),  # the Monday after
        ("2026-03-23", "2026-04-02"),  # Good Friday 3 April 2026: the Thursday before
        ("2026-04-03", "2026-04-10"),  # arrived on Good Friday
        ("2026-12-14", "2026-12-24"),  # Christmas Day is a Friday
        ("2026-12-21", "2026-12-31"),  # New Year's Day 2027 is a Friday
        ("2026-12-28", "2027-01-08"),  # over the end of the year
        ("2020-04-27", "2020-05-07"),  # VE Day moved the early May holiday to Friday 8 May 2020
        ("2022-05-23", "2022-06-01"),  # Jubilee: Thursday 2 and Friday 3 June 2022 were holidays
        ("2021-12-20", "2021-12-31"),  # 31 December 2021 was a working Friday
        ("2026-03-28", "2026-04-02"),  # the day before the clocks go forward, Saturday
        ("2026-03-29", "2026-04-02"),  # the day they do, Sunday
        ("2026-10-25", "2026-10-30"),  # the day they go back, Sunday
        ("2026-10-26", "2026-11-06"),  # the Monday after
    ],
)
def test_an_invoice_is_paid_on_the_friday_of_the_week_after_or_the_working_day_before(arrived: str, paid: str) -> None:
    assert payouts.pay_day(date.fromisoformat(arrived)) == date.fromisoformat(paid)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-29T23:59:59+00:00", "2026-11-29"),  # winter: London is UTC
        ("2026-11-30T00:00:00+00:00", "2026-11-30"),
        ("2026-06-28T22:59:59+00:00", "2026-06-28"),  # summer: an hour before UTC's midnight
        ("2026-06-28T23:00:00+00:00", "2026-06-29"),
        ("2026-03-29T00:30:00+00:00", "2026-03-29"),  # the night the clocks go forward
        ("2026-03-29T22:59:59+00:00", "2026-03-29"),
        ("2026-03-29T23:00:00+00:00", "2026-03-30"),
        ("2026-10-24T23:00:00+00:00", "2026-10-25"),  # the night they go back
        ("2026-10-25T23:59:59+00:00", "2026-10-25"),
        ("2026-10-26T00:00:00+00:00", "2026-10-26"),
    ],
)
def test_the_day_something_arrives_is_the_day_in_london(instant: str, day: str) -> None:
    at_ms = int(datetime.fromisoformat(instant).timestamp() * 1_000)
    assert payouts.day_of(at_ms) == date.fromisoformat(day)


@given(arrived=st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_whenever_it_arrives_it_is_paid_on_a_working_day_within_twelve_days(arrived: date) -> None:
    day = payouts.pay_day(arrived)
    assert payouts.is_working_day(day)
    assert 1 < (day - arrived).days <= 11
    assert day.isocalendar()[:2] == (arrived + payouts.WEEK).isocalendar()[:2]
    assert payouts.pay_day(payouts.last_day_for(arrived)) == day


@pytest.mark.parametrize(
    ("requested", "paid"),
    [
        ("2026-11-23", "2026-11-27"),
        ("2026-11-26", "2026-11-27"),
        ("2026-11-27", "2026-12-04"),  # on a Friday: the next one
        ("2026-11-28", "2026-12-04"),
        ("2026-04-01", "2026-04-02"),  # Good Friday: the Thursday before
        ("2026-04-02", "2026-04-10"),  # on that Thursday it is too late for it
    ],
)
def test_the_weekly_batch_is_on_the_next_friday_or_the_working_day_before(requested: str, paid: str) -> None:
    assert payouts.batch_day(date.fromisoformat(requested)) == date.fromisoformat(paid)


def test_midnight_in_london_is_the_end_of_its_day_whatever_the_server_s_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert payouts.day_of(int(datetime(2026, 6, 28, 23, 59, tzinfo=LONDON).timestamp() * 1_000)) == date(2026, 6, 28)
