"""A therapist's users panel, services and packages; an operator's catalogue and allowances."""

import uuid
from datetime import date, timedelta
from typing import Any

from rtc_server.people import guardians
from rtc_server.store.database import now_ms
from tests.accounts.house import PASSWORD_HASH
from tests.accounts.test_practice import PDF, send_file
from tests.booking.practice import HOUR_MS, Practice, at, booking_of, ok, refused
from tests.booking.test_booking import begins_in, funds, sound

SERVICE: dict[str, Any] = {
    "name": "Couples",
    "kind": "therapy",
    "price_pence": 9_000,
    "minutes": 90,
    "methods": ["video", "phone"],
    "questions": ["Who will be there?"],
    "is_paid": True,
    "is_confirmed_by_hand": True,
    "is_offered": True,
    "move_minutes": 2_880,
    "cancel_minutes": 2_880,
    "is_late_returned": False,
    "moves_max": 1,
}


def scheduled(starts_at_ms: int, service_id: str = "therapy-60") -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "service_id": service_id, "starts_at_ms": starts_at_ms, "method": "video"}


async def test_a_therapist_sees_their_own_clients_and_nobody_elses(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    stranger_id, _ = await practice.client()
    referred_id, _ = await practice.client()
    await practice.house.people.set_own_therapist(referred_id, therapist_id)
    await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(3, 10)))
    users = (await ok(therapist, "GET", "/api/users"))["users"]
    assert {user["id"] for user in users} == {client_id, referred_id}
    assert {user["next_at_ms"] for user in users} == {at(3, 10), None}
    seen = await ok(therapist, "GET", f"/api/users/{client_id}")
    assert [booking["starts_at_ms"] for booking in seen["ahead"]] == [at(3, 10)]
    assert await refused(therapist, "GET", f"/api/users/{stranger_id}") == "person_not_found"
    body = scheduled(at(4, 10))
    assert await refused(therapist, "POST", f"/api/users/{stranger_id}/bookings", body) == "person_not_found"
    assert (await client.ask("GET", "/api/users"))[0] == 403


