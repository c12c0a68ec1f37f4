"""What is written to whom: both sides of each step, the calendar file, reminders; and nobody's words."""

import uuid
from datetime import UTC, datetime
from typing import Any

import icalendar
from sqlalchemy import select

from rtc_server.outgoing.letters import Channel
from rtc_server.outgoing.sending import SendState
from rtc_server.store import mail as mails
from rtc_server.store.schema import mail as mail_table
from tests.booking.practice import Practice, at, booking_of, ok
from tests.booking.test_booking import offer_by_hand

DAYS = 3
SECRET = "My husband must not know"


async def letters(practice: Practice, person_id: str) -> list[tuple[str, str]]:
    """Template and state of what was queued to a person, in the order of queueing."""
    async with practice.house.store.read() as connection:
        query = select(mail_table.c.template, mail_table.c.state).where(
            mail_table.c.person_id == person_id, mail_table.c.channel == Channel.EMAIL.value
        )
        rows = await connection.execute(query.order_by(mail_table.c.created_at_ms))
        return [(template.removeprefix("booking_"), state) for template, state in rows]


async def sent(practice: Practice, person_id: str, template: str) -> list[mails.Content]:
    key = await practice.house.keys.key_of(person_id)
    async with practice.house.store.read() as connection:
        found = await mails.newest(connection, 100)
    opened = [one.open(key) for one in found if one.person_id == person_id and one.template == f"booking_{template}"]
    return [content for content in opened if content is not None]


def entry(content: mails.Content) -> Any:
    assert content.attachment is not None
    [event] = icalendar.Calendar.from_ical(content.attachment.text).walk("VEVENT")
    return event


async def test_both_are_written_to_and_reminded_a_day_and_an_hour_before(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    answers = [{"question": "What is it about?", "answer": SECRET}]
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10), answers=answers))
    queued = SendState.QUEUED.value
    for person_id in (client_id, therapist_id):
        assert sorted(await letters(practice, person_id)) == [
            ("confirmed", queued),
            ("reminder", queued),
            ("reminder", queued),
        ]
    [content] = await sent(practice, client_id, "confirmed")
    assert content.facts["with_name"] == "Amara Okafor"
    [other] = await sent(practice, therapist_id, "confirmed")
    assert (other.facts["with_name"], other.facts["zone"]) == ("Sam R.", "UTC")
    event = entry(content)
    assert (event["UID"], event.start) == (made["id"], datetime.fromtimestamp(at(DAYS, 10) / 1000, UTC))
    assert SECRET not in str(content) + str(other)


async def test_a_move_updates_the_same_calendar_entry_and_the_reminders(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    client_id, client = await practice.client()
    old = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    move = {"new_id": str(uuid.uuid4()), "starts_at_ms": at(DAYS, 12), "words": SECRET}
    new = await ok(client, "POST", f"/api/bookings/{old['id']}/move", move)
    [before] = await sent(practice, client_id, "confirmed")
    [after] = await sent(practice, client_id, "moved")
    assert (after.facts["was_ms"], after.facts["at_ms"]) == (at(DAYS, 10), at(DAYS, 12))
    assert entry(before)["UID"] == entry(after)["UID"] == old["id"]
    assert entry(before)["SEQUENCE"] < entry(after)["SEQUENCE"]
    assert SECRET not in str(after)
    states = [state for template, state in await letters(practice, client_id) if template == "reminder"]
    assert states.count(SendState.QUEUED.value) == states.count(SendState.DROPPED.value) == 2
    await ok(client, "POST", f"/api/bookings/{new['id']}/cancel", {"words": SECRET, "is_forfeit": False})
    [gone] = await sent(practice, therapist_id, "cancelled")
    assert (entry(gone)["UID"], entry(gone)["STATUS"]) == (old["id"], "CANCELLED")
    assert entry(after)["SEQUENCE"] < entry(gone)["SEQUENCE"]
    assert ("reminder", SendState.QUEUED.value) not in await letters(practice, client_id)


async def test_a_request_is_told_and_then_its_answer(practice: Practice) -> None:
    await offer_by_hand(practice)
    therapist_id, therapist = await practice.therapist()
    client_id, client = await practice.client()
    first = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    second = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 12)))
    assert {template for template, _ in await letters(practice, therapist_id)} == {"requested"}
    assert {template for template, _ in await letters(practice, client_id)} == {"asked"}
    await ok(therapist, "POST", f"/api/bookings/{first['id']}/confirm")
    await ok(therapist, "POST", f"/api/bookings/{second['id']}/decline", {"words": ""})
    told = [template for template, _ in await letters(practice, client_id)]
    assert sorted(told) == ["asked", "asked", "confirmed", "declined", "reminder", "reminder"]


async def test_a_booking_is_taken_along_as_a_calendar_file_by_its_two_people_alone(practice: Practice) -> None:
    therapist_id, _ = await practice.therapist()
    _, client = await practice.client()
    made = await ok(client, "POST", "/api/bookings", booking_of(therapist_id, at(DAYS, 10)))
    path = f"/api/bookings/{made['id']}/session.ics"
    async with client.http.get(path, headers={"Cookie": f"__Host-sign-in={client.token}"}) as response:
        assert response.content_type == "text/calendar"
        [event] = icalendar.Calendar.from_ical(await response.text()).walk("VEVENT")
    assert (event["UID"], "ATTENDEE" in event) == (made["id"], False)
    _, stranger = await practice.client()
    assert (await stranger.ask("GET", path))[0] == 404
