"""Messages of duty, pool and requests."""

from typing import Literal

from rtc_server.pool import State, Why
from rtc_server.wire.people import TherapistCard
from rtc_server.wire.tables import CLIENT, PAIR, THERAPIST, ClientEvent
from rtc_server.wire.types import Area, Body, Empty, Gender, Id, Instant, Language, Note, Pence, Phone, ShortText, View

CardState = Literal["waiting", "taken", "cancelled", "expired", "hidden"]


class DutySet(Body):
    is_on: bool


class DutyView(View):
    status: Literal["on_duty", "in_session", "off"]
    on_duty: int  # therapists on duty now


class CardView(View):
    """A waiting client as a therapist sees them. `state` other than waiting means the card leaves the pool."""

    id: str
    version: int
    state: CardState
    first_name: str
    area: str
    issue: str
    language: str
    note: str
    is_chat_only: bool
    is_worried: bool
    is_rehearsal: bool  # a scripted client's: shown to one therapist, counted nowhere
    place: int  # as drawn, which is the order of cards: a place kept for a callback is older than the request
    placed_at_ms: Instant
    yours_until_ms: Instant | None  # the client's own therapist: nobody else sees it before


class PoolView(View):
    cards: list[CardView]
    waiting: int


class RequestPlace(Body):
    id: Id  # made by the page: a retry is the same request
    area: Area
    issue: ShortText = ""
    therapist_gender: Gender = "none"
    language: Language = "en"
    note: Note = ""
    is_chat_only: bool = False
    is_worried: bool = False


class RequestRef(Body):
    id: Id


class RequestWiden(Body):
    """The client gives up what narrowed the choice; what is not named stays as it was."""

    id: Id
    drop_gender: bool = False
    language: Language | None = None


class RequestCallback(Body):
    """Stop waiting and be told by text when somebody is free. `phone` is kept in the account when it is given."""

    id: Id
    phone: Phone | None = None


class Prompts(View):
    """What a client who has waited a while may do beside waiting on. Nothing of it happens by itself."""

    may_drop_gender: bool  # somebody is on duty who would then see the card
    languages: list[str]  # others that somebody on duty speaks
    needs_phone: bool  # a callback has to be asked for with a number: the account has none


class RequestView(View):
    """A request as its client, or the therapist who holds it, sees it."""

    id: str
    version: int
    state: State
    reason: str  # absent, callback, operator, … for final states; else why it came back to waiting, or ""
    place: int | None  # 1 + rank among those waiting in the same language
    wait_low_s: int | None  # while waiting; None: we cannot say
    wait_high_s: int | None
    prompt_at_ms: Instant | None  # while waiting: from then on `prompts` is there
    prompts: Prompts | None
    place_kept_until_ms: Instant | None  # cancelled for a callback: asking again before takes the same place
    taken_out: Why | Literal[""]  # by an operator, and why
    therapist_gender: Gender
    placed_at_ms: Instant
    answer_by_ms: Instant | None  # while accepted: until when the client may say yes
    now_ms: Instant
    session_id: str | None
    first_name: str  # the client's
    area: str
    issue: str
    note: str
    language: str
    is_chat_only: bool
    is_worried: bool
    is_rehearsal: bool
    price_pence: Pence
    therapist: TherapistCard | None
    therapist_offers_transcript: bool


class CurrentRequest(View):
    request: RequestView | None


class RequestAgree(Body):
    """The client's yes. `key` makes a retry the same yes."""

    id: Id
    key: Id
    page_id: Id
    terms_version: ShortText
    wants_transcript: bool


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "duty:set": ClientEvent(DutySet, DutyView, THERAPIST),
    "duty:get": ClientEvent(Empty, DutyView, THERAPIST),
    "pool:get": ClientEvent(Empty, PoolView, THERAPIST),
    "request:current": ClientEvent(Empty, CurrentRequest, PAIR),
    "request:place": ClientEvent(RequestPlace, RequestView, CLIENT),
    "request:cancel": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:widen": ClientEvent(RequestWiden, RequestView, CLIENT),
    "request:callback": ClientEvent(RequestCallback, RequestView, CLIENT),
    "request:accept": ClientEvent(RequestRef, RequestView, THERAPIST),
    "request:withdraw": ClientEvent(RequestRef, None, THERAPIST),
    "request:decline": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:agree": ClientEvent(RequestAgree, RequestView, CLIENT),
}
SERVER_EVENTS: dict[str, type[View]] = {
    "duty:changed": DutyView,
    "pool:changed": PoolView,
    "card:changed": CardView,
    "request:changed": RequestView,
}
