"""A booking's steps and rules, and who is suggested: pure tables."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core import booking, matching
from booking_core.booking import (
    Attended,
    Booking,
    Cancelled,
    ClientMissed,
    Confirmed,
    Declined,
    Lapsed,
    Money,
    Moved,
    Policy,
    Side,
    State,
    TherapistMissed,
)
from booking_core.errors import BookingClosed, BookingError, MovesUsedUp, TooLateToMove
from booking_core.matching import Candidate, Reason, Wish

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
START = 1_000 * HOUR_MS
DAY = 24 * HOUR_MS
POLICY = Policy(move_minutes=1_440, cancel_minutes=1_440, is_late_returned=False, moves_max=2)
EVENTS: list[booking.Event] = [
    Confirmed(),
    Declined(),
    Lapsed(),
    Cancelled(Side.CLIENT),
    Cancelled(Side.THERAPIST),
    Moved(Side.CLIENT, "b2"),
    Moved(Side.THERAPIST, "b2"),
    Attended(),
    ClientMissed(),
    TherapistMissed(),
]


def made(state: State = State.CONFIRMED, **changes: Any) -> Booking:
    one = Booking(
        id="b1",
        client_id="c",
        therapist_id="t",
        service_id="therapy-60",
        kind="therapy",
        method="video",
        state=state,
        version=1,
        starts_at_ms=START,
        ends_at_ms=START + HOUR_MS,
        area="mind",
        language="en",
        price_pence=7_000,
        paid_with="wallet",
        policy=POLICY,
        created_at_ms=0,
    )
    return replace(one, **changes)


EXPECTED: dict[tuple[State, type[booking.Event]], State] = {
    (State.REQUESTED, Confirmed): State.CONFIRMED,
    (State.REQUESTED, Declined): State.DECLINED,
    (State.REQUESTED, Lapsed): State.DECLINED,
    (State.REQUESTED, Cancelled): State.CANCELLED,
    (State.REQUESTED, Moved): State.CANCELLED,
    (State.CONFIRMED, Cancelled): State.CANCELLED,
    (State.CONFIRMED, Moved): State.CANCELLED,
    (State.CONFIRMED, Attended): State.COMPLETED,
    (State.CONFIRMED, ClientMissed): State.NO_SHOW_CLIENT,
    (State.CONFIRMED, TherapistMissed): State.NO_SHOW_THERAPIST,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_every_state_knows_its_steps_and_refuses_the_others(state: State, event: booking.Event) -> None:
    one, long_before = made(state), START - 3 * DAY
    expected = EXPECTED.get((state, type(event)))
    if expected is None:
        with pytest.raises(BookingClosed):
            booking.advance(one, event, long_before)
    else:
        after = booking.advance(one, event, long_before)
        assert (after.state, after.version) == (expected, 2)


@pytest.mark.parametrize(("ahead_ms", "is_late"), [(DAY + 1, False), (DAY, True), (DAY - 1, True)])
def test_exactly_24_hours_before_is_within_24_hours(ahead_ms: int, is_late: bool) -> None:
    one, now = made(), START - ahead_ms
    assert booking.is_forfeit(one, Side.CLIENT, now) is is_late
    cancelled = booking.advance(one, Cancelled(Side.CLIENT), now)
    assert cancelled.state is (State.LATE_CANCELLED if is_late else State.CANCELLED)
    assert booking.money_of(cancelled) is (Money.TAKEN if is_late else Money.RETURNED)
    if is_late:
        with pytest.raises(TooLateToMove):
            booking.advance(one, Moved(Side.CLIENT, "b2"), now)
    else:
        assert booking.advance(one, Moved(Side.CLIENT, "b2"), now).successor_id == "b2"


def test_a_therapist_is_exempt_from_every_cut_off() -> None:
    one = made(moves=9)
    assert booking.advance(one, Moved(Side.THERAPIST, "b2"), START - 1).reason == "rescheduled"
    cancelled = booking.advance(one, Cancelled(Side.THERAPIST), START - 1)
    assert (cancelled.state, booking.money_of(cancelled)) == (State.CANCELLED, Money.RETURNED)


def test_a_policy_may_give_late_cancellations_back() -> None:
    one = made(policy=replace(POLICY, is_late_returned=True))
    late = booking.advance(one, Cancelled(Side.CLIENT), START - 1)
    assert (late.state, booking.money_of(late)) == (State.LATE_CANCELLED, Money.RETURNED)
    assert not booking.is_forfeit(one, Side.CLIENT, START - 1)


def test_a_client_moves_as_often_as_the_policy_says_and_no_more() -> None:
    with pytest.raises(MovesUsedUp):
        booking.check_move(made(moves=2), Side.CLIENT, START - 3 * DAY)
    later = booking.successor(made(moves=1), "b2", START + DAY, Side.CLIENT, 5)
    assert (later.moves, later.follows_id, later.minutes) == (2, "b1", 60)
    assert booking.successor(made(), "b2", START, Side.THERAPIST, 5).moves == 0


def test_nothing_is_moved_or_cancelled_once_it_has_begun() -> None:
    for event in (Moved(Side.THERAPIST, "b2"), Cancelled(Side.CLIENT), Cancelled(Side.THERAPIST)):
        with pytest.raises(BookingClosed):
            booking.advance(made(), event, START)


def test_a_request_may_be_taken_back_at_any_time_for_nothing() -> None:
    one = booking.advance(made(State.REQUESTED), Cancelled(Side.CLIENT), START - 1)
    assert (one.state, booking.money_of(one)) == (State.CANCELLED, Money.RETURNED)


@pytest.mark.parametrize(
    ("client", "therapist", "together", "expected"),
    [
        (3_000, 3_000, 2_900, Attended),
        (120, 120, 120, Attended),
        (0, 900, 0, ClientMissed),
        (119, 900, 119, ClientMissed),
        (900, 0, 0, TherapistMissed),
        (0, 0, 0, TherapistMissed),
        (200, 200, 0, TherapistMissed),
    ],
)
def test_what_a_session_was_follows_from_who_was_there(
    client: int, therapist: int, together: int, expected: type[booking.Event]
) -> None:
    assert isinstance(booking.outcome(client, therapist, together, 120), expected)


@given(events=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(-3 * DAY, HOUR_MS)), max_size=8))
def test_an_ended_booking_never_changes_and_versions_only_grow(events: list[tuple[booking.Event, int]]) -> None:
    one = made(State.REQUESTED)
    for event, offset in events:
        try:
            after = booking.advance(one, event, START + offset)
        except BookingError:
            continue
        assert one.state in booking.LIVE
        assert after.version == one.version + 1
        one = after
    assert (booking.money_of(one) is Money.HELD) == (one.state in booking.LIVE)


def candidate(name: str, **changes: Any) -> Candidate:
    one = Candidate(
        therapist_id=name,
        areas=frozenset({"mind"}),
        languages=frozenset({"en"}),
        gender="female",
        experience_years=5,
        first_free_ms=DAY,
        ahead=0,
    )
    return replace(one, **changes)


WISH = Wish("mind", "en", "none", None, False)


def names(candidates: list[Candidate], wish: Wish = WISH) -> list[str]:
    return [fit.therapist_id for fit in matching.suggest(candidates, wish, 0)]


def test_language_and_a_stated_gender_never_widen() -> None:
    others = [candidate("a", languages=frozenset({"fr"})), candidate("b", gender="male")]
    assert names(others, replace(WISH, gender="female")) == []
    assert names([*others, candidate("c")], replace(WISH, gender="female")) == ["c"]


def test_the_area_widens_only_when_nobody_has_it_and_then_is_no_reason() -> None:
    far = candidate("far", areas=frozenset({"work"}))
    assert names([far, candidate("near")]) == ["near"]
    [fit] = matching.suggest([far], WISH, 0)
    assert Reason.AREA not in fit.reasons


def test_ones_own_therapist_comes_first_then_who_has_time_soon_then_the_least_busy() -> None:
    found = [
        candidate("later", first_free_ms=9 * DAY),
        candidate("busy", ahead=3),
        candidate("none", first_free_ms=None),
        candidate("free"),
        candidate("own", first_free_ms=9 * DAY),
    ]
    wish = replace(WISH, own_therapist_id="own")
    assert names(found, wish) == ["own", "free", "busy", "later", "none"]
    assert matching.suggest(found, wish, 0)[0].reasons == (Reason.OWN, Reason.AREA, Reason.LANGUAGE)


def test_a_change_of_therapist_leaves_the_own_one_out() -> None:
    wish = replace(WISH, own_therapist_id="own", is_change=True)
    assert names([candidate("own"), candidate("other")], wish) == ["other"]
