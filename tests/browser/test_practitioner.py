"""A practitioner's whole way: open hours, a service of their own, a request, a package, a move, the session itself, and
the next ones."""

import re
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Theatre
from tests.browser.people import ARRIVES_MS, ClientHuman, TherapistHuman
from tests.browser.test_access import flawless

SEND = """async ([path, body, method]) => {
  const headers = { "Content-Type": "application/json" };
  return (await fetch(path, { method: method ?? "POST", body: JSON.stringify(body), headers })).json();
}"""
DAY_S = 86_400
FIRST = re.compile(r"^Add \d+ slots?$")


async def go(human: TherapistHuman, page_name: str) -> None:
    await human.page.get_by_role("navigation", name="Main").get_by_role("link", name=page_name).click()


async def opens_hours_and_offers_a_service(therapist: TherapistHuman) -> None:
    desk = therapist.page
    await go(therapist, "Availability")
    await therapist.button("Add slots").click(timeout=ARRIVES_MS)
    await desk.get_by_role("dialog").get_by_label("Daily").press("Space")
    add = desk.get_by_role("dialog").get_by_role("button", name=FIRST)
    await expect(add).to_have_attribute("aria-disabled", "false", timeout=ARRIVES_MS)
    await flawless(therapist, "adding slots")
    await add.click()
    await expect(therapist.button("Undo")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(therapist, "availability")
    await desk.get_by_role("link", name="My services").click()
    await therapist.button("Add a service").click(timeout=ARRIVES_MS)
    await desk.get_by_label("Name", exact=True).fill("First talk")
    await desk.get_by_label("Price in pounds").fill("45")
    await desk.get_by_label("telephone").press("Space")
    await desk.get_by_label("Booking form, one question a line").fill("What would you like to change?")
    await desk.get_by_label("Confirmed by hand").press("Space")
    await flawless(therapist, "a service")
    await therapist.button("Save").click()
    await expect(desk.get_by_text(re.compile("confirmed by hand"))).to_be_visible(timeout=ARRIVES_MS)


async def asks_for_a_time(client: ClientHuman, therapist: TherapistHuman, *, package: str = "") -> None:
    page = client.page
    await page.goto(client.cluster.url() + f"/book/with/{therapist.person.id}")
    await page.get_by_label(re.compile("^First talk")).press("Space", timeout=ARRIVES_MS)
    await client.button("Week after").click()
    await page.locator(".slot").first.click(timeout=ARRIVES_MS)
    if package:
        await page.get_by_role("group", name="Take it from").get_by_label(re.compile(f"^{package}")).press("Space")
    await client.button("Next").click()
    await page.get_by_label("What would you like to change?").fill("My evenings")
    paid = f"1 session from {package}, 5 of 6 left after it" if package else "£45.00 from your wallet"
    await expect(page.get_by_text(re.compile(f"^{paid}"))).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "asking for a time")
    await client.button("Book now").click()
    asked = f"{therapist.person.first_name} has been asked"
    await expect(page.get_by_role("heading", name=asked)).to_be_visible(timeout=ARRIVES_MS)


async def answers(therapist: TherapistHuman, word: str) -> None:
    asking = therapist.region("Asking for a time")
    await go(therapist, "Dashboard")
    await expect(asking.get_by_text(re.compile("asks for"))).to_be_visible(timeout=ARRIVES_MS)
    await asking.get_by_text("What they wrote").click()
    await expect(asking.get_by_text("My evenings")).to_be_visible()
    await flawless(therapist, "asked for a time")
    await asking.get_by_role("button", name=word, exact=True).click()
    await expect(asking).to_be_hidden(timeout=ARRIVES_MS)


async def assigns_a_package(therapist: TherapistHuman, client: ClientHuman) -> None:
    desk = therapist.page
    await go(therapist, "Users")
    await desk.get_by_role("link", name=re.compile(client.person.first_name)).click(timeout=ARRIVES_MS)
    await desk.get_by_text("Assign a package").click(timeout=ARRIVES_MS)
    await desk.get_by_label("Name", exact=True).fill("Autumn")
    await flawless(therapist, "a client")
    await therapist.button("Assign").click()
    await expect(desk.get_by_text("6 of 6 sessions left")).to_be_visible(timeout=ARRIVES_MS)


async def moves_it(therapist: TherapistHuman, client: ClientHuman) -> None:
    desk, later = therapist.page, datetime.now() + timedelta(days=2)
    await desk.get_by_role("link", name="Reschedule").click(timeout=ARRIVES_MS)
    await desk.get_by_text("Another time you agreed on").click(timeout=ARRIVES_MS)
    await desk.get_by_label("Day", exact=True).fill(later.date().isoformat())
    await desk.get_by_label("Time", exact=True).fill("21:30")
    await desk.get_by_label(re.compile("^Reason for")).fill("As we agreed")
    await flawless(therapist, "moving")
    await therapist.button("Reschedule").click()
    await expect(therapist.region("Pool")).to_be_visible(timeout=ARRIVES_MS)
    [kept] = (await client.ask("/api/bookings"))["ahead"]
    assert (datetime.fromtimestamp(kept["starts_at_ms"] / 1000).strftime("%H:%M"), kept["state"]) == (
        "21:30",
        "confirmed",
    )


