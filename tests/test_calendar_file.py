"""Calendar files, read by a second parser than the one that writes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from booking_core.calendar_file import Entry, Method, calendar_file

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENTRY = Entry(
    uid="0f8c@talk.example",
    sequence=2,
    starts_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # half an hour before the clocks go back
    length_minutes=60,
    summary="Session with Amara Okafor",
    organizer="no-reply@talk.example",
    description="Join from ten minutes before.",
    location="By video",
    url="https://talk.example/sessions",
)


@pytest.mark.parametrize("method", list(Method))
def test_a_second_parser_reads_what_was_written(method: Method) -> None:
    entry = ENTRY if method is Method.PUBLISH else replace(ENTRY, attendee="sam@people.example")
    calendar = vobject.readOne(calendar_file(entry, method, NOW), validate=True)
    event = calendar.vevent
    assert calendar.method.value == method and calendar.version.value == "2.0"
    assert event.uid.value == ENTRY.uid and event.sequence.value == "2"
    assert event.dtstart.value == ENTRY.starts_at
    assert event.dtend.value - event.dtstart.value == timedelta(minutes=60)
    assert (event.summary.value, event.location.value, event.url.value) == (ENTRY.summary, "By video", ENTRY.url)
    assert event.status.value == ("CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    assert event.organizer.value == "mailto:no-reply@talk.example"
    is_sent = method is not Method.PUBLISH
    assert hasattr(event, "attendee") == is_sent
    if is_sent:
        assert event.attendee.value == "mailto:sam@people.example" and event.attendee.params["RSVP"] == ["FALSE"]


def test_lines_are_ended_and_folded_as_the_rfc_asks() -> None:
    text = calendar_file(replace(ENTRY, description="Ä long line, " * 40), Method.PUBLISH, NOW)
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert "\n" not in "".join(lines) and all(len(line.encode()) <= 75 for line in lines)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_whatever_somebody_is_called_stays_in_its_own_line(name: str) -> None:
    name = name.strip() or "Sam"
    event = vobject.readOne(calendar_file(replace(ENTRY, summary=name), Method.PUBLISH, NOW)).vevent
    assert event.summary.value == name
    assert event.uid.value == ENTRY.uid


def test_times_that_are_not_utc_are_a_mistake() -> None:
    with pytest.raises(AssertionError):
        calendar_file(replace(ENTRY, starts_at=datetime(2026, 10, 25, 0, 30)), Method.PUBLISH, NOW)
