"""*Join* of a booked session: when it opens, the client's yes, and what follows from who was there."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from booking_core.booking_schema import booking as booking_table
from booking_core.packages import Form
from booking_core.wallet import Balances
from rtc_server import texts
from rtc_server.config import Settings
from rtc_server.room import Seat, SeatJoined
from rtc_server.room_story import RoomStory
from rtc_server.store import rooms
from rtc_server.store.schema import session
from rtc_server.wire.room import RoomEnd
from tests.accounts.house import Visitor, open_house
from tests.booking.practice import Practice, at, booking_of, ok, refused
from tests.booking.test_booking import begins_in, funds, grant, sound

YES = {"terms_version": texts.TERMS_VERSION, "wants_transcript": True}


@pytest.fixture
async def near(tmp_path: Path) -> Any:
    """A practice where a moment together is a session, and a client is late at once."""
    async with open_house(tmp_path) as house:
        made = Practice(house, Settings(billable_min_s=0.0, no_show_after_s=0.0, pending_hold_s=0.0))
        yield made
        await made.close()


def stories(practice: Practice) -> RoomStory:
    fanout: Any = practice.told
    return RoomStory(practice.house.store, practice.house.keys, fanout, practice.rules, practice.house.audit_key)


async def booked(practice: Practice, hours: float = 0.1, **changes: Any) -> tuple[str, str, Visitor, str, Visitor]:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    body = booking_of(therapist_id, at(3, 10), **changes)
    made = await ok(client, "POST", "/api/bookings", body)
    await begins_in(practice, made["id"], hours)
    return made["id"], client_id, client, therapist_id, therapist


async def test_the_room_opens_ten_minutes_before_and_not_sooner(practice: Practice) -> None:
    booking_id, _, client, _, therapist = await booked(practice, 0.5)
    path = f"/api/bookings/{booking_id}/join"
    assert await refused(client, "POST", path, YES) == "too_early"
    await begins_in(practice, booking_id, 0.16)
    assert await ok(therapist, "POST", path, {}) == {"session_id": booking_id}
    seen = await ok(client, "GET", f"/api/bookings/{booking_id}")
    assert (seen["is_room_open"], seen["has_agreed"]) == (True, False)
    assert await refused(client, "POST", path, {}) == "terms_outdated"
    assert await ok(client, "POST", path, YES) == {"session_id": booking_id}
    assert (await ok(client, "GET", f"/api/bookings/{booking_id}"))["has_agreed"] is True
    assert await ok(client, "POST", path, {}) == {"session_id": booking_id}
    _, stranger = await practice.client()
    assert await refused(stranger, "POST", path, YES) == "booking_not_found"


async def test_the_transcript_waits_for_the_clients_own_yes(practice: Practice) -> None:
    booking_id, client_id, client, therapist_id, therapist = await booked(practice)
    await practice.house.people.set_transcripts_on(therapist_id, True)
    path = f"/api/bookings/{booking_id}/join"
    await ok(therapist, "POST", path, {})
    async with practice.house.store.read() as connection:
        assert await rooms.transcript_consents(connection, booking_id) == {therapist_id: True}
    await ok(client, "POST", path, {**YES, "wants_transcript": False})
    async with practice.house.store.read() as connection:
        assert await rooms.transcript_consents(connection, booking_id) == {therapist_id: True, client_id: False}


async def meet(practice: Practice, booking_id: str, *people: tuple[str, Seat]) -> None:
    story = stories(practice)
    for person_id, seat in people:
        page_id = str(uuid.uuid4())
        await story.step(person_id, booking_id, lambda *_, seat=seat, page_id=page_id: SeatJoined(seat, page_id))  # type: ignore[misc]


async def test_a_session_that_was_held_is_paid_and_completed(near: Practice) -> None:
    booking_id, client_id, client, therapist_id, therapist = await booked(near)
    for person in (therapist, client):
        await ok(person, "POST", f"/api/bookings/{booking_id}/join", YES)
    await meet(near, booking_id, (client_id, Seat.CLIENT), (therapist_id, Seat.THERAPIST))
    await stories(near).end(therapist_id, RoomEnd(session_id=booking_id, key=str(uuid.uuid4())))
    assert (await ok(client, "GET", f"/api/bookings/{booking_id}"))["state"] == "completed"
    assert await funds(near, client_id) == Balances(13_000, 0)
    assert (await funds(near, therapist_id, "therapist")).held_pence == 4_550
    [past] = (await ok(client, "GET", "/api/home"))["completed"]
    assert past["session_id"] == booking_id
    await sound(near)


async def test_a_held_session_of_an_allowance_uses_it_and_pays_the_therapist(near: Practice) -> None:
    therapist_id, therapist = await near.therapist()
    client_id, client = await near.client(0)
    await grant(near, client_id, Form.SINGLE, 1)
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(3, 10), paid_with="allowance"))
    await begins_in(near, made["id"], 0.1)
    for person in (therapist, client):
        await ok(person, "POST", f"/api/bookings/{made['id']}/join", YES)
    await meet(near, made["id"], (client_id, Seat.CLIENT), (therapist_id, Seat.THERAPIST))
    await stories(near).end(therapist_id, RoomEnd(session_id=made["id"], key=str(uuid.uuid4())))
    assert (await ok(client, "GET", "/api/bookings"))["balance"][0]["left"] == 0
    assert (await funds(near, therapist_id, "therapist")).held_pence == 4_550
    await sound(near)


async def started_before(practice: Practice, booking_id: str, minutes: int) -> None:
    async def body(connection: Any) -> None:
        query = select(booking_table.c.starts_at_ms).where(booking_table.c.id == booking_id)
        starts = (await connection.execute(query)).scalar_one() - minutes * 60_000
        await connection.execute(
            update(booking_table).where(booking_table.c.id == booking_id).values(starts_at_ms=starts)
        )

    await practice.house.store.write(body)


async def test_a_client_who_does_not_come_has_missed_it_and_the_therapist_is_paid(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        practice = Practice(house, Settings(billable_min_s=0.001, no_show_after_s=0.0, pending_hold_s=0.0))
        booking_id, client_id, client, therapist_id, therapist = await booked(practice)
        await ok(therapist, "POST", f"/api/bookings/{booking_id}/join", {})
        await meet(practice, booking_id, (therapist_id, Seat.THERAPIST))
        await started_before(practice, booking_id, 30)
        await stories(practice).end(therapist_id, RoomEnd(session_id=booking_id, key=str(uuid.uuid4())))
        assert (await ok(client, "GET", f"/api/bookings/{booking_id}"))["state"] == "no_show_client"
        assert await funds(practice, client_id) == Balances(13_000, 0)
        assert (await ok(client, "GET", "/api/home"))["completed"] == []
        await practice.close()


async def test_a_therapist_who_ends_before_the_client_is_late_takes_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        practice = Practice(house, Settings(billable_min_s=0.001))
        booking_id, client_id, client, therapist_id, therapist = await booked(practice)
        await ok(therapist, "POST", f"/api/bookings/{booking_id}/join", {})
        await meet(practice, booking_id, (therapist_id, Seat.THERAPIST))
        await started_before(practice, booking_id, 14)
        await stories(practice).end(therapist_id, RoomEnd(session_id=booking_id, key=str(uuid.uuid4())))
        assert (await ok(client, "GET", f"/api/bookings/{booking_id}"))["state"] == "no_show_therapist"
        assert await funds(practice, client_id) == Balances(20_000, 0)
        await practice.close()


async def test_a_room_left_open_past_its_end_keeps_nobody_from_the_next(practice: Practice) -> None:
    booking_id, _, client, therapist_id, therapist = await booked(practice)
    await ok(therapist, "POST", f"/api/bookings/{booking_id}/join", {})
    other = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(4, 10)))
    await begins_in(practice, other["id"], 0.1)
    assert await refused(client, "POST", f"/api/bookings/{other['id']}/join", YES) == "in_session"

    async def over(connection: Any) -> None:
        await connection.execute(update(session).where(session.c.id == booking_id).values(booked_end_ms=1))

    await practice.house.store.write(over)
    assert await ok(client, "POST", f"/api/bookings/{other['id']}/join", YES) == {"session_id": other["id"]}
    await sound(practice)
