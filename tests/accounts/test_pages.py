"""Sign-in, account, home, receipt and wallet as the pages read them, over HTTP and a real database."""

from collections.abc import Callable

import pytest

from booking_core import wallet
from rtc_server.auth import COOKIE
from rtc_server.store import duty
from rtc_server.store.database import now_ms
from rtc_server.texts import AREAS, TERMS_VERSION
from tests.accounts.house import PASSWORD, House, Visitor

NewVisitor = Callable[[], Visitor]


async def enter(house: House, visitor: Visitor, role: str) -> str:
    person_id, email = await house.add(role, "Sam", "Reed")
    await visitor.sign_in(email)
    return person_id


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House, visitor: NewVisitor) -> None:
    client_id, email = await house.add("client")
    status, body, headers = await visitor().ask("POST", "/api/sign-in", {"email": email, "password": PASSWORD})
    assert (status, body["ok"], body["value"]["id"], body["value"]["role"]) == (200, True, client_id, "client")
    name_and_value, *attributes = headers["Set-Cookie"].split("; ")
    assert name_and_value.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    assert not any(attribute.startswith("Domain") for attribute in attributes)
    assert name_and_value.split("=", 1)[1] not in str(body)


async def test_a_known_and_an_unknown_address_are_refused_alike(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    answers = []
    for address in (email, "nobody@people.example"):
        status, body, headers = await visitor().ask("POST", "/api/sign-in", {"email": address, "password": "wrong"})
        kept = {name: value for name, value in headers.items() if name != "Date"}
        answers.append((status, body, kept))
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][1]["code"]) == (401, "wrong_password")


