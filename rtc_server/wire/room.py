"""Messages of a room: seats, signals, what is said of oneself, chat and notes."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.room import LegState
from rtc_server.wire.tables import CLIENT, PAIR, SDP, THERAPIST, ClientEvent, Route
from rtc_server.wire.types import Body, ChatText, Id, Instant, NotesText, Seat, Seq, View


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
    is_rehearsal: bool
    is_relay_only: bool  # only relay candidates pass now: before the yes, or because the client chose so
    agreed_at_ms: Instant | None
    live_at_ms: Instant | None
    ends_at_ms: Instant | None  # length over; grace follows
    closes_at_ms: Instant | None  # grace over: it ends by itself
    now_ms: Instant
    may_end_alone: bool
    transcript: "TranscriptSign"
    chat_seq: Seq
    mute_asked: bool  # the other side asked this viewer to mute
    has_captions: bool  # this viewer reads what the other says


class TranscriptSign(View):
    """What the recorder really does, and who agreed."""

    client_agreed: bool
    therapist_agreed: bool
    client_leg: LegState
    therapist_leg: LegState


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


class Told(Body, tag_field="kind", tag="told"):
    """What one page tells the other about itself; said anew on every link, never kept."""

    repair: Literal["", "looking", "restarting", "rebuilding", "relaying", "writing", "done"]
    hears: Literal["", "well", "gaps", "nothing"]  # how the other's sound arrives here; empty: it sends none
    is_picture_paused: bool  # so that the voice gets through
    is_showing_screen: bool


Signal = Description | Candidate | Told


class RoomSignal(Body):
    session_id: Id
    page_id: Id
    link: Annotated[int, Meta(ge=0)]
    signal: Signal


class SignalView(View):
    session_id: str
    link: int
    signal: Signal


class RoomMute(Body):
    session_id: Id
    page_id: Id
    is_muted: bool


class RoomCamera(Body):
    session_id: Id
    page_id: Id
    is_on: bool


class RoomCaptions(Body):
    """Show the other side's words to this person while the transcript is on; theirs alone, and off at first."""

    session_id: Id
    page_id: Id
    is_on: bool


class CaptionView(View):
    """What a machine has just heard of the other side, in a hurry; the transcript is heard anew."""

    session_id: str
    id: str
    text: str
    from_ms: int  # call time
    to_ms: int


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


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "room:warm": ClientEvent(RoomRef, RoomWarmed, PAIR),
    "room:join": ClientEvent(RoomRef, RoomJoined, PAIR),
    "room:signal": ClientEvent(RoomSignal, None, PAIR),
    "room:rebuild": ClientEvent(RoomRebuild, RoomView, PAIR),
    "room:mute": ClientEvent(RoomMute, RoomView, PAIR),
    "room:camera": ClientEvent(RoomCamera, RoomView, PAIR),
    "room:captions": ClientEvent(RoomCaptions, RoomView, PAIR),
    "room:away": ClientEvent(RoomAway, RoomView, CLIENT),
    "room:ask_mute": ClientEvent(SessionRef, None, PAIR),
    "room:transcript": ClientEvent(RoomTranscript, RoomView, PAIR),
    "room:forget": ClientEvent(SessionRef, None, CLIENT),
    "room:leave": ClientEvent(RoomEnd, None, CLIENT),
    "room:end": ClientEvent(RoomEnd, None, THERAPIST),
    "chat:send": ClientEvent(ChatSend, ChatLine, PAIR),
    "chat:since": ClientEvent(ChatSince, ChatLines, PAIR),
    "notes:save": ClientEvent(NotesSave, NotesView, THERAPIST),
}
SERVER_EVENTS: dict[str, type[View]] = {
    "room:changed": RoomView,
    "room:signalled": SignalView,
    "room:captioned": CaptionView,
    "chat:added": ChatLine,
    "notes:changed": NotesView,
}
ROUTES: dict[str, Route] = {
    "POST /api/sessions/{id}/leg": Route(None, None, PAIR, "Open a recorder leg", sent=SDP),
    "DELETE /api/sessions/{id}/leg/{leg_id}": Route(None, None, PAIR, "Close a recorder leg"),
}
