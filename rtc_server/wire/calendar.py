"""Messages of a therapist's availability."""

from typing import Annotated

from msgspec import Meta

from booking_core.availability import Repeat
from rtc_server.wire.tables import THERAPIST, Route
from rtc_server.wire.types import Body, Id, Instant, View

Day = Annotated[str, Meta(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]  # ISO 8601
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):(00|15|30|45)$")]
Zone = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$")]  # of the time zone database


class WeekAsk(Body):
    day: Day  # any day of the week


class RuleAdd(Body):
    id: Id  # made by the page: a retry is the same rule
    day: Day
    at: TimeOfDay
    repeat: Repeat
    until: Day | None = None  # the last day, itself included


class RulePreview(View):
    """What adding a rule would come to, of its hours in the weeks that can be booked."""

    adds: int
    already: int  # of these fall on hours that are open already
    missing: int  # left out, because the clocks skip them


class RuleSet(Body):
    is_on: bool


class HourSet(Body):
    """Close one open hour, or open it again, without touching the others of its rule."""

    starts_at_ms: Instant
    is_open: bool


class CalendarSet(Body):
    zone: Zone
    buffer_minutes: Annotated[int, Meta(ge=0, le=120)]


class HourView(View):
    starts_at_ms: Instant
    day: str  # on the therapist's wall
    at: str
    rules: list[str]  # ids; more than one, or an overlap, is a clash
    is_clash: bool


class BookedHour(View):
    booking_id: str
    client_id: str
    starts_at_ms: Instant
    day: str
    at: str
    minutes: int
    name: str
    is_requested: bool


class MissingHour(View):
    day: str
    at: str


class ClockChangeView(View):
    day: str
    minutes: int  # forward: above zero


class RuleView(View):
    id: str
    day: str
    at: str
    repeat: Repeat
    until: str | None


class WeekView(View):
    monday: str
    zone: str
    buffer_minutes: int
    hours: list[HourView]
    booked: list[BookedHour]
    missing: list[MissingHour]
    changes: list[ClockChangeView]
    rules: list[RuleView]


ROUTES: dict[str, Route] = {
    "POST /api/availability/week": Route(WeekAsk, WeekView, THERAPIST, "One week as it comes out, and its rules"),
    "POST /api/availability/preview": Route(RuleAdd, RulePreview, THERAPIST, "What a rule would come to"),
    "POST /api/availability/rules": Route(RuleAdd, None, THERAPIST, "Add open hours"),
    "PUT /api/availability/rules/{id}": Route(RuleSet, None, THERAPIST, "Take a rule away, or put it back"),
    "PUT /api/availability/hours": Route(HourSet, None, THERAPIST, "Close one open hour, or open it again"),
    "PUT /api/availability": Route(CalendarSet, None, THERAPIST, "Time zone, and the buffer after bookings"),
}
