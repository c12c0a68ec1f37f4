"""The wire, declared once: which socket event and which HTTP route carries which message, and who may send it.

The messages themselves stand in `wire/`, one file per noun. TypeScript types, OpenAPI, the event catalogue and doc
tables are generated from both (`protocol_export.py`). Unknown fields are refused and limits stand in the types. Who
is speaking comes from the connection, never from a body. Times are UTC milliseconds since the epoch, money is integer
pence, ids are UUID text.
"""

from typing import NamedTuple

from rtc_server.wire.notices import NoticeChoice, NoticesView
from rtc_server.wire.outbox import OutboxView
from rtc_server.wire.people import AccountChange, AccountView, HomeView, Me, SignIn, TermsView, TextsChoice
from rtc_server.wire.pool import (
    CardView,
    CurrentRequest,
    DutySet,
    DutyView,
    PoolView,
    RequestAgree,
    RequestCallback,
    RequestPlace,
    RequestRef,
    RequestView,
    RequestWiden,
)
from rtc_server.wire.quality import CheckView, QualityView, RoomQuality
from rtc_server.wire.queue import QueueRemove, QueueView, RequestHistory
from rtc_server.wire.rehearsal import CurrentRehearsal, RehearsalRef, RehearsalView
from rtc_server.wire.room import (
    ChatLine,
    ChatLines,
    ChatSend,
    ChatSince,
    NotesSave,
    NotesView,
    RoomAway,
    RoomCamera,
    RoomEnd,
    RoomJoined,
    RoomMute,
    RoomRebuild,
    RoomRef,
    RoomSignal,
    RoomTranscript,
    RoomView,
    RoomWarmed,
    SessionRef,
    SignalView,
)
from rtc_server.wire.sessions import (
    CallLogFind,
    CallLogSearch,
    CallLogView,
    NotesChange,
    NotesVersions,
    PassageMark,
    ReceiptView,
    Revisions,
    SearchView,
    SessionView,
    Utterance,
    WordsCorrect,
)
from rtc_server.wire.types import Body, Empty, Role, View
from rtc_server.wire.wallet import WalletView

# Tables: the only list of events and routes. `ANYONE` needs no sign-in.

ANYONE: frozenset[Role] = frozenset()
CLIENT = frozenset({Role.CLIENT})
THERAPIST = frozenset({Role.THERAPIST})
PAIR = CLIENT | THERAPIST
EVERYONE = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})


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
    "request:widen": ClientEvent(RequestWiden, RequestView, CLIENT),
    "request:callback": ClientEvent(RequestCallback, RequestView, CLIENT),
    "request:accept": ClientEvent(RequestRef, RequestView, THERAPIST),
    "request:withdraw": ClientEvent(RequestRef, None, THERAPIST),
    "request:decline": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:agree": ClientEvent(RequestAgree, RequestView, CLIENT),
    "queue:get": ClientEvent(Empty, QueueView, ADMIN),
    "queue:remove": ClientEvent(QueueRemove, QueueView, ADMIN),
    "queue:history": ClientEvent(RequestRef, RequestHistory, ADMIN),
    "rehearsal:start": ClientEvent(RehearsalRef, RehearsalView, THERAPIST),
    "rehearsal:stop": ClientEvent(RehearsalRef, RehearsalView, THERAPIST),
    "rehearsal:get": ClientEvent(Empty, CurrentRehearsal, THERAPIST),
    "room:warm": ClientEvent(RoomRef, RoomWarmed, PAIR),
    "room:join": ClientEvent(RoomRef, RoomJoined, PAIR),
    "room:signal": ClientEvent(RoomSignal, None, PAIR),
    "room:rebuild": ClientEvent(RoomRebuild, RoomView, PAIR),
    "room:mute": ClientEvent(RoomMute, RoomView, PAIR),
    "room:camera": ClientEvent(RoomCamera, RoomView, PAIR),
    "room:away": ClientEvent(RoomAway, RoomView, CLIENT),
    "room:ask_mute": ClientEvent(SessionRef, None, PAIR),
    "room:transcript": ClientEvent(RoomTranscript, RoomView, PAIR),
    "room:forget": ClientEvent(SessionRef, None, CLIENT),
    "room:leave": ClientEvent(RoomEnd, None, CLIENT),
    "room:end": ClientEvent(RoomEnd, None, THERAPIST),
    "room:quality": ClientEvent(RoomQuality, None, PAIR),
    "chat:send": ClientEvent(ChatSend, ChatLine, PAIR),
    "chat:since": ClientEvent(ChatSince, ChatLines, PAIR),
    "notes:save": ClientEvent(NotesSave, NotesView, THERAPIST),
}

