"""Booking over HTTP on real rows: one booking per slot, what it costs, who may move and cancel it."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from booking_core import packages, wallet
from booking_core.booking_schema import booking as booking_table
from booking_core.booking_schema import service_terms, taken
from booking_core.packages import Allowance, Form
from booking_core.wallet import Balances
from rtc_server.cli import invariants
from rtc_server.money import settlement
from rtc_server.store.database import now_ms
from tests.accounts.house import Visitor
from tests.booking.practice import HOUR_MS, Practice, at, booking_of, ok, refused

DAYS = 3


async def funds(practice: Practice, person_id: str, role: str = "client") -> Balances:
    async with practice.house.store.read() as connection:
        return await wallet.balances(connection, person_id, role)


async def cells(practice: Practice) -> int:
    async with practice.house.store.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(taken))).scalar_one())


async def sound(practice: Practice) -> None:
    """Nothing between rows is broken, whatever happened before."""
    async with practice.house.store.read() as connection:
        assert await invariants.broken(connection, now_ms()) == []


async def grant(practice: Practice, client_id: str, form: Form, sessions: int | None, **changes: Any) -> str:
    one = Allowance(
        id=str(uuid.uuid4()),
        client_id=client_id,
        kind="therapy",
        form=form,
        name=changes.get("name", ""),
        sessions=sessions,
        until=changes.get("until"),
        therapist_id=changes.get("therapist_id"),
        created_at_ms=now_ms(),
    )
    await practice.house.store.write(packages.grant, one)
    return one.id


async def begins_in(practice: Practice, booking_id: str, hours: float) -> None:
    """Let a booking stand as if it had been made long ago: its start is near now."""
    starts_at_ms = now_ms() + int(hours * HOUR_MS)

    async def body(connection: Any) -> None:
        times = {"starts_at_ms": starts_at_ms, "ends_at_ms": starts_at_ms + HOUR_MS}
        await connection.execute(update(booking_table).where(booking_table.c.id == booking_id).values(**times))

    await practice.house.store.write(body)


async def offer_by_hand(practice: Practice) -> None:
    async def body(connection: Any) -> None:
        await connection.execute(update(service_terms).values(is_confirmed_by_hand=True))

    await practice.house.store.write(body)


async def test_a_booking_holds_its_price_and_takes_its_time(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    free = {"service_id": "therapy-60", "from_ms": at(DAYS, 0), "to_ms": at(DAYS + 1, 0)}
    path = f"/api/therapists/{therapist_id}/free"
    assert (await ok(client, "POST", path, free))["starts"] == [at(DAYS, hour) for hour in (9, 10, 11, 12, 13)]
    body = booking_of(therapist_id, at(DAYS, 10))
    made = await ok(client, "POST", "/api/bookings", body)
    assert (made["state"], made["paid_with"], made["answers"]) == ("confirmed", "wallet", [])
    assert await funds(practice, client_id) == Balances(13_000, 7_000)
    assert (await ok(client, "POST", path, free))["starts"] == [at(DAYS, hour) for hour in (9, 11, 12, 13)]
    [seen] = (await ok(therapist, "GET", "/api/bookings"))["ahead"]
    assert (seen["client_name"], seen["answers"][0]["answer"]) == ("Sam R.", "Sleep")
    await sound(practice)


async def test_a_hundred_clients_want_one_slot_and_one_has_it(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    _, first = await practice.client()
    clients: list[tuple[str, Visitor]] = []
    for _ in range(10):
        client_id, email = await practice.house.add("client")
        await practice.house.store.write(wallet.top_up, client_id, 20_000, client_id, 1)
        clients.append((client_id, await practice.visitor(email)))
    tries = [
        client.ask("POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
        for _ in range(10)
        for _, client in clients
    ]
    answers = await asyncio.gather(*tries)
    assert sorted({answer["code"] for status, answer, _ in answers if status != 200}) == ["slot_taken"]
    assert [status for status, _, _ in answers].count(200) == 1
    held = [(await funds(practice, client_id)).held_pence for client_id, _ in clients]
    assert sorted(held) == [0] * 9 + [7_000]
    assert await cells(practice) == 8
    assert await refused(first, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10))) == "slot_taken"
    await sound(practice)


async def test_pressing_twice_books_once_and_another_body_under_the_id_is_refused(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    body = booking_of(therapist_id, at(DAYS, 10))
    answers = await asyncio.gather(*(client.ask("POST", "/api/bookings", body) for _ in range(5)))
    assert {status for status, _, _ in answers} == {200}
    assert (await funds(practice, client_id)).held_pence == 7_000
    other = {**body, "starts_at_ms": at(DAYS, 11)}
    assert await refused(client, "POST", "/api/bookings", other) == "key_reused"
    _, stranger = await practice.client()
    assert await refused(stranger, "GET", f"/api/bookings/{body['id']}") == "booking_not_found"
    cancel = {"words": "", "is_forfeit": False}
    assert await refused(stranger, "POST", f"/api/bookings/{body['id']}/cancel", cancel) == "booking_not_found"


async def test_a_client_is_in_one_place_at_a_time(practice: Practice) -> None:
    first_id, _ = await practice.therapist()
    second_id, _ = await practice.therapist()
    _, client = await practice.client()
    await ok(client, "POST", "/api/bookings", booking_of(first_id, at(DAYS, 10)))
    free = {"service_id": "therapy-60", "from_ms": at(DAYS, 0), "to_ms": at(DAYS + 1, 0)}
    assert at(DAYS, 10) not in (await ok(client, "POST", f"/api/therapists/{second_id}/free", free))["starts"]
    half = booking_of(second_id, at(DAYS, 10), service_id="therapy-30", price_pence=3_500)
    assert await refused(client, "POST", "/api/bookings", half) in ("slot_taken", "client_busy")


async def test_what_is_not_open_too_soon_or_too_dear_is_refused_and_takes_nothing(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client(5_000)
    cases = {
        "slot_closed": booking_of(therapist_id, at(DAYS, 16)),
        "insufficient_funds": booking_of(therapist_id, at(DAYS, 10)),
        "service_not_found": booking_of(therapist_id, at(DAYS, 10), service_id="nothing"),
        "terms_changed": booking_of(therapist_id, at(DAYS, 10), service_id="therapy-30", price_pence=1),
        "allowance_not_found": booking_of(therapist_id, at(DAYS, 10), allowance_id=str(uuid.uuid4())),
        "bad_message": booking_of(therapist_id, at(DAYS, 10), method="phone"),
    }
    for code, body in cases.items():
        assert await refused(client, "POST", "/api/bookings", body) == code
    far = booking_of(therapist_id, at(100, 10))
    assert await refused(client, "POST", "/api/bookings", far) == "slot_closed"
    assert await funds(practice, client_id) == Balances(5_000, 0)
    assert await cells(practice) == 0


async def test_an_allowance_pays_before_the_wallet_and_never_goes_below_nothing(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    await grant(practice, client_id, Form.SINGLE, 2)
    for hour, paid_with in ((9, "allowance"), (10, "allowance"), (11, "wallet")):
        quote = {"therapist_id": therapist_id, "service_id": "therapy-60", "starts_at_ms": at(DAYS, hour)}
        assert (await ok(client, "POST", "/api/bookings/quote", quote))["paid_with"] == paid_with
        made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, hour), paid_with=paid_with))
        assert made["paid_with"] == paid_with
    view = await ok(client, "GET", "/api/bookings")
    assert view["balance"][0]["left"] == 0
    assert await funds(practice, client_id) == Balances(13_000, 7_000)
    first = view["ahead"][0]
    await ok(client, "POST", f"/api/bookings/{first['id']}/cancel", {"words": "", "is_forfeit": False})
    assert (await ok(client, "GET", "/api/bookings"))["balance"][0]["left"] == 1
    await sound(practice)


async def test_a_monthly_allowance_is_counted_by_the_month_of_the_session(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    await grant(practice, client_id, Form.MONTHLY, 1)
    days = [day for day in range(2, 50) if settlement.day_of(at(day, 10)).day == 15]
    this = next(
        day for day in range(2, 50) if settlement.day_of(at(day, 10)).month == settlement.day_of(at(2, 10)).month
    )
    later = next(day for day in days if settlement.day_of(at(day, 10)).month != settlement.day_of(at(this, 10)).month)
    for day in (this, later):
        made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(day, 10), paid_with="allowance"))
        assert made["paid_with"] == "allowance"
    again = booking_of(therapist_id, at(this, 11), paid_with="allowance")
    assert await refused(client, "POST", "/api/bookings", again) == "terms_changed"


async def test_an_unlimited_allowance_ends_with_its_last_day(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    last = settlement.day_of(at(DAYS, 10))
    await grant(practice, client_id, Form.UNLIMITED, None, until=last)
    await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10), paid_with="allowance"))
    after = booking_of(therapist_id, at(DAYS + 1, 10), paid_with="allowance")
    assert await refused(client, "POST", "/api/bookings", after) == "terms_changed"
    assert last + timedelta(days=1) == settlement.day_of(at(DAYS + 1, 10))


async def test_a_move_takes_the_new_time_first_and_names_its_successor(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    old = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    move = {"new_id": str(uuid.uuid4()), "starts_at_ms": at(DAYS, 12), "words": "Shift moved at work"}
    new = await ok(client, "POST", f"/api/bookings/{old['id']}/move", move)
    assert await ok(client, "POST", f"/api/bookings/{old['id']}/move", move)
    assert (new["state"], new["starts_at_ms"]) == ("confirmed", at(DAYS, 12))
    gone = await ok(therapist, "GET", f"/api/bookings/{old['id']}")
    assert (gone["state"], gone["reason"], gone["successor_id"]) == ("cancelled", "rescheduled", new["id"])
    assert gone["words"] == "Shift moved at work"
    assert await funds(practice, client_id) == Balances(13_000, 7_000)
    assert await cells(practice) == 8
    await sound(practice)


async def test_a_move_by_half_an_hour_over_its_own_time_is_one_booking(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    _, client = await practice.client()
    old = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    move = {"new_id": str(uuid.uuid4()), "starts_at_ms": at(DAYS, 10) + HOUR_MS // 2, "words": "Train"}
    await ok(therapist, "POST", f"/api/bookings/{old['id']}/move", move)
    assert await cells(practice) == 8
    free = {"service_id": "therapy-60", "from_ms": at(DAYS, 0), "to_ms": at(DAYS + 1, 0)}
    starts = (await ok(client, "POST", f"/api/therapists/{therapist_id}/free", free))["starts"]
    assert starts == [at(DAYS, hour) for hour in (9, 12, 13)]


async def test_a_refused_move_changes_nothing(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    _, other = await practice.client()
    client_id, client = await practice.client()
    await ok(other, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 12)))
    old = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    path = f"/api/bookings/{old['id']}/move"
    taken_then = {"new_id": str(uuid.uuid4()), "starts_at_ms": at(DAYS, 12), "words": "x"}
    closed_then = {"new_id": str(uuid.uuid4()), "starts_at_ms": at(DAYS, 20), "words": "x"}
    assert await refused(client, "POST", path, taken_then) == "slot_taken"
    assert await refused(client, "POST", path, closed_then) == "slot_closed"
    await begins_in(practice, old["id"], 23.9)
    assert await refused(client, "POST", path, {**closed_then, "starts_at_ms": at(DAYS, 9)}) == "too_late"
    assert (await ok(client, "GET", f"/api/bookings/{old['id']}"))["state"] == "confirmed"
    assert await funds(practice, client_id) == Balances(13_000, 7_000)
    assert await cells(practice) == 16


async def test_a_late_cancel_is_said_first_and_then_forfeits(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    path = f"/api/bookings/{made['id']}"
    await begins_in(practice, made["id"], 5)
    assert (await ok(client, "GET", path))["is_forfeit"] is True
    cancel = {"words": "Ill", "is_forfeit": False}
    assert await refused(client, "POST", f"{path}/cancel", cancel) == "terms_changed"
    late = await ok(client, "POST", f"{path}/cancel", {**cancel, "is_forfeit": True})
    assert late["state"] == "late_cancelled"
    assert await funds(practice, client_id) == Balances(13_000, 0)
    assert await funds(practice, therapist_id, "therapist") == Balances(0, 4_550)
    assert await cells(practice) == 0
    assert (await ok(client, "POST", f"{path}/cancel", {**cancel, "is_forfeit": True}))["version"] == late["version"]
    [line] = (await ok(therapist, "GET", "/api/wallet"))["lines"]
    assert (line["label"], line["amount_pence"], line["state"]) == ("Cancelled late, Sam R.", 4_550, "pending")
    labels = {line["label"] for line in (await ok(client, "GET", "/api/wallet"))["lines"]}
    assert "Session, Amara Okafor" in labels
    await sound(practice)


async def test_a_late_cancel_uses_the_session_of_an_allowance_and_its_therapist_is_paid(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    await grant(practice, client_id, Form.SINGLE, 1)
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10), paid_with="allowance"))
    await begins_in(practice, made["id"], 5)
    await ok(client, "POST", f"/api/bookings/{made['id']}/cancel", {"words": "", "is_forfeit": True})
    assert (await ok(client, "GET", "/api/bookings"))["balance"][0]["left"] == 0
    assert await funds(practice, client_id) == Balances(20_000, 0)
    assert (await funds(practice, therapist_id, "therapist")).held_pence == 4_550
    await sound(practice)


async def test_a_therapist_cancels_late_and_the_client_loses_nothing(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    await begins_in(practice, made["id"], 1)
    await ok(therapist, "POST", f"/api/bookings/{made['id']}/cancel", {"words": "Ill", "is_forfeit": False})
    assert await funds(practice, client_id) == Balances(20_000, 0)
    assert (await ok(client, "GET", f"/api/bookings/{made['id']}"))["words"] == "Ill"


async def test_the_policy_of_the_day_it_was_booked_holds(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    _, client = await practice.client()
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))

    async def stricter(connection: Any) -> None:
        await connection.execute(update(service_terms).values(cancel_minutes=43_200, move_minutes=43_200))

    await practice.house.store.write(stricter)
    seen = await ok(client, "GET", f"/api/bookings/{made['id']}")
    assert (seen["is_forfeit"], seen["move_until_ms"]) == (False, at(DAYS - 1, 10))


async def test_a_request_is_confirmed_or_declined_by_hand(practice: Practice) -> None:
    await offer_by_hand(practice)
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    first = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    second = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 12)))
    assert first["state"] == second["state"] == "requested"
    assert await refused(client, "POST", f"/api/bookings/{first['id']}/decline", {"words": ""}) == "not_allowed"
    assert (await ok(therapist, "POST", f"/api/bookings/{first['id']}/confirm"))["state"] == "confirmed"
    declined = await ok(therapist, "POST", f"/api/bookings/{second['id']}/decline", {"words": "I am away"})
    assert declined["state"] == "declined"
    assert await refused(therapist, "POST", f"/api/bookings/{second['id']}/confirm") == "booking_closed"
    assert await funds(practice, client_id) == Balances(13_000, 7_000)
    assert await cells(practice) == 8
    await sound(practice)


async def test_a_request_nobody_answers_lapses_at_its_start_and_costs_nothing(practice: Practice) -> None:
    await offer_by_hand(practice)
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    await practice.fire(made["id"])
    seen = await ok(client, "GET", f"/api/bookings/{made['id']}")
    assert (seen["state"], seen["reason"]) == ("declined", "lapsed")
    assert await funds(practice, client_id) == Balances(20_000, 0)


async def test_nobody_came_and_nobody_pays(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    await practice.fire(made["id"])
    assert (await ok(client, "GET", f"/api/bookings/{made['id']}"))["state"] == "no_show_therapist"
    assert await funds(practice, client_id) == Balances(20_000, 0)
    assert (await ok(client, "GET", "/api/home"))["completed"] == []


async def test_who_fits_is_suggested_with_the_reason_and_a_free_time(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    _, client = await practice.client()
    wanted = {"kind": "therapy", "area": "mind", "gender": "female", "language": "fr"}
    [found] = (await ok(client, "POST", "/api/therapists/find", wanted))["therapists"]
    assert found["card"]["id"] == therapist_id
    assert found["reasons"] == ["area", "language", "gender", "this_week"]
    assert found["first_free_ms"] > now_ms()
    assert (await ok(client, "POST", "/api/therapists/find", {**wanted, "gender": "male"}))["therapists"] == []
    await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    [own] = (await ok(client, "POST", "/api/therapists/find", wanted))["therapists"]
    assert own["reasons"][0] == "own"
    assert (await ok(client, "POST", "/api/therapists/find", {**wanted, "is_change": True}))["therapists"] == []


async def test_each_area_has_its_own_questions(practice: Practice) -> None:
    _, client = await practice.client()
    form = await ok(client, "GET", "/api/booking-form")
    asked = {one["area"]: [question["text"] for question in one["questions"]] for one in form["areas"]}
    assert len(asked) == 6
    assert all(questions[0] == "What is it about?" for questions in asked.values())
    assert asked["mind"] != asked["work"]
