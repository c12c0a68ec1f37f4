"""Questions, problems and complaints from the first word to the end, and the guide."""

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from rtc_server import guide
from rtc_server.store import mail, matters
from tests.accounts.house import House, Visitor
from tests.accounts.test_practice import entered, picture, send_file

NewVisitor = Callable[[], Visitor]


def begin(kind: str = "question", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "kind": kind, "subject": "The sound", "text": "It went away.", **more}


async def step(caller: Visitor, matter_id: str, act: str) -> Any:
    """The state after it, or why not."""
    view = (await caller.ask("GET", f"/api/support/{matter_id}"))[1]["value"]
    body = {"version": view["version"], "act": act, "text": f"{act} words"}
    status, answer, _ = await caller.ask("POST", f"/api/support/{matter_id}/steps", body)
    return answer["value"]["line"]["state"] if status == 200 else answer["code"]


def test_what_is_closed_stays_closed_and_every_other_state_has_a_way_on() -> None:
    ways = {state: [act for of, act in matters.TRANSITIONS if of == state] for state, _ in matters.TRANSITIONS}
    assert set(ways) == {"open", "answered", "decided", "appealed"}
    assert set(matters.TRANSITIONS.values()) == {*ways, "closed"}
    assert all(act in matters.PERSONS | matters.DESKS for act in itertools.chain(*ways.values()))


async def test_a_question_is_answered_and_its_person_is_written_to(house: House, visitor: NewVisitor) -> None:
    caller, _ = await entered(house, visitor, "therapist")
    operator, _ = await entered(house, visitor, "admin")
    body = begin()
    assert (await caller.ask("POST", "/api/support", body))[0] == 200
    assert (await caller.ask("POST", "/api/support", body))[0] == 200, "a retry is the same question"
    [line] = (await operator.ask("GET", "/api/support"))[1]["value"]["matters"]
    assert (line["person_name"], line["subject"], line["state"]) == ("Sam Reed", "The sound", "open")
    assert await step(operator, body["id"], "decide") == "already_decided", "only complaints are decided"
    assert await step(caller, body["id"], "answer") == "not_allowed"
    assert await step(operator, body["id"], "answer") == "answered"
    assert [template for template, _, _ in await house.mailed()] == ["support_answered", "support_waiting"]
    assert await step(caller, body["id"], "write") == "open"
    assert await step(caller, body["id"], "close") == "closed"
    assert await step(operator, body["id"], "answer") == "already_decided"
    said = (await caller.ask("GET", f"/api/support/{body['id']}"))[1]["value"]["said"]
    assert [(one["act"], one["is_desk"]) for one in said] == [
        ("write", False),
        ("answer", True),
        ("write", False),
        ("close", False),
    ]


async def test_operators_are_told_that_somebody_wrote_once_in_some_minutes_and_not_what(
    house: House, visitor: NewVisitor
) -> None:
    caller, _ = await entered(house, visitor, "client")
    _, first_id = await entered(house, visitor, "admin")
    _, second_id = await entered(house, visitor, "admin")
    gone_id, _ = await house.add("admin")
    await house.disable(gone_id)
    for _ in range(3):
        assert (await caller.ask("POST", "/api/support", begin()))[0] == 200
    async with house.store.read() as connection:
        queued = await mail.newest(connection, 100)
    # Two mails each when the minutes that are gathered were over in between.
    assert {one.person_id for one in queued} == {first_id, second_id} and len(queued) in (2, 4)
    assert all(one.due_at_ms > one.created_at_ms for one in queued)
    assert [(template, facts) for template, _, facts in await house.mailed()] == [
        ("support_waiting", {"link": "/support"})
    ] * len(queued)


async def test_a_complaint_is_decided_and_an_appeal_by_somebody_else(house: House, visitor: NewVisitor) -> None:
    caller, _ = await entered(house, visitor, "client")
    first, _ = await entered(house, visitor, "admin")
    second, _ = await entered(house, visitor, "admin")
    body = begin("complaint")
    await caller.ask("POST", "/api/support", body)
    assert await step(first, body["id"], "decide") == "decided"
    assert await step(caller, body["id"], "write") == "already_decided"
    assert await step(caller, body["id"], "appeal") == "appealed"
    assert await step(first, body["id"], "decide") == "not_allowed"
    assert await step(second, body["id"], "decide") == "closed"


