"""A booking as a calendar file (RFC 5545), to be taken along or sent with e-mail (methods of RFC 5546).

Pure. Easy to break: a calendar keeps one entry per `uid` and believes the higher `sequence`, so whoever moves or
cancels a booking raises it; and times are UTC, which every calendar shows in its owner's own zone on both sides of a
clock change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Quick Connect//Sessions//EN"


class Method(StrEnum):
    PUBLISH = "PUBLISH"  # a file that is taken along
    REQUEST = "REQUEST"  # with e-mail: enter it, or move what is there
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Entry:
    """`uid` stays the same for the life of the booking, its successors included. `organizer` and `attendee` are
    e-mail addresses; `attendee` is needed for everything but PUBLISH, where RFC 5546 forbids it."""

    uid: str
    sequence: int
    starts_at: datetime  # UTC
    length_minutes: int
    summary: str
    organizer: str
    attendee: str | None = None
    description: str = ""
    location: str = ""
    url: str = ""


def calendar_file(entry: Entry, method: Method, now: datetime) -> str:
    """The whole file, lines ended and folded as the RFC asks. `now` is UTC."""
    assert entry.starts_at.utcoffset() == now.utcoffset() == timedelta(0), "a calendar file is in UTC"
    assert (entry.attendee is None) == (method is Method.PUBLISH), "PUBLISH has no attendee, the others need one"
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.starts_at + timedelta(minutes=entry.length_minutes))
    event.add("summary", entry.summary)
    for name in ("description", "location", "url"):
        if text := getattr(entry, name):
            event.add(name, text)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("organizer", vCalAddress(f"mailto:{entry.organizer}"))
    if entry.attendee is not None:
        attendee = vCalAddress(f"mailto:{entry.attendee}")
        # Nobody reads what comes back, so no answer is asked for.
        attendee.params["RSVP"] = vText("FALSE")
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        event.add("attendee", attendee)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())