async def test_a_practitioner_is_asked_answers_gives_a_package_and_moves(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await opens_hours_and_offers_a_service(therapist)
    await asks_for_a_time(client, therapist)
    await answers(therapist, "Confirm")
    await assigns_a_package(therapist, client)
    await moves_it(therapist, client)
    await asks_for_a_time(client, therapist, package="Autumn")
    await answers(therapist, "Decline")
    found = await client.ask("/api/bookings")
    assert [one["state"] for one in found["past"]] == ["declined"]
    assert [one["left"] for one in found["balance"]] == [6]


async def sent(human: TherapistHuman | ClientHuman, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the page would send, for hours that nobody can wait for."""
    made = await human.page.evaluate(SEND, [path, {"id": str(uuid.uuid4()), **body}])
    assert made["ok"], made
    value: dict[str, Any] = made["value"]
    return value


def in_s(seconds: float) -> int:
    return int((time.time() + seconds) * 1000)


async def known(therapist: TherapistHuman, client: ClientHuman) -> None:
    """The client has booked with this therapist once, and taken it back."""
    free = f"/api/therapists/{therapist.person.id}/free"
    span = {"service_id": "therapy-60", "from_ms": in_s(2 * DAY_S), "to_ms": in_s(20 * DAY_S)}
    answer = await client.page.evaluate(SEND, [free, span])
    body = {"therapist_id": therapist.person.id, "service_id": "therapy-60", "method": "video", "area": "mind"}
    price = {"language": "en", "answers": [], "price_pence": 7_000, "paid_with": "wallet"}
    booked = await sent(client, "/api/bookings", {**body, **price, "starts_at_ms": answer["value"]["starts"][0]})
    cancel = {"words": "", "is_forfeit": False}
    assert (await client.page.evaluate(SEND, [f"/api/bookings/{booked['id']}/cancel", cancel]))["ok"]


async def test_a_session_that_is_near_is_said_and_joined_and_the_next_is_scheduled(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await known(therapist, client)
    near = {"service_id": "therapy-60", "method": "video", "starts_at_ms": in_s(300)}
    await sent(therapist, f"/api/users/{client.person.id}/bookings", near)
    soon = therapist.region("Pool").get_by_text(re.compile(r"begins in \d minutes\."))
    await expect(soon).to_be_visible(timeout=ARRIVES_MS)
    await flawless(therapist, "a session is near")
    join = therapist.page.get_by_role("region", name="Today").get_by_role("button", name="Join", exact=True)
    await join.click(timeout=ARRIVES_MS)
    page = client.page
    await expect(page.get_by_text("is there and waits").first).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "somebody waits")
    await page.get_by_role("button", name="Join", exact=True).first.click()
    await page.get_by_role("dialog").get_by_role("checkbox", name="I accept the terms").press("Space")
    await flawless(client, "before joining")
    await client.agrees()
    for human in (client, therapist):
        await human.in_call()
    await client.hears_and_sees()
    await therapist.ends_for_both()
    await therapist.page.get_by_role("link", name="Schedule a further session").click(timeout=ARRIVES_MS)
    await therapist.button("Week after").click(timeout=ARRIVES_MS)
    await therapist.page.locator(".slot").first.click(timeout=ARRIVES_MS)
    await therapist.page.get_by_role("button", name=re.compile("^Schedule for")).click()
    await expect(therapist.page.get_by_text(re.compile("^Booked:"))).to_be_visible(timeout=ARRIVES_MS)
    await flawless(therapist, "scheduled")


async def test_a_therapist_says_how_a_session_by_telephone_ended(theatre: Theatre) -> None:
    therapist, client = await theatre.therapist(), await theatre.client()
    await expect(client.button("Talk to someone now")).to_be_visible(timeout=ARRIVES_MS)
    await known(therapist, client)
    service = {"id": str(uuid.uuid4()), "name": "A call", "kind": "therapy", "price_pence": 7_000, "minutes": 30}
    rules = {"move_minutes": 60, "cancel_minutes": 60, "is_late_returned": False, "moves_max": None, "questions": []}
    flags = {"is_paid": True, "is_confirmed_by_hand": False, "is_offered": True, "methods": ["phone"]}
    assert (await therapist.page.evaluate(SEND, ["/api/services", {**service, **rules, **flags}, "PUT"]))["ok"]
    phone = {"service_id": service["id"], "method": "phone", "starts_at_ms": in_s(2)}
    await sent(therapist, f"/api/users/{client.person.id}/bookings", phone)
    desk = therapist.page
    await desk.get_by_role("button", name=re.compile("^Say how it ended")).click(timeout=ARRIVES_MS)
    dialog = desk.get_by_role("dialog", name="How did it end?")
    await expect(dialog.get_by_text(re.compile("^£70.00 of theirs is paid.")).first).to_be_visible(timeout=ARRIVES_MS)
    await dialog.get_by_role("radio", name=re.compile("^I did not come")).press("Space")
    await expect(dialog.get_by_text("£70.00 goes back to their wallet. You are paid nothing.")).to_be_visible()
    await flawless(therapist, "how it ended")
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(dialog).to_be_hidden(timeout=ARRIVES_MS)
    assert (await client.ask("/api/wallet"))["available_pence"] == 20_000
    await client.page.goto(client.cluster.url() + "/sessions")
    missed = client.page.get_by_role("region", name="Not held")
    await expect(missed.get_by_text("The therapist did not come")).to_be_visible(timeout=ARRIVES_MS)
    await flawless(client, "sessions")