async def test_the_sixth_wrong_try_is_told_to_wait(house: House, visitor: NewVisitor) -> None:
    _, email = await house.add("client")
    body = {"email": email, "password": "wrong"}
    # Another X-Forwarded-For each time starts no new count.
    answers = [
        await visitor().ask("POST", "/api/sign-in", body, {"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(6)
    ]
    assert [status for status, _, _ in answers] == [401] * 5 + [429]
    assert 1 <= int(answers[-1][2]["Retry-After"]) <= 30


async def test_signing_out_ends_the_cookie_for_good(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    await enter(house, caller, "client")
    status, body, headers = await caller.ask("POST", "/api/sign-out")
    assert (status, body) == (200, {"ok": True, "value": None})
    assert headers["Clear-Site-Data"] == '"storage"'
    assert "Max-Age=0" in headers["Set-Cookie"]
    assert (await caller.ask("GET", "/api/me"))[0] == 401


async def test_signing_in_again_ends_the_sign_in_this_browser_had(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    await enter(house, caller, "client")
    former = caller.token
    await enter(house, caller, "client")
    assert caller.token != former
    caller.token = former
    assert (await caller.ask("GET", "/api/me"))[0] == 401


async def test_a_cookie_somebody_planted_is_not_the_one_signed_in_with(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    caller.token = "planted"
    await enter(house, caller, "client")
    assert caller.token != "planted"
    caller.token = "planted"
    assert (await caller.ask("GET", "/api/me"))[0] == 401


async def test_a_disabled_person_is_out_at_the_next_request(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    client_id = await enter(house, caller, "client")
    await house.disable(client_id)
    assert (await caller.ask("GET", "/api/me"))[0] == 401


async def test_a_therapist_sees_their_card_and_turns_the_standing_choice_on(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    await enter(house, caller, "therapist")
    _, body, _ = await caller.ask("GET", "/api/account")
    assert body["value"]["card"]["first_name"] == "Amara"
    assert body["value"]["card"]["languages"] == ["en", "fr"]
    assert body["value"]["transcripts_on"] is False
    assert "share_percent" not in body["value"]["card"]
    _, body, _ = await caller.ask("PATCH", "/api/account", {"transcripts_on": True})
    assert body["value"]["transcripts_on"] is True
    _, body, _ = await caller.ask("GET", "/api/account")
    assert body["value"]["transcripts_on"] is True
    assert body["value"]["me"]["photo"] == "/photos/amara-portrait.jpg"


@pytest.mark.parametrize(
    "change", [{"role": "admin"}, {"transcripts_on": 1}, {"transcripts_on": True, "balance": 1}, {}]
)
async def test_nothing_else_in_the_account_can_be_changed(
    house: House, visitor: NewVisitor, change: dict[str, object]
) -> None:
    caller = visitor()
    await enter(house, caller, "therapist")
    status, body, _ = await caller.ask("PATCH", "/api/account", change)
    assert (status, body["code"]) == (400, "bad_message")


async def test_a_client_has_an_account_without_a_card(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    await enter(house, caller, "client")
    _, body, _ = await caller.ask("GET", "/api/account")
    assert body["value"]["card"] is None
    assert body["value"]["transcripts_on"] is None
    assert body["value"]["me"]["first_name"] == "Sam"


@pytest.mark.parametrize("role", ["client", "admin"])
async def test_clients_and_operators_change_their_name_and_number(house: House, visitor: NewVisitor, role: str) -> None:
    person_id, email = await house.add(role)
    caller = visitor()
    await caller.sign_in(email)
    body = {"first_name": " Sami  Lee ", "last_name": "Reed", "phone": "+447700900123"}
    changed = (await caller.ask("PUT", "/api/account/details", body))[1]["value"]
    assert (changed["me"]["first_name"], changed["phone"]) == ("Sami Lee", "+447700900123")
    assert (await house.people.person(person_id)).first_name == "Sami Lee"
    for wrong in ({"first_name": "  "}, {"phone": "nonsense"}, {"email": "other@people.example"}):
        assert (await caller.ask("PUT", "/api/account/details", {**body, **wrong}))[0] == 400
    assert (await caller.ask("PUT", "/api/account/details", {**body, "phone": None}))[1]["value"]["phone"] is None


async def test_the_terms_come_with_their_version(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    await enter(house, caller, "client")
    _, body, _ = await caller.ask("GET", "/api/terms")
    assert body["value"]["version"] == TERMS_VERSION
    assert "60 minutes" in body["value"]["text"]
    assert body["value"]["transcript_text"] not in body["value"]["text"]


async def test_home_says_what_is_so(house: House, visitor: NewVisitor) -> None:
    caller = visitor()
    client_id = await enter(house, caller, "client")
    therapist_id, _ = await house.add("therapist")
    free_id, _ = await house.add("therapist")
    now = now_ms()
    for each in (therapist_id, free_id):  # one of them is in a session below, so one is free
        await house.store.write(duty.set_duty, each, True, now)
    await house.store.write(wallet.top_up, client_id, 20_000, "first", now)
    times = {"agreed_at_ms": now - 900_000, "live_at_ms": now - 890_000}
    over = await house.add_session(client_id, therapist_id, **times, ended_at_ms=now - 290_000, ended_reason="ended")
    # The client stayed on for ten minutes alone; what counts is how long both were there.
    await house.add_presence(over, "therapist", now - 890_000, now - 600_000)
    await house.add_presence(over, "client", now - 900_000, now - 290_000)
    await house.store.write(wallet.hold, over, client_id, therapist_id, 3_500, now)
    await house.store.write(wallet.post, over, 65, now)
    await house.add_session(client_id, therapist_id, agreed_at_ms=None, ended_at_ms=now, ended_reason="not_agreed")
    live = await house.add_session(client_id, therapist_id)
    await house.store.write(wallet.hold, live, client_id, therapist_id, 3_500, now)
    status, body, _ = await caller.ask("GET", "/api/home")
    home = body["value"]
    assert status == 200
    assert (home["on_duty"], home["wait_low_s"], home["wait_high_s"]) == (1, None, None)
    assert (home["price_pence"], home["length_minutes"]) == (3_500, 60)
    assert (home["available_pence"], home["held_pence"]) == (13_000, 3_500)
    assert [choice["area"] for choice in home["areas"]] == [area for area, _, _ in AREAS]
    assert home["languages"] == ["en", "fr"]
    assert home["upcoming_session_id"] == live
    [past] = home["completed"]
    assert past == {
        "session_id": over,
        "with_name": "Amara Okafor",
        "at_ms": now - 900_000,
        "length_s": 290,
        "charged_pence": 3_500,
    }


async def test_a_receipt_is_for_the_sessions_own_client(house: House, visitor: NewVisitor) -> None:
    caller, stranger = visitor(), visitor()
    client_id = await enter(house, caller, "client")
    await enter(house, stranger, "client")
    therapist_id, _ = await house.add("therapist")
    session_id = await house.add_session(client_id, therapist_id, live_at_ms=now_ms() - 60_000)
    await house.store.write(wallet.top_up, client_id, 3_500, "first", 1)
    await house.store.write(wallet.hold, session_id, client_id, therapist_id, 3_500, 1)
    _, body, _ = await caller.ask("GET", f"/api/sessions/{session_id}/receipt")
    assert (body["value"]["charged_pence"], body["value"]["is_settled"]) == (0, False)
    assert body["value"]["therapist"]["first_name"] == "Amara"
    await house.store.write(wallet.post, session_id, 65, 2)
    _, body, _ = await caller.ask("GET", f"/api/sessions/{session_id}/receipt")
    assert (body["value"]["charged_pence"], body["value"]["is_settled"]) == (3_500, True)
    others = await stranger.ask("GET", f"/api/sessions/{session_id}/receipt")
    nobodys = await stranger.ask("GET", "/api/sessions/00000000-0000-4000-8000-000000000000/receipt")
    assert others[:2] == nobodys[:2]
    assert (others[0], others[1]["code"]) == (404, "session_not_found")


async def test_both_see_a_session_in_their_wallet_with_the_other_ones_name(house: House, visitor: NewVisitor) -> None:
    client, therapist = visitor(), visitor()
    client_id = await enter(house, client, "client")
    therapist_id = await enter(house, therapist, "therapist")
    await house.store.write(wallet.top_up, client_id, 20_000, "first", 1)
    session_id = await house.add_session(client_id, therapist_id)
    await house.store.write(wallet.hold, session_id, client_id, therapist_id, 3_500, 2)
    await house.store.write(wallet.post, session_id, 65, 3)
    _, body, _ = await client.ask("GET", "/api/wallet")
    assert (body["value"]["available_pence"], body["value"]["held_pence"]) == (16_500, 0)
    told = [(line["label"], line["amount_pence"], line["state"]) for line in body["value"]["lines"]]
    assert told == [("Quick connect, Amara Okafor", -3_500, "taken"), ("Top up", 20_000, "available")]
    _, body, _ = await therapist.ask("GET", "/api/wallet")
    assert (body["value"]["available_pence"], body["value"]["held_pence"]) == (0, 2_275)
    told = [(line["label"], line["amount_pence"], line["state"]) for line in body["value"]["lines"]]
    assert told == [("Quick connect, Sam R.", 2_275, "pending")]


async def test_the_line_of_an_erased_client_stays_without_a_name(house: House, visitor: NewVisitor) -> None:
    therapist = visitor()
    therapist_id = await enter(house, therapist, "therapist")
    client_id, _ = await house.add("client")
    await house.store.write(wallet.top_up, client_id, 3_500, "first", 1)
    session_id = await house.add_session(client_id, therapist_id)
    await house.store.write(wallet.hold, session_id, client_id, therapist_id, 3_500, 2)
    await house.store.write(wallet.post, session_id, 65, 3)
    await house.people.erase(client_id)
    _, body, _ = await therapist.ask("GET", "/api/wallet")
    assert [line["label"] for line in body["value"]["lines"]] == ["Quick connect"]