async def test_a_therapist_is_asked_to_account_for_something_answers_and_appeals_against_what_is_decided(
    house: House, visitor: NewVisitor
) -> None:
    therapist, therapist_id = await entered(house, visitor, "therapist")
    first, _ = await entered(house, visitor, "admin")
    second, _ = await entered(house, visitor, "admin")
    body = {"id": str(uuid.uuid4()), "subject": "Your picture", "text": "It shows the name of your own practice."}
    for _ in range(2):
        status, answer, _ = await first.ask("POST", f"/api/people/{therapist_id}/conduct", body)
        assert (status, answer["value"]["line"]["state"]) == (200, "answered"), "a retry is the same matter"
    assert [(template, facts["link"]) for template, _, facts in await house.mailed()] == [
        ("support_begun", f"/support/{body['id']}")
    ]
    [line] = (await therapist.ask("GET", "/api/support"))[1]["value"]["matters"]
    assert (line["kind"], line["subject"]) == ("conduct", "Your picture")
    view = (await therapist.ask("GET", f"/api/support/{body['id']}"))[1]["value"]
    assert (view["may"], view["said"][0]["is_desk"]) == (["write"], True)
    assert await step(therapist, body["id"], "close") == "already_decided", (
        "nobody closes a matter of their own conduct"
    )
    assert await step(therapist, body["id"], "write") == "open"
    assert await step(first, body["id"], "decide") == "decided"
    assert await step(therapist, body["id"], "appeal") == "appealed"
    assert await step(first, body["id"], "decide") == "not_allowed"
    assert await step(second, body["id"], "decide") == "closed"


async def test_conduct_is_a_therapists_and_opened_by_operators_alone(house: House, visitor: NewVisitor) -> None:
    operator, operator_id = await entered(house, visitor, "admin")
    therapist, therapist_id = await entered(house, visitor, "therapist")
    _, client_id = await entered(house, visitor, "client")
    body = {"id": str(uuid.uuid4()), "subject": "A word", "text": "Please say why."}
    for nobody in (client_id, operator_id, str(uuid.uuid4())):
        assert (await operator.ask("POST", f"/api/people/{nobody}/conduct", body))[0] == 404
    assert (await therapist.ask("POST", f"/api/people/{therapist_id}/conduct", body))[0] == 403
    assert (await therapist.ask("POST", "/api/support", begin("conduct")))[0] == 400


async def test_a_problem_comes_with_a_screenshot_and_the_session_it_is_about(house: House, visitor: NewVisitor) -> None:
    caller, client_id = await entered(house, visitor, "client")
    operator, _ = await entered(house, visitor, "admin")
    therapist_id, _ = await house.add("therapist")
    session_id = await house.add_session(client_id, therapist_id)
    _, paper = await send_file(caller, "/api/support/papers", picture(), "screen.png")
    body = begin("problem", session_id=session_id, paper_id=paper["value"]["id"])
    assert (await caller.ask("POST", "/api/support", body))[0] == 200
    view = (await operator.ask("GET", f"/api/support/{body['id']}"))[1]["value"]
    assert (view["session_id"], view["said"][0]["paper"]["content_type"]) == (session_id, "image/jpeg")
    assert (await operator.ask("GET", f"/api/papers/{paper['value']['id']}/file"))[0] == 200


@pytest.mark.parametrize("what", ["session_id", "paper_id"])
async def test_nobody_elses_session_or_file_goes_along(house: House, visitor: NewVisitor, what: str) -> None:
    caller, _ = await entered(house, visitor, "client")
    other, other_id = await entered(house, visitor, "client")
    therapist_id, _ = await house.add("therapist")
    _, paper = await send_file(other, "/api/support/papers", picture())
    theirs = {"session_id": await house.add_session(other_id, therapist_id), "paper_id": paper["value"]["id"]}
    assert (await caller.ask("POST", "/api/support", begin(**{what: theirs[what]})))[0] == 404


async def test_what_somebody_wrote_is_there_for_them_and_operators_alone(house: House, visitor: NewVisitor) -> None:
    caller, _ = await entered(house, visitor, "client")
    body = begin()
    await caller.ask("POST", "/api/support", body)
    for role in ("client", "therapist"):
        other, _ = await entered(house, visitor, role)
        assert (await other.ask("GET", f"/api/support/{body['id']}"))[0] == 404
        assert (await other.ask("GET", "/api/support"))[1]["value"] == {"matters": []}
        answer = {"version": 1, "act": "write", "text": "mine"}
        assert (await other.ask("POST", f"/api/support/{body['id']}/steps", answer))[0] == 404


@pytest.mark.parametrize("role", ["client", "therapist", "admin"])
async def test_the_guide_of_ones_role_is_shown_and_taken_along(house: House, visitor: NewVisitor, role: str) -> None:
    caller, _ = await entered(house, visitor, role)
    shown = (await caller.ask("GET", "/api/guide"))[1]["value"]
    assert shown["title"] == guide.of_role(role).title
    status, _, headers = await caller.ask("GET", "/api/guide.pdf")
    assert (status, headers["Content-Type"]) == (200, "application/pdf")