async def test_a_therapist_schedules_at_any_time_and_the_client_may_cancel_for_nothing(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    await practice.house.people.set_own_therapist(client_id, therapist_id)
    path = f"/api/users/{client_id}/bookings"
    body = scheduled(at(3, 21))
    made = await ok(therapist, "POST", path, body)
    assert (await ok(therapist, "POST", path, body))["id"] == made["id"]
    assert await refused(therapist, "POST", path, scheduled(at(3, 21))) == "client_busy"
    assert await refused(therapist, "POST", path, scheduled(now_ms() - HOUR_MS)) == "slot_closed"
    assert (await funds(practice, client_id)).held_pence == 7_000
    await begins_in(practice, made["id"], 1)
    assert (await ok(client, "GET", f"/api/bookings/{made['id']}"))["is_forfeit"] is False
    await ok(client, "POST", f"/api/bookings/{made['id']}/cancel", {"words": "", "is_forfeit": False})
    assert (await funds(practice, client_id)).available_pence == 20_000
    await sound(practice)


async def test_a_package_is_for_its_practitioner_alone_and_each_booking_draws_one(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    other_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    await practice.house.people.set_own_therapist(client_id, therapist_id)
    package = {"id": str(uuid.uuid4()), "name": "Six for the autumn", "kind": "therapy", "sessions": 1}
    view = await ok(therapist, "POST", f"/api/users/{client_id}/packages", package)
    await ok(therapist, "POST", f"/api/users/{client_id}/packages", package)
    assert [(left["name"], left["left"]) for left in view["packages"]] == [("Six for the autumn", 1)]
    offered = await ok(client, "GET", f"/api/therapists/{therapist_id}/services")
    assert [left["id"] for left in offered["packages"]] == [package["id"]]
    assert (await ok(client, "GET", f"/api/therapists/{other_id}/services"))["packages"] == []
    elsewhere = booking_of(other_id, at(3, 9), allowance_id=package["id"], paid_with="allowance")
    assert await refused(client, "POST", "/api/bookings", elsewhere) == "allowance_not_found"
    own = booking_of(therapist_id, at(3, 10), allowance_id=package["id"], paid_with="allowance")
    assert (await ok(client, "POST", "/api/bookings", own))["paid_with"] == "allowance"
    again = booking_of(therapist_id, at(3, 11), allowance_id=package["id"], paid_with="allowance")
    assert await refused(client, "POST", "/api/bookings", again) == "allowance_not_found"
    assert (await funds(practice, client_id)).available_pence == 20_000


async def test_a_practitioners_own_service_asks_its_form_and_their_yes(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    other_id, other = await practice.therapist()
    _, client = await practice.client()
    service_id = str(uuid.uuid4())
    saved = await ok(therapist, "PUT", "/api/services", {**SERVICE, "id": service_id})
    assert [one["name"] for one in saved["services"]] == ["Couples"]
    assert await refused(other, "PUT", "/api/services", {**SERVICE, "id": service_id}) == "service_not_found"
    assert await refused(therapist, "PUT", "/api/services", {**SERVICE, "id": "therapy-60"}) == "service_not_found"
    assert await refused(therapist, "PUT", "/api/services", {**SERVICE, "id": "quick"}) == "service_not_found"
    found = await ok(client, "GET", f"/api/therapists/{therapist_id}/services")
    [own] = [one for one in found["services"] if one["is_own"]]
    assert (own["questions"], own["methods"], own["minutes"]) == (["Who will be there?"], ["video", "phone"], 90)
    body = booking_of(therapist_id, at(3, 9), service_id=service_id, price_pence=9_000, method="phone")
    made = await ok(client, "POST", "/api/bookings", body)
    assert (made["state"], made["join_from_ms"]) == ("requested", None)
    wrong = booking_of(other_id, at(3, 9), service_id=service_id, price_pence=9_000)
    assert await refused(client, "POST", "/api/bookings", wrong) == "service_not_found"


async def test_a_session_by_telephone_is_held_when_its_time_is_over(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    _, client = await practice.client()
    service_id = str(uuid.uuid4())
    await ok(therapist, "PUT", "/api/services", {**SERVICE, "id": service_id, "is_confirmed_by_hand": False})
    body = booking_of(therapist_id, at(3, 9), service_id=service_id, price_pence=9_000, method="phone")
    made = await ok(client, "POST", "/api/bookings", body)
    await practice.fire(made["id"])
    assert (await ok(client, "GET", f"/api/bookings/{made['id']}"))["state"] == "completed"
    await sound(practice)


async def test_an_operator_grants_and_ends_what_a_client_may_take(practice: Practice) -> None:
    _, email = await practice.house.add("admin")
    operator = await practice.visitor(email)
    client_id, client_email = await practice.house.add("client")
    client = await practice.visitor(client_email)
    granted = {"id": str(uuid.uuid4()), "email": client_email, "kind": "therapy", "form": "monthly", "name": "Yours"}
    assert await refused(operator, "POST", "/api/allowances", granted) == "bad_message"
    view = await ok(operator, "POST", "/api/allowances", {**granted, "sessions": 4})
    assert (view["client_id"], view["allowances"][0]["left"]) == (client_id, 4)
    home = await ok(client, "GET", "/api/home")
    assert (home["allowance"]["left"], home["allowance"]["form"]) == (4, "monthly")
    await ok(operator, "DELETE", f"/api/allowances/{granted['id']}")
    assert (await ok(client, "GET", "/api/home"))["allowance"] is None
    nobody = {"email": "nobody@people.example"}
    assert await refused(operator, "POST", "/api/allowances/find", nobody) == "person_not_found"
    assert (await client.ask("POST", "/api/allowances/find", nobody))[0] == 403


async def test_a_guardians_consent_is_shown_to_those_who_see_the_client_and_to_nobody_else(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    _, stranger = await practice.therapist()
    _, admin_email = await practice.house.add("admin")
    operator = await practice.visitor(admin_email)
    born = (guardians.today("Europe/London") - timedelta(days=15 * 365)).isoformat()
    email = f"{uuid.uuid4()}@people.example"
    create = practice.house.people.create_person
    client_id = await create("client", email, "Kit", "Young", PASSWORD_HASH, date_of_birth=born)
    await practice.house.people.set_own_therapist(client_id, therapist_id)
    client = await practice.visitor(email)
    path, until = f"/api/users/{client_id}", (date.today() + timedelta(days=90)).isoformat()

    async def on_file() -> Any:
        return (await ok(therapist, "GET", path))["consent"]

    assert await on_file() == dict.fromkeys(("name", "relation", "phone"), "") | {
        "state": "missing",
        "good_until": None,
        "paper": None,
    }
    assert await refused(therapist, "GET", f"{path}/guardian-consent") == "not_found"
    _, paper = await send_file(client, "/api/guardian/papers", PDF, "consent.pdf")
    signed = {"paper_id": paper["value"]["id"], "name": "Jo Young", "relation": "mother", "phone": "+447700900123"}
    await ok(client, "POST", "/api/guardian", signed)
    assert (await on_file())["state"] == "sent"
    [line] = (await ok(operator, "GET", "/api/guardians"))["consents"]
    decided = {"version": line["version"], "good_until": until, "words": ""}
    await ok(operator, "POST", f"/api/guardians/{line['id']}/decide", decided)
    seen = await on_file()
    assert (seen["state"], seen["good_until"], seen["name"], seen["relation"]) == (
        "accepted",
        until,
        "Jo Young",
        "mother",
    )
    assert seen["paper"]["name"] == "consent.pdf"
    await ok(client, "POST", "/api/guardian", signed)  # a newer one that is yet to be read
    assert (await on_file())["state"] == "accepted"
    status, _, headers = await therapist.ask("GET", f"{path}/guardian-consent")
    assert (status, headers["Content-Type"], headers["Content-Length"]) == (200, "application/pdf", str(len(PDF)))
    assert headers["Content-Disposition"].startswith("attachment")
    for route in (path, f"{path}/guardian-consent"):
        assert await refused(stranger, "GET", route) == "person_not_found"
        assert await refused(client, "GET", route) == "not_allowed"
    grown_id, _ = await practice.client()
    await practice.house.people.set_own_therapist(grown_id, therapist_id)
    assert (await ok(therapist, "GET", f"/api/users/{grown_id}"))["consent"] is None


async def test_instants_and_days_that_cannot_be_are_refused_in_words(practice: Practice) -> None:
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    await practice.house.people.set_own_therapist(client_id, therapist_id)
    package = {"id": str(uuid.uuid4()), "name": "Six", "kind": "therapy", "sessions": 6, "until": "2027-02-30"}
    assert await refused(therapist, "POST", f"/api/users/{client_id}/packages", package) == "bad_slot"
    for far in (4_102_444_800_000, 2**63, 10**30):
        path = f"/api/users/{client_id}/bookings"
        assert await refused(therapist, "POST", path, scheduled(far)) == "bad_message"
        assert await refused(client, "POST", "/api/bookings", booking_of(therapist_id, far)) == "bad_message"
        span = {"service_id": "therapy-60", "from_ms": far, "to_ms": 0}
        assert await refused(client, "POST", f"/api/therapists/{therapist_id}/free", span) == "bad_message"
