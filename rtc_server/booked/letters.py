"""What is written to whom when a booking changes: a mail to each side with its calendar file, and reminders.

Easy to break: keys, names and addresses are gathered before the transaction, `write` only queues inside it; and no mail
carries what somebody wrote, neither the answers of the form nor why a session was moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from booking_core import booking, bookings, calendar_file, calendars
from booking_core.booking import Booking, Money, State
from booking_core.people import People
from rtc_server.adapters.seal import KeyStore, SealKey
from rtc_server.outgoing.letters import FORMS, Attachment, Template
from rtc_server.store import mail

SUMMARY = "Session"  # in a calendar others may look into
FILE_NAME = "session.ics"


@dataclass(frozen=True)
class Party:
    person_id: str
    seal: SealKey
    name: str
    email: str


@dataclass(frozen=True)
class Post:
    """Whom the mails of one booking go to, and from."""

    client: Party
    therapist: Party
    organizer: str
    public_url: str
    reminders_s: tuple[float, ...]

    def other(self, party: Party) -> Party:
        return self.therapist if party is self.client else self.client


@dataclass(frozen=True)
class Desk:
    """One per web process. `organizer` is the address mail comes from; reminders go this long before the start."""

    keys: KeyStore
    people: People
    organizer: str
    public_url: str
    reminders_s: tuple[float, ...]

    async def gather(self, client_id: str, therapist_id: str) -> Post:
        client, therapist = [await self._party(person_id) for person_id in (client_id, therapist_id)]
        return Post(client, therapist, self.organizer, self.public_url, self.reminders_s)

    async def _party(self, person_id: str) -> Party:
        person = await self.people.person(person_id)
        initial = f" {person.last_name[:1]}." if person.last_name else ""
        name = f"{person.first_name} {person.last_name}" if person.role == "therapist" else person.first_name + initial
        return Party(person_id, await self.keys.key_of(person_id), name, person.email)


# Which mail each step means for each side; what is not here is told on the pages alone.
FOR_CLIENT: Mapping[str, Template] = {
    "Requested": Template.BOOKING_ASKED,
    "Booked": Template.BOOKING_CONFIRMED,
    "Confirmed": Template.BOOKING_CONFIRMED,
    "Declined": Template.BOOKING_DECLINED,
    "Lapsed": Template.BOOKING_DECLINED,
    "Cancelled": Template.BOOKING_CANCELLED,
    "Rescheduled": Template.BOOKING_MOVED,
}
FOR_THERAPIST: Mapping[str, Template] = {
    "Requested": Template.BOOKING_REQUESTED,
    "Booked": Template.BOOKING_CONFIRMED,
    "Confirmed": Template.BOOKING_CONFIRMED,
    "Cancelled": Template.BOOKING_CANCELLED,
    "Rescheduled": Template.BOOKING_MOVED,
}
WITH_FILE = frozenset({Template.BOOKING_CONFIRMED, Template.BOOKING_MOVED, Template.BOOKING_CANCELLED})


async def write(
    connection: AsyncConnection, post: Post, one: Booking, step: str, now_ms: int, was_ms: int | None = None
) -> None:
    """Queue what this step means for both, `was_ms` when it has another time now; and keep the reminders right."""
    calendar = await calendars.load(connection, one.therapist_id)
    zones = {post.therapist.person_id: "" if calendar is None else calendar.zone}
    uid, depth = await bookings.root(connection, one)
    for party, templates in ((post.client, FOR_CLIENT), (post.therapist, FOR_THERAPIST)):
        template = templates.get(step)
        if template is None:
            continue
        attachment = None
        if template in WITH_FILE:
            is_over = template is Template.BOOKING_CANCELLED
            method = calendar_file.Method.CANCEL if is_over else calendar_file.Method.REQUEST
            text = calendar_text(post, one, uid, depth, method, now_ms, party.email)
            attachment = Attachment(FILE_NAME, f"text/calendar; method={method.value}", text)
        await mail.queue(
            connection,
            party.seal,
            party.person_id,
            template,
            _facts(post, party, one, template, zones.get(party.person_id, ""), was_ms),
            key=f"booking:{one.id}:{one.version}:{party.person_id}",
            now_ms=now_ms,
            attachment=attachment,
        )
    await _remind(connection, post, one, zones, now_ms)


async def _remind(connection: AsyncConnection, post: Post, one: Booking, zones: Mapping[str, str], now_ms: int) -> None:
    for party in (post.client, post.therapist):
        for before_s in post.reminders_s:
            if one.state is not State.CONFIRMED:
                # Nobody is reminded of what does not take place.
                await mail.drop(connection, _reminder_key(one, before_s, party.person_id), "ended", now_ms)
                continue
            due_at_ms = one.starts_at_ms - int(before_s * 1000)
            if due_at_ms <= now_ms:
                continue
            template = Template.BOOKING_REMINDER
            await mail.queue(
                connection,
                party.seal,
                party.person_id,
                template,
                _facts(post, party, one, template, zones.get(party.person_id, ""), None),
                key=_reminder_key(one, before_s, party.person_id),
                now_ms=now_ms,
                due_at_ms=due_at_ms,
                dies_at_ms=one.starts_at_ms,
            )


def _reminder_key(one: Booking, before_s: float, person_id: str) -> str:
    return f"reminder:{one.id}:{before_s:g}:{person_id}"


def _facts(
    post: Post, party: Party, one: Booking, template: Template, zone: str, was_ms: int | None
) -> dict[str, str | int]:
    known: dict[str, str | int] = {
        "with_name": post.other(party).name,
        "at_ms": one.starts_at_ms,
        "length_minutes": one.minutes,
        "method": one.method,
        "more": _more(party is post.client, one),
        "link": "/sessions" if party is post.client else "/",
    }
    if was_ms is not None:
        known["was_ms"] = was_ms
    facts = {name: value for name, value in known.items() if name in FORMS[template].facts}
    return {**facts, "zone": zone} if zone else facts


def _more(is_client: bool, one: Booking) -> str:
    """What it means for this reader, in fixed words."""
    if one.state is State.CONFIRMED and one.method == "video":
        return "You can join on our pages from ten minutes before."
    if not is_client or one.state in booking.LIVE:
        return ""
    if booking.money_of(one) is Money.TAKEN:
        return "It was cancelled late, so that it is used up and not given back."
    return "" if one.paid_with == "nothing" else "What was set aside for it has been given back."


def calendar_text(
    post: Post,
    one: Booking,
    uid: str,
    depth: int,
    method: calendar_file.Method,
    now_ms: int,
    attendee: str | None,
) -> str:
    """`depth`: how often it was moved, so that a later time counts as the newer word."""
    entry = calendar_file.Entry(
        uid=uid,
        sequence=depth * 10 + one.version,
        starts_at=datetime.fromtimestamp(one.starts_at_ms / 1000, UTC),
        length_minutes=one.minutes,
        summary=SUMMARY,
        organizer=post.organizer,
        attendee=attendee,
        url=f"{post.public_url}/sessions",
    )
    return calendar_file.calendar_file(entry, method, datetime.fromtimestamp(now_ms / 1000, UTC))
