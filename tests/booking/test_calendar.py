"""A therapist's calendar over HTTP: the week, rules, exceptions, the first hour of a new therapist."""

import uuid
from typing import Any

from tests.booking.practice import Practice, ok, refused

TUESDAY = "2027-03-23"


def rule(day: str, at: str, repeat: str = "weekly", until: str | None = None) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "day": day, "at": at, "repeat": repeat, "until": until}


async def test_a_new_therapist_is_open_on_tuesdays_at_nine(practice: Practice) -> None:
    _, email = await practice.house.add("therapist")
    therapist = await practice.visitor(email)
    week = await ok(therapist, "POST", "/api/availability/week", {"day": TUESDAY})
    assert [(hour["day"], hour["at"]) for hour in week["hours"]] == [(TUESDAY, "09:00")]
    assert (week["monday"], week["zone"]) == ("2027-03-22", "Europe/London")


async def test_a_rule_is_previewed_added_and_taken_back(practice: Practice) -> None:
    _, email = await practice.house.add("therapist")
    therapist = await practice.visitor(email)
    added = rule("2027-03-22", "09:00", "daily", "2027-03-26")
    assert await ok(therapist, "POST", "/api/availability/preview", added) == {"adds": 5, "already": 1, "missing": 0}
    await ok(therapist, "POST", "/api/availability/rules", added)
    await ok(therapist, "POST", "/api/availability/rules", added)
    week = await ok(therapist, "POST", "/api/availability/week", {"day": TUESDAY})
    assert [hour["is_clash"] for hour in week["hours"]] == [False, True, False, False, False]
    await ok(therapist, "PUT", f"/api/availability/rules/{added['id']}", {"is_on": False})
    week = await ok(therapist, "POST", "/api/availability/week", {"day": TUESDAY})
    assert len(week["hours"]) == 1
    await ok(therapist, "PUT", f"/api/availability/rules/{added['id']}", {"is_on": True})
    week = await ok(therapist, "POST", "/api/availability/week", {"day": TUESDAY})
    assert len(week["hours"]) == 5


async def test_one_hour_is_closed_and_opened_again_without_its_rule(practice: Practice) -> None:
    _, email = await practice.house.add("therapist")
    therapist = await practice.visitor(email)
    week = await ok(therapist, "POST", "/api/availability/week", {"day": TUESDAY})
    starts_at_ms = week["hours"][0]["starts_at_ms"]
    for is_open, left in ((False, 0), (True, 1)):
        await ok(therapist, "PUT", "/api/availability/hours", {"starts_at_ms": starts_at_ms, "is_open": is_open})
        week = await ok(therapist, "POST", "/api/availability/week", {"day": TUESDAY})
        assert len(week["hours"]) == left
    week = await ok(therapist, "POST", "/api/availability/week", {"day": "2027-03-30"})
    assert len(week["hours"]) == 1


async def test_the_week_the_clocks_change_says_so_and_names_what_is_left_out(practice: Practice) -> None:
    _, email = await practice.house.add("therapist")
    therapist = await practice.visitor(email)
    await ok(therapist, "POST", "/api/availability/rules", rule("2027-03-21", "01:00"))
    week = await ok(therapist, "POST", "/api/availability/week", {"day": "2027-03-28"})
    assert week["changes"] == [{"day": "2027-03-28", "minutes": 60}]
    assert week["missing"] == [{"day": "2027-03-28", "at": "01:00"}]


async def test_what_cannot_be_is_refused_in_words(practice: Practice) -> None:
    _, email = await practice.house.add("therapist")
    therapist = await practice.visitor(email)
    for bad in (rule("2027-02-30", "09:00"), rule("2027-03-28", "01:00", "once"), rule("2026-01-01", "09:00", "once")):
        assert await refused(therapist, "POST", "/api/availability/rules", bad) == "bad_slot"
    assert (
        await refused(therapist, "PUT", f"/api/availability/rules/{uuid.uuid4()}", {"is_on": False}) == "rule_not_found"
    )
    nowhere = {"zone": "Mars/Base", "buffer_minutes": 0}
    assert await refused(therapist, "PUT", "/api/availability", nowhere) == "bad_slot"


async def test_somebody_elses_rule_is_not_found(practice: Practice) -> None:
    _, own = await practice.therapist()
    _, other = await practice.therapist()
    week = await ok(own, "POST", "/api/availability/week", {"day": TUESDAY})
    path = f"/api/availability/rules/{week['rules'][0]['id']}"
    assert await refused(other, "PUT", path, {"is_on": False}) == "rule_not_found"
    _, client = await practice.client()
    assert (await client.ask("POST", "/api/availability/week", {"day": TUESDAY}))[0] == 403
