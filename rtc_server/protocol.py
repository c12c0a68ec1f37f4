"""The wire, declared once: every socket event and every HTTP body.

TypeScript types, OpenAPI, the event catalogue and doc tables are generated from the three tables at the end
(`protocol_export.py`). Unknown fields are refused and limits stand in the types. Who is speaking comes from the
connection, never from a body. Times are UTC milliseconds since the epoch, money is integer pence, ids are UUID text.
"""

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

PROTOCOL_VERSION = 1
PROTOCOL_VERSIONS_ACCEPTED = (1,)

Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
ShortText = Annotated[str, Meta(max_length=80)]
Line = Annotated[str, Meta(max_length=254)]
Note = Annotated[str, Meta(max_length=2_000)]
ChatText = Annotated[str, Meta(min_length=1, max_length=4_000)]
NotesText = Annotated[str, Meta(max_length=50_000)]
Instant = Annotated[int, Meta(ge=0)]
Pence = int
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class Body(Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of what comes in: an unknown field is `bad_message`."""


class View(Struct, kw_only=True):
    """Base of what goes out."""


class Empty(Body):
    pass


class Hello(Body):
    """What a socket says when it connects."""

    protocol: int
    page_id: Id | None = None


class Role(StrEnum):
    CLIENT = "client"
    THERAPIST = "therapist"
    ADMIN = "admin"


class Seat(StrEnum):
    CLIENT = "client"
    THERAPIST = "therapist"


Area = Literal["mind", "body", "relationship", "growth", "addiction", "work"]
Gender = Literal["female", "male", "none"]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]


# People and sign-in


class SignIn(Body):
    email: Line
    password: Annotated[str, Meta(max_length=1_024)]


class Me(View):
    id: str
    role: Role
    first_name: str
    last_name: str
    photo: str | None
    protocol: int = PROTOCOL_VERSION


class TherapistCard(View):
    """A therapist as the client sees them."""

    id: str
    first_name: str
    last_name: str
    title: str
    experience_years: int
    languages: list[str]
    areas: list[str]
    bio: str
    photo: str | None


class AccountView(View):
    me: Me
    email: str
    card: TherapistCard | None
    transcripts_on: bool | None  # therapists only: the standing choice


class AccountChange(Body):
    transcripts_on: bool


class TermsView(View):
    version: str
    text: str
    transcript_version: str
    transcript_text: str


class AreaChoice(View):
    area: Area
    name: str
    issues: list[str]


class HomeView(View):
    """What the client's home and the form need before anything is asked."""

    on_duty: int
    wait_low_s: int | None  # None: we cannot say
    wait_high_s: int | None
    price_pence: Pence
    length_minutes: int
    available_pence: Pence
    held_pence: Pence
    areas: list[AreaChoice]
    languages: list[str]
    upcoming_session_id: str | None  # a live session to go back to
    completed: list["PastSession"]


class PastSession(View):
    session_id: str
    with_name: str
    at_ms: Instant
    length_s: int
    charged_pence: Pence


# Duty and pool


class DutySet(Body):
    is_on: bool


class DutyView(View):
    status: Literal["on_duty", "in_session", "off"]
    on_duty: int  # therapists on duty now


class CardView(View):
    """A waiting client as a therapist sees them. `state` other than waiting means the card leaves the pool."""

    id: str
    version: int
    state: Literal["waiting", "taken", "cancelled", "expired", "hidden"]
    first_name: str
    area: str
    issue: str
    language: str
    note: str
    is_chat_only: bool
    is_worried: bool
    placed_at_ms: Instant


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


class RequestView(View):
    """A request as its client, or the therapist who holds it, sees it."""

    id: str
    version: int
    state: Literal["waiting", "accepted", "joining", "in_call", "ended", "cancelled", "expired", "failed"]
    reason: str  # absent, callback, operator, … for final states; else why it came back to waiting, or ""
    place: int | None  # 1 + rank among those waiting in the same language
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


# Room


class RoomRef(Body):
    session_id: Id
    page_id: Id


class PersonInRoom(View):
    first_name: str
    last_name: str
    is_present: bool
    is_muted: bool
    is_camera_on: bool
    has_stepped_away: bool
    has_left: bool  # by End session; they may come back while the room is open


class RoomView(View):
    """A room as one of its two people sees it."""

    session_id: str
    version: int
    phase: Literal["warming", "open", "live", "interrupted", "ended"]
    ended_reason: str
    seat: Seat
    link: int
    page_id: str | None  # the page that holds this viewer's seat
    client: PersonInRoom
    therapist: PersonInRoom
    is_chat_only: bool
    agreed_at_ms: Instant | None
    live_at_ms: Instant | None
    ends_at_ms: Instant | None  # length over; grace follows
    now_ms: Instant
    may_end_alone: bool
    transcript: "TranscriptSign"
    chat_seq: Seq
    mute_asked: bool  # the other side asked this viewer to mute


class TranscriptSign(View):
    """What the recorder really does, and who agreed."""

    client_agreed: bool
    therapist_agreed: bool
    client_leg: Literal["none", "opening", "recording", "closed"]
    therapist_leg: Literal["none", "opening", "recording", "closed"]


class IceServer(View):
    urls: list[str]
    username: str = ""
    credential: str = ""


class RoomWarmed(View):
    room: RoomView
    ice_servers: list[IceServer]


class RoomJoined(View):
    room: RoomView
    ice_servers: list[IceServer]
    notes: "NotesView | None"  # the therapist's alone


class Description(Body, tag_field="kind", tag="description"):
    type: Literal["offer", "answer"]
    sdp: Annotated[str, Meta(max_length=65_536)]


class Candidate(Body, tag_field="kind", tag="candidate"):
    candidate: Annotated[str, Meta(max_length=1_024)]
    mid: Annotated[str, Meta(max_length=16)] | None
    line: Annotated[int, Meta(ge=0, le=16)] | None
    ufrag: Annotated[str, Meta(max_length=256)] | None


class RoomSignal(Body):
    session_id: Id
    page_id: Id
    link: Annotated[int, Meta(ge=0)]
    signal: Description | Candidate


class SignalView(View):
    session_id: str
    link: int
    signal: Description | Candidate


class RoomMute(Body):
    session_id: Id
    page_id: Id
    is_muted: bool


class RoomCamera(Body):
    session_id: Id
    page_id: Id
    is_on: bool


class RoomAway(Body):
    """Leave quickly: the seat stays, the other side sees that they stepped away."""

    session_id: Id
    page_id: Id
    is_away: bool


class RoomTranscript(Body):
    session_id: Id
    is_on: bool


class RoomRebuild(Body):
    session_id: Id
    page_id: Id
    link: Annotated[int, Meta(ge=0)]


class RoomEnd(Body):
    session_id: Id
    key: Id


class ChatSend(Body):
    session_id: Id
    id: Id  # made by the page: a retry is the same line
    text: ChatText


class ChatSince(Body):
    session_id: Id
    seq: Seq


class ChatLine(View):
    session_id: str
    id: str
    seq: Seq
    seat: Seat
    text: str
    at_ms: Instant


class ChatLines(View):
    lines: list[ChatLine]


class NotesSave(Body):
    session_id: Id
    text: NotesText
    version: Seq  # the version this text was made from


class NotesView(View):
    session_id: str
    text: str
    version: Seq
    saved_at_ms: Instant | None


class SessionRef(Body):
    session_id: Id


# Call log


class CallLogEntry(View):
    session_id: str
    client_name: str
    at_ms: Instant
    length_s: int
    area: str
    has_notes: bool
    transcript: str  # off, recording, finishing, ready, empty, failed, deleted


class CallLogView(View):
    sessions: list[CallLogEntry]


class Word(View):
    text: str
    from_ms: int
    is_unsure: bool


class Utterance(View):
    seq: Seq
    seat: Seat
    name: str
    from_ms: int  # call time
    to_ms: int
    words: list[Word]


class Gap(View):
    seat: Seat
    from_ms: int
    to_ms: int
    reason: str


class SessionView(View):
    """One session in the therapist's call log."""

    session_id: str
    client_name: str
    area: str
    at_ms: Instant
    length_s: int
    ended_reason: str
    transcript: str
    transcript_reason: str
    transcribed_to_ms: int
    utterances: list[Utterance]
    gaps: list[Gap]
    notes: NotesView
    chat: list[ChatLine]
    charged_pence: Pence
    share_pence: Pence


class NotesChange(Body):
    text: NotesText
    version: Seq


class ReceiptView(View):
    """What the client sees after the call."""

    session_id: str
    therapist: TherapistCard
    at_ms: Instant
    length_s: int
    charged_pence: Pence
    is_settled: bool


# Wallet


class WalletLine(View):
    id: str
    at_ms: Instant
    kind: str  # top_up, hold, charge, void, share, release, fee
    label: str
    amount_pence: Pence  # signed, from the viewer's side
    state: str  # held, taken, returned, pending, available


class WalletView(View):
    available_pence: Pence
    held_pence: Pence  # clients: held for a session; therapists: pending for 24 hours
    lines: list[WalletLine]


# Tables: the only list of events and routes. `ANYONE` needs no sign-in.

ANYONE: frozenset[Role] = frozenset()
CLIENT = frozenset({Role.CLIENT})
THERAPIST = frozenset({Role.THERAPIST})
PAIR = CLIENT | THERAPIST
EVERYONE = frozenset(Role)


class ClientEvent(NamedTuple):
    body: type[Body]
    value: type[View] | None
    roles: frozenset[Role]


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "duty:set": ClientEvent(DutySet, DutyView, THERAPIST),
    "duty:get": ClientEvent(Empty, DutyView, THERAPIST),
    "pool:get": ClientEvent(Empty, PoolView, THERAPIST),
    "request:current": ClientEvent(Empty, CurrentRequest, PAIR),
    "request:place": ClientEvent(RequestPlace, RequestView, CLIENT),
    "request:cancel": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:accept": ClientEvent(RequestRef, RequestView, THERAPIST),
    "request:withdraw": ClientEvent(RequestRef, None, THERAPIST),
    "request:decline": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:agree": ClientEvent(RequestAgree, RequestView, CLIENT),
    "room:warm": ClientEvent(RoomRef, RoomWarmed, PAIR),
    "room:join": ClientEvent(RoomRef, RoomJoined, PAIR),
    "room:signal": ClientEvent(RoomSignal, None, PAIR),
    "room:rebuild": ClientEvent(RoomRebuild, RoomView, PAIR),
    "room:mute": ClientEvent(RoomMute, RoomView, PAIR),
    "room:camera": ClientEvent(RoomCamera, RoomView, PAIR),
    "room:away": ClientEvent(RoomAway, RoomView, CLIENT),
    "room:ask_mute": ClientEvent(SessionRef, None, PAIR),
    "room:transcript": ClientEvent(RoomTranscript, RoomView, PAIR),
    "room:leave": ClientEvent(RoomEnd, None, CLIENT),
    "room:end": ClientEvent(RoomEnd, None, THERAPIST),
    "chat:send": ClientEvent(ChatSend, ChatLine, PAIR),
    "chat:since": ClientEvent(ChatSince, ChatLines, PAIR),
    "notes:save": ClientEvent(NotesSave, NotesView, THERAPIST),
}

