"""What became of sessions by telephone or in person: nobody saw them but their therapist, whose word settles them."""

import uuid
from typing import Any

import pytest

from booking_core import booking
from booking_core.booking import Attended, ClientMissed, Outcome, State, TherapistMissed
from booking_core.errors import BookingClosed, TooEarly
from booking_core.packages import Form
from tests.accounts.house import Visitor
from tests.booking.practice import HOUR_MS, Practice, at, booking_of, ok, refused, timer_of
from tests.booking.test_booking import begins_in, funds, grant, sound
from tests.booking.test_lifecycle import START, made
from tests.booking.test_users import SERVICE

PRICE = 9_000
SHARE = PRICE * 65 // 100


async def by_phone(practice: Practice, therapist: Visitor, **changes: Any) -> str:
    """A service of this therapist's own, held by telephone and booked at once."""
    service_id = str(uuid.uuid4())
    await ok(therapist, "PUT", "/api/services", {**SERVICE, "id": service_id, "is_confirmed_by_hand": False, **changes})
    return service_id


async def booked(practice: Practice, hours_ago: float, **changes: Any) -> tuple[str, Visitor, Visitor, str, str]:
    """Its id, the client, the therapist and both their ids; it began so long ago and lasted an hour."""
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    if changes.get("paid_with") == "allowance":
        await grant(practice, client_id, Form.SINGLE, 1)
    service_id = await by_phone(practice, therapist)
    body = booking_of(therapist_id, at(3, 9), service_id=service_id, price_pence=PRICE, method="phone", **changes)
    made_id = (await ok(client, "POST", "/api/bookings", body))["id"]
    await begins_in(practice, made_id, -hours_ago)
    return made_id, client, therapist, client_id, therapist_id


@pytest.mark.parametrize(
    ("said", "left_pence", "earned_pence"),
    [("completed", 11_000, SHARE), ("no_show_client", 11_000, SHARE), ("no_show_therapist", 20_000, 0)],
)
async def test_the_therapists_word_settles_a_session_without_a_room_once(
    practice: Practice, said: Outcome, left_pence: int, earned_pence: int
) -> None:
    booking_id, client, therapist, client_id, therapist_id = await booked(practice, 2)
    path = f"/api/bookings/{booking_id}/outcome"
    assert [one["id"] for one in (await ok(therapist, "GET", "/api/bookings"))["unsettled"]] == [booking_id]
    assert (await funds(practice, client_id)).held_pence == PRICE
    assert (await ok(therapist, "POST", path, {"outcome": said}))["state"] == said
    assert (await ok(therapist, "POST", path, {"outcome": said}))["state"] == said
    for other in {"completed", "no_show_client", "no_show_therapist"} - {said}:
        assert await refused(therapist, "POST", path, {"outcome": other}) == "booking_closed"
    left = await funds(practice, client_id)
    assert (left.available_pence, left.held_pence) == (left_pence, 0)
    assert (await funds(practice, therapist_id, "therapist")).held_pence == earned_pence
    mine = await ok(client, "GET", "/api/bookings")
    assert (mine["unsettled"], [one["state"] for one in mine["past"]]) == ([], [said])
    await sound(practice)


@pytest.mark.parametrize(("said", "left"), [("completed", 0), ("no_show_client", 0), ("no_show_therapist", 1)])
async def test_the_session_of_an_allowance_is_used_or_comes_back(practice: Practice, said: Outcome, left: int) -> None:
    booking_id, client, therapist, _, _ = await booked(practice, 2, paid_with="allowance")
    await ok(therapist, "POST", f"/api/bookings/{booking_id}/outcome", {"outcome": said})
    assert [one["left"] for one in (await ok(client, "GET", "/api/bookings"))["balance"]] == [left]
    await sound(practice)


async def test_nobody_else_says_it_and_nobody_too_soon(practice: Practice) -> None:
    booking_id, client, therapist, _, _ = await booked(practice, 0.2)
    _, stranger = await practice.therapist()
    path, body = f"/api/bookings/{booking_id}/outcome", {"outcome": "completed"}
    assert await refused(therapist, "POST", path, body) == "too_early"
    assert await refused(stranger, "POST", path, body) == "booking_not_found"
    assert await refused(client, "POST", path, body) == "not_allowed"
    seen = await ok(therapist, "GET", f"/api/bookings/{booking_id}")
    assert seen["outcome_from_ms"] == seen["starts_at_ms"] + int(practice.settings.no_show_after_s * 1000)
    assert (await ok(client, "GET", f"/api/bookings/{booking_id}"))["outcome_from_ms"] is None


async def test_what_nobody_said_within_a_day_was_held(practice: Practice) -> None:
    booking_id, client, _, client_id, _ = await booked(practice, 26)
    assert [one["id"] for one in (await ok(client, "GET", "/api/bookings"))["unsettled"]] == [booking_id]
    async with practice.house.store.read() as connection:
        due_at_ms = (await timer_of(connection, booking_id)).due_at_ms
    assert due_at_ms == at(3, 9) + 90 * 60_000 + 24 * HOUR_MS
    await practice.fire(booking_id)
    assert (await ok(client, "GET", f"/api/bookings/{booking_id}"))["state"] == "completed"
    assert (await funds(practice, client_id)).held_pence == 0


@pytest.mark.parametrize(
    ("said", "expected"),
    [("completed", Attended), ("no_show_client", ClientMissed), ("no_show_therapist", TherapistMissed)],
)
def test_each_word_is_a_step_from_a_quarter_of_an_hour_after_the_start(
    said: Outcome, expected: type[booking.Event]
) -> None:
    one = made(method="phone")
    with pytest.raises(TooEarly):
        booking.outcome_by_hand(one, said, START + 900_000 - 1, 900)
    event = booking.outcome_by_hand(one, said, START + 900_000, 900)
    assert isinstance(event, expected)
    assert booking.advance(one, event, START + 900_000).state == said


@pytest.mark.parametrize("state", sorted(set(State) - {State.CONFIRMED}))
def test_what_was_not_to_take_place_has_no_outcome(state: State) -> None:
    with pytest.raises(BookingClosed):
        booking.outcome_by_hand(made(state, method="in_person"), "completed", START + HOUR_MS, 900)


def test_a_session_with_a_room_is_what_the_room_saw() -> None:
    with pytest.raises(BookingClosed):
        booking.outcome_by_hand(made(), "completed", START + HOUR_MS, 900)
