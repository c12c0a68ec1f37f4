"""Messages of booking: what may be booked, with whom, when; bookings and what is left of an allowance."""

from typing import Annotated

from msgspec import Meta

from booking_core.booking import Outcome, State
from booking_core.matching import Reason
from rtc_server.wire.allowances import LeftView
from rtc_server.wire.people import TherapistCard
from rtc_server.wire.tables import CLIENT, PAIR, THERAPIST, Route
from rtc_server.wire.types import Area, Body, Gender, Id, Instant, Kind, Language, Method, PaidWith, Pence, View

ServiceId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,36}$")]
Words = Annotated[str, Meta(max_length=500)]


class QuestionView(View):
    text: str
    options: list[str]  # none: answered in the client's own words


class AreaQuestions(View):
    area: Area
    name: str
    questions: list[QuestionView]


class ServiceView(View):
    id: str
    name: str
    kind: Kind
    price_pence: Pence  # 0: not paid here
    minutes: int
    methods: list[Method]
    questions: list[str]
    is_confirmed_by_hand: bool
    is_own: bool  # a practitioner's own
    move_minutes: int
    cancel_minutes: int
    is_late_returned: bool
    moves_max: int | None


class BookingForm(View):
    """What the way to a booking begins with."""

    areas: list[AreaQuestions]
    languages: list[str]
    balance: list[LeftView]
    my_therapist: TherapistCard | None


class TherapistFind(Body):
    kind: Kind
    area: Area
    gender: Gender = "none"
    language: Language = "en"
    is_change: bool = False


class Suggestion(View):
    card: TherapistCard
    reasons: list[Reason]
    first_free_ms: Instant | None


class Suggestions(View):
    therapists: list[Suggestion]  # the one to suggest first at the front


class TherapistServices(View):
    card: TherapistCard
    services: list[ServiceView]
    packages: list[LeftView]  # of this practitioner's, with something left


class FreeAsk(Body):
    service_id: ServiceId
    from_ms: Instant
    to_ms: Instant
    moving_id: Id | None = None  # the booking that is to be moved, whose own time is free


class FreeView(View):
    starts: list[Instant]
    next_ms: Instant | None  # the first free one after the span


class FormAnswer(Body):
    question: Annotated[str, Meta(max_length=200)]
    answer: Annotated[str, Meta(max_length=1_000)]


class BookingMake(Body):
    id: Id  # made by the page: a retry is the same booking
    therapist_id: Id
    service_id: ServiceId
    starts_at_ms: Instant
    method: Method
    area: Area
    language: Language
    answers: Annotated[list[FormAnswer], Meta(max_length=20)]
    price_pence: Annotated[int, Meta(ge=0, le=1_000_000)]  # as the person was shown
    paid_with: PaidWith  # as the person was shown
    allowance_id: Id | None = None  # this package and no other


class BookingQuote(Body):
    therapist_id: Id
    service_id: ServiceId
    starts_at_ms: Instant
    allowance_id: Id | None = None


class QuoteView(View):
    """What a booking would cost, before the click."""

    price_pence: Pence
    paid_with: PaidWith
    left: LeftView | None  # before this session is taken from it
    available_pence: Pence
    is_confirmed_by_hand: bool
    move_until_ms: Instant
    cancel_until_ms: Instant
    is_late_returned: bool


class BookingMove(Body):
    new_id: Id
    starts_at_ms: Instant
    words: Words


class BookingCancel(Body):
    words: Words
    is_forfeit: bool  # as the person was shown


class BookingDecline(Body):
    words: Words


class BookingOutcome(Body):
    """What a session by telephone or in person was, as its therapist says."""

    outcome: Outcome


class BookingJoin(Body):
    """A client's first *Join* says yes to the terms and answers about the transcript."""

    terms_version: Annotated[str, Meta(max_length=40)] = ""
    wants_transcript: bool = False


class JoinedView(View):
    session_id: str


