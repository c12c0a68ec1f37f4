"""Safeguarding: a guardian's consent before anybody under 18 begins, and concerns seen through to their end."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core.ages import age, is_minor
from rtc_server.errors import GuardianNeeded, UnderLegalHold
from rtc_server.people import guardians
from rtc_server.people.guardians import Reminders
from rtc_server.store import erasure
from rtc_server.store.care_schema import guardian_consent
from rtc_server.store.database import now_ms
from rtc_server.store.schema import legal_hold
from tests.accounts.house import PASSWORD_HASH, House, Visitor
from tests.accounts.test_practice import PDF, entered, send_file

NewVisitor = Callable[[], Visitor]
TODAY = guardians.today("Europe/London")


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        ("2008-11-22", "2026-11-21", 17),
        ("2008-11-22", "2026-11-22", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
    ],
)
def test_a_year_is_added_on_the_birthday_itself(born: str, on: str, years: int) -> None:
    assert age(date.fromisoformat(born), date.fromisoformat(on)) == years
    assert is_minor(born, date.fromisoformat(on)) == (years < 18)


async def young(house: House, visitor: NewVisitor) -> tuple[Visitor, str]:
    email, born = f"{uuid.uuid4()}@people.example", (TODAY - timedelta(days=15 * 365)).isoformat()
    client_id = await house.people.create_person("client", email, "Kit", "Young", PASSWORD_HASH, date_of_birth=born)
    caller = visitor()
    caller.token, _ = await house.auth.admit(client_id, "client", "192.0.2.1", "")
    return caller, client_id


async def given(caller: Visitor) -> None:
    _, paper = await send_file(caller, "/api/guardian/papers", PDF, "consent.pdf")
    body = {"paper_id": paper["value"]["id"], "name": "Jo Young", "relation": "mother", "phone": "+447700900123"}
    assert (await caller.ask("POST", "/api/guardian", body))[0] == 200


async def test_under_18_nothing_begins_before_a_consent_is_accepted_and_after_its_last_day(
    house: House, visitor: NewVisitor
) -> None:
    caller, client_id = await young(house, visitor)
    operator, _ = await entered(house, visitor, "admin")

    async def begins(on: date = TODAY) -> bool:
        try:
            await guardians.require(house.store, house.people, client_id, on)
        except GuardianNeeded:
            return False
        return True

    assert not await begins()
    assert (await caller.ask("GET", "/api/home"))[1]["value"]["needs_guardian"] is True
    await given(caller)
    assert not await begins(), "what was only sent is no consent"
    [line] = (await operator.ask("GET", "/api/guardians"))[1]["value"]["consents"]
    assert (line["name"], line["paper"]["name"], line["client_name"]) == ("Jo Young", "consent.pdf", "Kit Young")
    until = TODAY + timedelta(days=90)
    decide = f"/api/guardians/{line['id']}/decide"
    body = {"version": line["version"], "good_until": until.isoformat()}
    too_long = {**body, "good_until": (TODAY + timedelta(days=400)).isoformat()}
    assert (await operator.ask("POST", decide, too_long))[1]["code"] == "bad_message"
    assert (await operator.ask("POST", decide, body))[0] == 200
    assert (await operator.ask("POST", decide, body))[1]["code"] == "already_decided"
    assert (await caller.ask("GET", "/api/guardian"))[1]["value"]["state"] == "accepted"
    assert (await caller.ask("GET", "/api/home"))[1]["value"]["needs_guardian"] is False
    assert await begins(until)
    assert not await begins(until + timedelta(days=1))
    await given(caller)
    assert await begins(), "a newer one that waits to be read does not end the one that holds"


async def test_a_refused_consent_says_why_and_another_can_be_sent(house: House, visitor: NewVisitor) -> None:
    caller, _ = await young(house, visitor)
    operator, _ = await entered(house, visitor, "admin")
    await given(caller)
    [line] = (await operator.ask("GET", "/api/guardians"))[1]["value"]["consents"]
    decide, no = f"/api/guardians/{line['id']}/decide", {"version": line["version"], "good_until": None}
    assert (await operator.ask("POST", decide, no))[1]["code"] == "unfinished"
    assert (await operator.ask("POST", decide, {**no, "words": "It is not signed."}))[0] == 200
    own = (await caller.ask("GET", "/api/guardian"))[1]["value"]
    assert (own["state"], own["words"]) == ("refused", "It is not signed.")
    await given(caller)


async def test_a_consent_is_given_with_ones_own_file_only(house: House, visitor: NewVisitor) -> None:
    caller, _ = await young(house, visitor)
    other, _ = await young(house, visitor)
    _, paper = await send_file(other, "/api/guardian/papers", PDF)
    body = {"paper_id": paper["value"]["id"], "name": "A", "relation": "B", "phone": "+447700900123"}
    assert (await caller.ask("POST", "/api/guardian", body))[0] == 404


async def test_an_adult_needs_no_guardian(house: House, visitor: NewVisitor) -> None:
    caller, client_id = await entered(house, visitor, "client")
    await guardians.require(house.store, house.people, client_id, TODAY)
    assert (await caller.ask("GET", "/api/guardian"))[1]["value"]["state"] == "none_needed"


async def test_a_month_before_the_last_day_client_and_therapist_are_written_to_once(
    house: House, visitor: NewVisitor
) -> None:
    caller, client_id = await young(house, visitor)
    therapist_id, _ = await house.add("therapist")
    await house.add_session(client_id, therapist_id)
    await given(caller)
    good_until = (TODAY + timedelta(days=29)).isoformat()

    async def accept(connection: AsyncConnection) -> None:
        await connection.execute(update(guardian_consent).values(state="accepted", good_until=good_until))

    await house.store.write(accept)
    reminders = Reminders(house.store, house.keys, "Europe/London", 1.0)
    assert (await reminders.remind(), await reminders.remind()) == (1, 0)
    told = sorted((template, facts["due_day"]) for template, _, facts in await house.mailed())
    assert told == [("guardian_renew", good_until), ("guardian_review", good_until)]


async def raised(house: House, visitor: NewVisitor) -> tuple[Visitor, str, dict[str, Any]]:
    therapist, therapist_id = await entered(house, visitor, "therapist")
    client_id, _ = await house.add("client")
    session_id = await house.add_session(client_id, therapist_id)
    body = {
        "id": str(uuid.uuid4()),
        "session_id": session_id,
        "who": "client",
        "what": "Says they have a plan.",
        "where": "At home, Leeds",
        "told": "",
        "lines": [],
    }
    return therapist, client_id, body


async def test_a_concern_is_told_to_every_operator_and_keeps_the_record(house: House, visitor: NewVisitor) -> None:
    operator, _ = await entered(house, visitor, "admin")
    await house.add("admin")
    therapist, client_id, body = await raised(house, visitor)
    status, answer, _ = await therapist.ask("POST", "/api/concerns", body)
    assert (status, answer["value"]["line"]["state"]) == (200, "open")
    assert (await therapist.ask("POST", "/api/concerns", body))[0] == 200, "a retry is the same concern"
    assert [template for template, _, _ in await house.mailed()] == ["concern_raised", "concern_raised"]
    async with house.store.read() as connection:
        assert (await connection.execute(select(legal_hold.c.client_id))).scalars().all() == [client_id]
    with pytest.raises(UnderLegalHold):
        await house.store.write(erasure.erase_record, house.audit_key, client_id, now_ms())
    [line] = (await operator.ask("GET", "/api/concerns"))[1]["value"]["concerns"]
    assert line["id"] == body["id"]


async def test_a_concern_is_acted_on_and_closed_by_operators_and_noted_by_its_therapist(
    house: House, visitor: NewVisitor
) -> None:
    operator, _ = await entered(house, visitor, "admin")
    therapist, _, body = await raised(house, visitor)
    await therapist.ask("POST", "/api/concerns", body)
    path = f"/api/concerns/{body['id']}/steps"

    async def step(caller: Visitor, version: int, kind: str) -> Any:
        status, answer, _ = await caller.ask("POST", path, {"version": version, "kind": kind, "words": f"{kind} words"})
        return answer["value"]["line"]["state"] if status == 200 else answer["code"]

    assert await step(therapist, 1, "closed") == "not_allowed"
    assert await step(therapist, 1, "note") == "open"
    assert await step(operator, 1, "acting") == "already_decided", "made from what was read before the note"
    assert await step(operator, 2, "acting") == "acting"
    assert await step(operator, 3, "acting") == "already_decided"
    assert await step(operator, 3, "closed") == "closed"
    assert await step(therapist, 4, "note") == "already_decided"
    assert await step(operator, 4, "reopened") == "open"
    view = (await therapist.ask("GET", f"/api/concerns/{body['id']}"))[1]["value"]
    assert [(line["kind"], line["words"]) for line in view["steps"]] == [
        ("note", "note words"),
        ("acting", "acting words"),
        ("closed", "closed words"),
        ("reopened", "reopened words"),
    ]


async def test_nobody_elses_session_or_concern_is_there(house: House, visitor: NewVisitor) -> None:
    therapist, _, body = await raised(house, visitor)
    other, _ = await entered(house, visitor, "therapist")
    assert (await other.ask("POST", "/api/concerns", body))[0] == 404
    await therapist.ask("POST", "/api/concerns", body)
    assert (await other.ask("GET", f"/api/concerns/{body['id']}"))[0] == 404
    assert (await other.ask("GET", "/api/concerns"))[1]["value"] == {"concerns": []}
