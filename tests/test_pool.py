"""The request's lifecycle as a table: every state and event pair, and random histories."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server import pool
from rtc_server.errors import AlreadyCancelled, AlreadyExpired, AlreadyTaken, IllegalTransition
from rtc_server.pool import FINAL, OWNED, TRANSITIONS, Limits, Request, State, TherapistFacts
from tests.a_request import a_request

LIMITS = Limits(wait_s=900, answer_s=60, join_s=30, length_s=4500)
NOW = 1_000_000
EVENT_TYPES = get_args(pool.Event)


def request_in(state: State) -> Request:
    owned = state in OWNED
    return a_request(
        "r",
        3,
        NOW,
        state=state,
        version=7,
        due_at_ms=None if state in FINAL else NOW + 1,
        therapist_id="t" if owned else None,
        session_id="s" if owned else None,
    )


def event_of(kind: type) -> pool.Event:
    return kind("t2", "s2") if kind is pool.Accept else kind()


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_pair_either_stands_in_the_table_or_is_refused(state: State, kind: type) -> None:
    request = request_in(state)
    if (state, kind) not in TRANSITIONS:
        with pytest.raises(IllegalTransition):
            pool.advance(request, event_of(kind), NOW, LIMITS)
        return
    after = pool.advance(request, event_of(kind), NOW, LIMITS)
    assert after.state is TRANSITIONS[state, kind].to
    assert after.version == request.version + 1
    assert after.place == request.place
    pool.assert_invariants(after)


def test_the_table_has_exactly_the_steps_of_the_design() -> None:
    steps = {(state.value, kind.__name__, step.to.value) for (state, kind), step in TRANSITIONS.items()}
    assert steps == {
        ("waiting", "Accept", "accepted"),
        ("waiting", "ClientCancels", "cancelled"),
        ("waiting", "ClientAbsent", "cancelled"),
        ("waiting", "ClientAsksCallback", "cancelled"),
        ("waiting", "ClientWidens", "waiting"),
        ("waiting", "OfferWidens", "waiting"),
        ("waiting", "OwnTherapistAway", "waiting"),
        ("waiting", "OperatorRemoves", "cancelled"),
        ("waiting", "NobodyCame", "expired"),
        ("accepted", "ClientAgrees", "joining"),
        ("accepted", "ClientDeclines", "waiting"),
        ("accepted", "TherapistWithdraws", "waiting"),
        ("accepted", "TherapistAbsent", "waiting"),
        ("accepted", "ClientCancels", "cancelled"),
        ("accepted", "ClientSilent", "waiting"),
        ("accepted", "ClientSilentAgain", "expired"),
        ("joining", "BothJoined", "in_call"),
        ("joining", "ClientMissed", "failed"),
        ("joining", "TherapistMissed", "waiting"),
        ("joining", "ClientCancels", "cancelled"),
        ("joining", "TherapistWithdraws", "waiting"),
        ("in_call", "RoomEnded", "ended"),
    }


@given(st.lists(st.sampled_from(EVENT_TYPES), max_size=40))
def test_random_histories_keep_the_invariants(kinds: list[type]) -> None:
    request = request_in(State.WAITING)
    for kind in kinds:
        before = request
        try:
            request = pool.advance(request, event_of(kind), NOW, LIMITS)
        except IllegalTransition:
            assert request is before
            continue
        pool.assert_invariants(request)
        assert request.version == before.version + 1
        assert request.place == before.place
        assert before.turned_away <= request.turned_away


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (State.ACCEPTED, AlreadyTaken),
        (State.JOINING, AlreadyTaken),
        (State.IN_CALL, AlreadyTaken),
        (State.ENDED, AlreadyTaken),
        (State.CANCELLED, AlreadyCancelled),
        (State.EXPIRED, AlreadyExpired),
        (State.FAILED, AlreadyExpired),
    ],
)
def test_a_therapist_who_is_late_is_told_why(state: State, error: type[Exception]) -> None:
    with pytest.raises(error):
        pool.advance(request_in(state), pool.Accept("t2", "s2"), NOW, LIMITS)


def test_a_decline_turns_that_therapist_away_and_a_withdrawal_does_not() -> None:
    accepted = request_in(State.ACCEPTED)
    assert pool.advance(accepted, pool.ClientDeclines(), NOW, LIMITS).turned_away == {"t"}
    assert pool.advance(accepted, pool.TherapistWithdraws(), NOW, LIMITS).turned_away == frozenset()


def test_a_client_who_is_silent_twice_has_expired() -> None:
    first = pool.time_passed(request_in(State.ACCEPTED), client_joined=False, therapist_joined=False)
    waiting = pool.advance(request_in(State.ACCEPTED), first, NOW, LIMITS)
    assert waiting.state is State.WAITING
    again = pool.advance(waiting, pool.Accept("t2", "s2"), NOW, LIMITS)
    second = pool.time_passed(again, client_joined=False, therapist_joined=False)
    assert pool.advance(again, second, NOW, LIMITS).state is State.EXPIRED


@pytest.mark.parametrize(
    ("client", "therapist", "to"),
    [
        (False, False, State.FAILED),
        (False, True, State.FAILED),
        (True, False, State.WAITING),
    ],
)
def test_who_is_missing_when_the_time_to_join_has_passed_decides(client: bool, therapist: bool, to: State) -> None:
    joining = request_in(State.JOINING)
    event = pool.time_passed(joining, client_joined=client, therapist_joined=therapist)
    assert pool.advance(joining, event, NOW, LIMITS).state is to


THERAPIST = TherapistFacts("t", frozenset({"en"}), frozenset({"mind"}), "female", True, False)


@pytest.mark.parametrize(
    ("therapist", "request_change", "is_seen"),
    [
        ({}, {}, True),
        ({"is_on_duty": False}, {}, False),
        ({"is_in_session": True}, {}, False),
        ({"languages": frozenset({"fr"})}, {}, False),
        ({}, {"turned_away": frozenset({"t"})}, False),
        ({}, {"therapist_gender": "male"}, False),
        ({}, {"therapist_gender": "female"}, True),
        ({"areas": frozenset({"work"})}, {}, False),
        ({"areas": frozenset({"work"})}, {"placed_at_ms": NOW - 60_000}, True),
        ({"languages": frozenset({"fr"})}, {"placed_at_ms": NOW - 600_000}, False),
        ({}, {"state": State.ACCEPTED}, False),
        ({}, {"own_therapist_id": "t", "own_until_ms": NOW + 1}, True),
        ({"id": "t2"}, {"own_therapist_id": "t", "own_until_ms": NOW + 1}, False),
        ({"id": "t2"}, {"own_therapist_id": "t", "own_until_ms": NOW}, True),
        ({"id": "t2"}, {"own_therapist_id": "t", "own_until_ms": NOW + 1, "turned_away": frozenset({"t"})}, True),
        ({"is_on_duty": False}, {"own_therapist_id": "t", "own_until_ms": NOW + 1}, False),
        ({"areas": frozenset({"work"})}, {"own_therapist_id": "t", "own_until_ms": NOW + 1}, True),
        ({"areas": frozenset({"work"})}, {"own_therapist_id": "t", "own_until_ms": NOW}, True),
        ({"id": "t2", "areas": frozenset({"work"})}, {"own_therapist_id": "t", "own_until_ms": NOW - 59_999}, False),
        ({"id": "t2", "areas": frozenset({"work"})}, {"own_therapist_id": "t", "own_until_ms": NOW - 60_000}, True),
        ({}, {"is_rehearsal": True, "only_for": "t"}, True),
        ({"is_on_duty": False}, {"is_rehearsal": True, "only_for": "t"}, True),
        ({"is_in_session": True}, {"is_rehearsal": True, "only_for": "t"}, False),
        ({}, {"is_rehearsal": True, "only_for": "t2"}, False),
    ],
)
def test_who_may_see_a_card(therapist: dict, request_change: dict, is_seen: bool) -> None:
    request = replace(request_in(State.WAITING), **request_change)
    assert pool.may_see(request, replace(THERAPIST, **therapist), NOW, 60) is is_seen


def test_a_card_widens_after_its_own_therapists_time_and_again_after_the_areas() -> None:
    request = replace(request_in(State.WAITING), own_therapist_id="t", own_until_ms=NOW + 60_000)
    assert pool.next_widening_ms(request, NOW, 60) == NOW + 60_000
    assert pool.next_widening_ms(request, NOW + 60_000, 60) == NOW + 120_000
    assert pool.next_widening_ms(request, NOW + 120_000, 60) is None


def test_a_card_without_an_own_therapist_widens_once_and_a_rehearsal_never() -> None:
    request = request_in(State.WAITING)
    assert pool.next_widening_ms(request, NOW, 60) == NOW + 60_000
    assert pool.next_widening_ms(request, NOW + 60_000, 60) is None
    assert pool.next_widening_ms(replace(request, is_rehearsal=True, only_for="t"), NOW, 60) is None


def test_the_areas_time_begins_when_the_own_therapist_goes_off_duty() -> None:
    request = replace(request_in(State.WAITING), own_therapist_id="t", own_until_ms=NOW + 60_000)
    left = pool.advance(request, pool.OwnTherapistAway(NOW + 5_000), NOW + 5_000, LIMITS)
    assert left.own_until_ms == NOW + 5_000
    assert pool.next_widening_ms(left, NOW + 5_000, 60) == NOW + 65_000


def test_widening_leaves_the_time_to_wait_as_it_is_and_the_clients_own_step_starts_it_anew() -> None:
    request = request_in(State.WAITING)
    assert pool.advance(request, pool.OfferWidens(), NOW + 60_000, LIMITS).due_at_ms == request.due_at_ms
    assert pool.advance(request, pool.ClientWidens(True), NOW + 60_000, LIMITS).due_at_ms == NOW + 960_000


@pytest.mark.parametrize(
    ("event", "gender", "language"),
    [
        (pool.ClientWidens(drops_gender=True), "none", "en"),
        (pool.ClientWidens(language="fr"), "female", "fr"),
        (pool.ClientWidens(True, "fr"), "none", "fr"),
    ],
)
def test_only_what_the_client_gave_up_widens(event: pool.ClientWidens, gender: str, language: str) -> None:
    after = pool.advance(replace(request_in(State.WAITING), therapist_gender="female"), event, NOW, LIMITS)
    assert (after.therapist_gender, after.language) == (gender, language)


def test_why_a_request_came_back_to_waiting_is_said_until_the_next_step_of_its_people() -> None:
    back = pool.advance(request_in(State.ACCEPTED), pool.ClientSilent(), NOW, LIMITS)
    widened = pool.advance(back, pool.OfferWidens(), NOW, LIMITS)
    assert (back.reason, widened.reason) == ("silent", "silent")
    assert pool.advance(widened, pool.Accept("therapist", "session"), NOW, LIMITS).reason == ""


def test_why_an_operator_took_a_request_out_is_kept() -> None:
    after = pool.advance(request_in(State.WAITING), pool.OperatorRemoves("misuse"), NOW, LIMITS)
    assert (after.reason, after.taken_out) == ("operator", "misuse")