class BookingView(View):
    id: str
    version: int
    state: State
    reason: str  # client, therapist, rescheduled, lapsed
    words: str  # why, in somebody's own words
    kind: Kind
    method: Method
    service_id: str
    service_name: str
    area: str
    starts_at_ms: Instant
    ends_at_ms: Instant
    now_ms: Instant
    therapist: TherapistCard
    client_id: str
    client_name: str
    price_pence: Pence
    paid_with: PaidWith
    is_own_package: bool  # of this therapist's: it was paid for outside, so that nothing is paid here
    join_from_ms: Instant | None  # None: there is no room, it is by telephone or in person
    outcome_from_ms: Instant | None  # from then on this viewer may say what it was; None: it is not theirs to say
    is_room_open: bool
    is_other_there: bool  # the other side waits in the room
    has_agreed: bool  # this client has said yes to the terms of this session
    offers_transcript: bool
    move_until_ms: Instant | None  # None: it can no longer be moved by this viewer
    is_forfeit: bool  # cancelling now would use it up
    cancel_until_ms: Instant  # until then nothing is lost
    successor_id: str | None
    answers: list["GivenAnswer"]  # for the therapist


class GivenAnswer(View):
    question: str
    answer: str


class ActivityView(View):
    """How much of what somebody may take in this month is booked."""

    kind: Kind
    booked: int
    of: int | None  # None: as many as they like
    percent: int | None


class BookingsView(View):
    ahead: list[BookingView]  # the next first
    past: list[BookingView]  # the newest first
    unsettled: list[BookingView]  # over, and their therapist has yet to say what they were; the oldest first
    balance: list[LeftView]
    activity: list[ActivityView]
    my_therapist: TherapistCard | None
    quick_minutes: int  # a quick session may last so long: whom one has a booking with sooner would wait


class BookingsChanged(View):
    """Something changed about the viewer's bookings; the page asks anew."""


SERVER_EVENTS: dict[str, type[View]] = {
    "bookings:changed": BookingsChanged,
}
ROUTES: dict[str, Route] = {
    "GET /api/booking-form": Route(None, BookingForm, CLIENT, "Areas with their questions, and what is left"),
    "POST /api/therapists/find": Route(TherapistFind, Suggestions, CLIENT, "Who fits, and why"),
    "GET /api/therapists/{id}/services": Route(None, TherapistServices, CLIENT, "What may be booked with them"),
    "POST /api/therapists/{id}/free": Route(FreeAsk, FreeView, PAIR, "When a session may begin"),
    "POST /api/bookings/quote": Route(BookingQuote, QuoteView, CLIENT, "What a booking would cost"),
    "GET /api/bookings": Route(None, BookingsView, PAIR, "One's own bookings, and what is left"),
    "POST /api/bookings": Route(BookingMake, BookingView, CLIENT, "Book"),
    "GET /api/bookings/{id}": Route(None, BookingView, PAIR, "One booking"),
    "GET /api/bookings/{id}/session.ics": Route(
        None, None, PAIR, "One booking as a calendar file", gives="text/calendar"
    ),
    "POST /api/bookings/{id}/move": Route(BookingMove, BookingView, PAIR, "To another time", audit="booking:move"),
    "POST /api/bookings/{id}/cancel": Route(BookingCancel, BookingView, PAIR, "Cancel", audit="booking:cancel"),
    "POST /api/bookings/{id}/confirm": Route(
        None, BookingView, THERAPIST, "Confirm a requested booking", audit="booking:confirm"
    ),
    "POST /api/bookings/{id}/decline": Route(
        BookingDecline, BookingView, THERAPIST, "Decline a requested booking", audit="booking:decline"
    ),
    "POST /api/bookings/{id}/outcome": Route(
        BookingOutcome, BookingView, THERAPIST, "Say what one without a room was", audit="booking:outcome"
    ),
    "POST /api/bookings/{id}/join": Route(BookingJoin, JoinedView, PAIR, "Go to the room of a booked session"),
}