SERVER_EVENTS: dict[str, type[View]] = {
    "duty:changed": DutyView,
    "pool:changed": PoolView,
    "card:changed": CardView,
    "request:changed": RequestView,
    "queue:changed": QueueView,
    "room:changed": RoomView,
    "room:signalled": SignalView,
    "chat:added": ChatLine,
    "notes:changed": NotesView,
    "rehearsal:changed": RehearsalView,
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
    Route("PUT", "/api/account/texts", TextsChoice, AccountView, THERAPIST, "A text when someone waits, and where"),
    Route("GET", "/api/account/notices", None, NoticesView, EVERYONE, "What one is told of, and by which channel"),
    Route("PUT", "/api/account/notices", NoticeChoice, NoticesView, EVERYONE, "Choose one of these"),
    Route("GET", "/api/outbox", None, OutboxView, ADMIN, "Texts and e-mail sent and to be sent, newest first"),
    Route("GET", "/api/account/export.zip", None, None, EVERYONE, "One's own data as JSON and a page, zipped"),
    Route("GET", "/api/terms", None, TermsView, EVERYONE, "Terms and transcript text in force"),
    Route("GET", "/api/home", None, HomeView, CLIENT, "What the client's home shows"),
    Route("GET", "/api/call-log", None, CallLogView, THERAPIST, "Sessions, newest first"),
    Route("POST", "/api/call-log/find", CallLogFind, CallLogView, THERAPIST, "Sessions of a choice, page by page"),
    Route("POST", "/api/call-log/search", CallLogSearch, SearchView, THERAPIST, "Words in one's own sessions"),
    Route("GET", "/api/sessions/{id}", None, SessionView, THERAPIST, "One session with transcript, notes and chat"),
    Route("PUT", "/api/sessions/{id}/notes", NotesChange, NotesView, THERAPIST, "Save notes after the call"),
    Route("GET", "/api/sessions/{id}/notes/versions", None, NotesVersions, THERAPIST, "The notes as they stood before"),
    Route(
        "POST", "/api/sessions/{id}/corrections", WordsCorrect, Utterance, THERAPIST, "Correct words that were heard"
    ),
    Route("GET", "/api/sessions/{id}/corrections", None, Revisions, THERAPIST, "What was corrected, and from what"),
    Route("PUT", "/api/sessions/{id}/marks", PassageMark, None, THERAPIST, "Mark a passage, or take the mark away"),
    Route("DELETE", "/api/sessions/{id}/transcript", None, None, THERAPIST, "Delete the transcript for good"),
    Route("POST", "/api/sessions/{id}/transcript/retry", None, None, THERAPIST, "Try a failed transcript again"),
    Route("GET", "/api/sessions/{id}/export.pdf", None, None, THERAPIST, "As PDF; ?notes=1 with notes"),
    Route("GET", "/api/sessions/{id}/export.txt", None, None, THERAPIST, "As plain text; ?notes=1 with notes"),
    Route("GET", "/api/sessions/{id}/export.vtt", None, None, THERAPIST, "The transcript as WebVTT"),
    Route("GET", "/api/sessions/{id}/receipt", None, ReceiptView, CLIENT, "What a session cost"),
    Route("GET", "/api/sessions/{id}/quality", None, QualityView, THERAPIST | ADMIN, "How good the connection was"),
    Route("GET", "/api/check", None, CheckView, PAIR, "ICE servers for a device check"),
    Route("GET", "/api/wallet", None, WalletView, PAIR, "Balance and lines"),
)
# The recorder legs (WHIP, RFC 9725) carry application/sdp, not JSON; declared here for the matrix and OpenAPI.
WHIP_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/sessions/{id}/leg", None, None, PAIR, "Open a recorder leg (application/sdp)"),
    Route("DELETE", "/api/sessions/{id}/leg/{leg_id}", None, None, PAIR, "Close a recorder leg"),
)
# What leaves a row on the audit trail each time it is done: its action. About the route's {id}, else about the viewer.
AUDITED: dict[tuple[str, str], str] = {
    ("POST", "/api/sign-out"): "person:sign_out",
    ("PATCH", "/api/account"): "account:change",
    ("PUT", "/api/account/texts"): "account:change",
    ("PUT", "/api/account/notices"): "account:change",
    ("GET", "/api/outbox"): "outbox:read",
    ("GET", "/api/account/export.zip"): "account:export",
    ("GET", "/api/sessions/{id}"): "session:read",
    ("PUT", "/api/sessions/{id}/notes"): "notes:save",
    ("GET", "/api/sessions/{id}/notes/versions"): "notes:read_versions",
    ("GET", "/api/sessions/{id}/export.pdf"): "session:export",
    ("GET", "/api/sessions/{id}/export.txt"): "session:export",
    ("GET", "/api/sessions/{id}/export.vtt"): "session:export",
    ("POST", "/api/call-log/search"): "transcripts:search",
    ("POST", "/api/sessions/{id}/corrections"): "transcript:correct",
    ("GET", "/api/sessions/{id}/corrections"): "transcript:read_corrections",
    ("PUT", "/api/sessions/{id}/marks"): "transcript:mark",
    ("DELETE", "/api/sessions/{id}/transcript"): "transcript:delete",
    ("POST", "/api/sessions/{id}/transcript/retry"): "transcript:retry",
}
# Operational documents, not under /api's cookie rules.
PLAIN_ROUTES = ("/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/events.json")
