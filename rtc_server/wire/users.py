"""Messages of a therapist's users panel, of services, and of allowances that are granted."""

from typing import Annotated

from msgspec import Meta

from booking_core.packages import Form
from rtc_server.wire.allowances import LeftView
from rtc_server.wire.bookings import BookingView, ServiceId, ServiceView
from rtc_server.wire.calendar import Day
from rtc_server.wire.care import ConsentOnFile
from rtc_server.wire.tables import ADMIN, ANY, THERAPIST, Route
from rtc_server.wire.types import Body, Id, Instant, Kind, Line, Method, Name, ShortText, View

QuestionText = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]+$")]
Sessions = Annotated[int, Meta(ge=1, le=1_000)]
Minutes = Annotated[int, Meta(ge=0, le=43_200)]  # up to thirty days


class UserRow(View):
    id: str
    name: str
    sessions: int  # held
    last_at_ms: Instant | None
    next_at_ms: Instant | None


class UsersView(View):
    users: list[UserRow]  # the latest first


class UserView(View):
    id: str
    name: str
    first_name: str
    ahead: list[BookingView]  # with those that are over and unsettled
    past: list[BookingView]
    packages: list[LeftView]  # of this therapist's, used up or not
    services: list[ServiceView]
    consent: ConsentOnFile | None  # None: they are of age


class BookingSchedule(Body):
    id: Id  # made by the page: a retry is the same booking
    service_id: ServiceId
    starts_at_ms: Instant
    method: Method


class PackageGrant(Body):
    id: Id
    name: Name
    kind: Kind
    sessions: Sessions
    until: Day | None = None


class ServicesView(View):
    """The practice's catalogue for an operator, a practitioner's own services for a therapist."""

    services: list["ServiceForm"]


class ServiceForm(View):
    id: str
    name: str
    kind: Kind
    price_pence: int
    minutes: int
    methods: list[Method]
    questions: list[str]
    is_paid: bool
    is_confirmed_by_hand: bool
    is_offered: bool
    move_minutes: int
    cancel_minutes: int
    is_late_returned: bool
    moves_max: int | None


class ServiceSave(Body):
    id: ServiceId
    name: Name
    kind: Kind
    price_pence: Annotated[int, Meta(ge=0, le=1_000_000)]
    minutes: Annotated[int, Meta(ge=15, le=240, multiple_of=15)]
    methods: Annotated[list[Method], Meta(min_length=1, max_length=3)]
    questions: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]+$")]], Meta(max_length=10)
    ]
    is_paid: bool
    is_confirmed_by_hand: bool
    is_offered: bool
    move_minutes: Minutes
    cancel_minutes: Minutes
    is_late_returned: bool
    moves_max: Annotated[int, Meta(ge=0, le=100)] | None


class AllowanceFind(Body):
    email: Line


class AllowanceGrant(Body):
    id: Id
    email: Line
    kind: Kind
    form: Form
    name: ShortText
    sessions: Sessions | None = None
    until: Day | None = None


class ClientAllowances(View):
    client_id: str
    name: str
    allowances: list[LeftView]


ROUTES: dict[str, Route] = {
    "GET /api/users": Route(None, UsersView, THERAPIST, "Everyone the therapist has seen"),
    "GET /api/users/{id}": Route(None, UserView, THERAPIST, "One of them: bookings and packages", audit="person:read"),
    "GET /api/users/{id}/guardian-consent": Route(
        None, None, THERAPIST, "The guardian's signed consent that is on file", audit="guardian:read", gives=ANY
    ),
    "POST /api/users/{id}/bookings": Route(
        BookingSchedule, BookingView, THERAPIST, "Book for a client", audit="booking:schedule"
    ),
    "POST /api/users/{id}/packages": Route(
        PackageGrant, UserView, THERAPIST, "Assign a package of sessions", audit="allowance:grant"
    ),
    "GET /api/services": Route(None, ServicesView, THERAPIST | ADMIN, "One's own services, or the practice's"),
    "PUT /api/services": Route(
        ServiceSave, ServicesView, THERAPIST | ADMIN, "Add or change a service", audit="services:change"
    ),
    "POST /api/allowances/find": Route(AllowanceFind, ClientAllowances, ADMIN, "A client's allowances"),
    "POST /api/allowances": Route(
        AllowanceGrant, ClientAllowances, ADMIN, "Grant an allowance", audit="allowance:grant"
    ),
    "DELETE /api/allowances/{id}": Route(None, None, ADMIN, "End an allowance", audit="allowance:end"),
}