SERVER_EVENTS: dict[str, type[View]] = {
    "duty:changed": DutyView,
    "pool:changed": PoolView,
    "card:changed": CardView,
    "request:changed": RequestView,
    "room:changed": RoomView,
    "room:signalled": SignalView,
    "chat:added": ChatLine,
    "notes:changed": NotesView,
}


class Route(NamedTuple):
    method: str
    path: str
    body: type[Body] | None
    value: type[View] | None
    roles: frozenset[Role]
    summary: str


ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/sign-in", SignIn, Me, ANYONE, "Sign in; sets the cookie"),
    Route("POST", "/api/sign-out", None, None, EVERYONE, "Sign out; closes this sign-in's sockets"),
    Route("GET", "/api/me", None, Me, EVERYONE, "Who is signed in"),
    Route("GET", "/api/account", None, AccountView, EVERYONE, "Account details"),
    Route("PATCH", "/api/account", AccountChange, AccountView, THERAPIST, "Standing choice for transcripts"),
    Route("GET", "/api/terms", None, TermsView, EVERYONE, "Terms and transcript text in force"),
    Route("GET", "/api/home", None, HomeView, CLIENT, "What the client's home shows"),
    Route("GET", "/api/call-log", None, CallLogView, THERAPIST, "Sessions, newest first"),
    Route("GET", "/api/sessions/{id}", None, SessionView, THERAPIST, "One session with transcript, notes and chat"),
    Route("PUT", "/api/sessions/{id}/notes", NotesChange, NotesView, THERAPIST, "Save notes after the call"),
    Route("GET", "/api/sessions/{id}/receipt", None, ReceiptView, CLIENT, "What a session cost"),
    Route("GET", "/api/wallet", None, WalletView, PAIR, "Balance and lines"),
)
# The recorder legs (WHIP, RFC 9725) carry application/sdp, not JSON; declared here for the matrix and OpenAPI.
WHIP_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/sessions/{id}/leg", None, None, PAIR, "Open a recorder leg (application/sdp)"),
    Route("DELETE", "/api/sessions/{id}/leg/{leg_id}", None, None, PAIR, "Close a recorder leg"),
)
# Operational documents, not under /api's cookie rules.
PLAIN_ROUTES = ("/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/events.json")


class Changed(Struct, frozen=True):
    """The only thing that travels between processes: `topic` request, room, chat, notes, duty or transcript."""

    topic: str
    id: str
    version: int


encoder = msgspec.json.Encoder()
