"""Messages of the call log and of a session that is over."""

from typing import Annotated, Literal

from msgspec import Meta

from rtc_server.wire.people import TherapistCard
from rtc_server.wire.room import ChatLine, NotesView
from rtc_server.wire.tables import CLIENT, PDF, THERAPIST, Route
from rtc_server.wire.types import Body, Id, Instant, NotesText, Pence, Seat, Seq, View


class CallLogEntry(View):
    session_id: str
    client_name: str
    at_ms: Instant
    length_s: int
    area: str
    has_notes: bool
    are_notes_expired: bool  # deleted because their time was over; nobody has to write them again
    is_rehearsal: bool
    transcript: str  # off, recording, finishing, ready, empty, failed, deleted


class LoggedClient(View):
    id: str
    name: str


class CallLogView(View):
    """One page of the list, newest first."""

    sessions: list[CallLogEntry]
    total: int  # how many fit the choice
    unwritten: int  # how many of all still need notes
    all: int
    clients: list[LoggedClient]  # everyone the therapist has had a session with, the latest first
    next: str  # ask with it for the page after this one; empty: there is none


class CallLogFind(Body):
    """Which sessions; what is left out chooses all."""

    client_id: Id | None = None
    from_ms: Instant | None = None
    to_ms: Instant | None = None  # exclusive
    transcript: Literal["ready", "in_progress", "failed", "none"] | None = None
    is_unwritten: bool = False
    after: Annotated[str, Meta(max_length=80)] = ""


class CallLogSearch(Body):
    words: Annotated[str, Meta(min_length=2, max_length=100)]


class SearchHit(View):
    """One place where the words were found."""

    session_id: str
    client_name: str
    at_ms: Instant
    kind: Literal["name", "said", "chat", "notes"]
    who: str  # who said or typed it; empty: the therapist's notes, or the client's name
    seq: Seq  # of the utterance or the chat line
    from_ms: int  # call time of an utterance, else 0
    before: str
    found: str
    after: str


class SearchView(View):
    hits: list[SearchHit]
    searched: int  # the newest sessions that were looked through
    total: int
    is_cut: bool  # there are more places than are given


class Word(View):
    text: str
    from_ms: int
    is_unsure: bool
    is_corrected: bool


class Utterance(View):
    seq: Seq
    seat: Seat
    name: str
    from_ms: int  # call time
    to_ms: int
    words: list[Word]
    revision: Seq  # 0: as the machine wrote it
    corrected_at_ms: Instant | None
    is_marked: bool


class Gap(View):
    seat: Seat
    from_ms: int
    to_ms: int
    reason: str


class SessionView(View):
    """One session in the therapist's call log."""

    session_id: str
    client_id: str
    client_name: str
    area: str
    at_ms: Instant
    length_s: int
    ended_reason: str
    is_rehearsal: bool
    transcript: str
    transcript_reason: str
    transcribed_to_ms: int
    can_retry: bool  # it failed, and its sound is still there
    is_held: bool  # nothing may be deleted: the client's record is under a legal hold
    is_erased: bool  # the client was erased: only the fact of the session is left
    utterances: list[Utterance]
    gaps: list[Gap]
    notes: NotesView
    are_notes_expired: bool
    chat: list[ChatLine]
    charged_pence: Pence
    share_pence: Pence


class NotesChange(Body):
    text: NotesText
    version: Seq


class NotesVersions(View):
    """The notes as they stood at the end of each sitting, newest first."""

    versions: list[NotesView]


class WordsCorrect(Body):
    """`count` words from `place` on read `text`, as seen in `revision`; empty text removes them."""

    seq: Seq
    revision: Seq
    place: Annotated[int, Meta(ge=0, le=10_000)]
    count: Annotated[int, Meta(ge=1, le=1_000)]
    text: Annotated[str, Meta(max_length=500)]


class Revision(View):
    seq: Seq
    name: str
    from_ms: int
    revision: Seq  # 0: the machine's words
    text: str
    at_ms: Instant | None  # None: the machine's words


class Revisions(View):
    """Every revision of every utterance that was corrected, in the order of the call."""

    revisions: list[Revision]


class PassageMark(Body):
    seq: Seq
    is_marked: bool


class ReceiptView(View):
    """What the client sees after the call."""

    session_id: str
    therapist: TherapistCard
    at_ms: Instant
    length_s: int
    charged_pence: Pence
    is_settled: bool
    is_booked: bool
    is_from_allowance: bool
    ended_reason: str  # therapist, client, empty, length; empty while it goes on


ROUTES: dict[str, Route] = {
    "GET /api/call-log": Route(None, CallLogView, THERAPIST, "Sessions, newest first"),
    "POST /api/call-log/find": Route(CallLogFind, CallLogView, THERAPIST, "Sessions of a choice, page by page"),
    "POST /api/call-log/search": Route(
        CallLogSearch, SearchView, THERAPIST, "Words in one's own sessions", audit="transcripts:search"
    ),
    "GET /api/sessions/{id}": Route(
        None, SessionView, THERAPIST, "One session with transcript, notes and chat", audit="session:read"
    ),
    "PUT /api/sessions/{id}/notes": Route(
        NotesChange, NotesView, THERAPIST, "Save notes after the call", audit="notes:save"
    ),
    "GET /api/sessions/{id}/notes/versions": Route(
        None, NotesVersions, THERAPIST, "The notes as they stood before", audit="notes:read_versions"
    ),
    "POST /api/sessions/{id}/corrections": Route(
        WordsCorrect, Utterance, THERAPIST, "Correct words that were heard", audit="transcript:correct"
    ),
    "GET /api/sessions/{id}/corrections": Route(
        None, Revisions, THERAPIST, "What was corrected, and from what", audit="transcript:read_corrections"
    ),
    "PUT /api/sessions/{id}/marks": Route(
        PassageMark, None, THERAPIST, "Mark a passage, or take the mark away", audit="transcript:mark"
    ),
    "DELETE /api/sessions/{id}/transcript": Route(
        None, None, THERAPIST, "Delete the transcript for good", audit="transcript:delete"
    ),
    "POST /api/sessions/{id}/transcript/retry": Route(
        None, None, THERAPIST, "Try a failed transcript again", audit="transcript:retry"
    ),
    "GET /api/sessions/{id}/export.pdf": Route(
        None, None, THERAPIST, "As PDF; ?notes=1 with notes", audit="session:export", gives=PDF
    ),
    "GET /api/sessions/{id}/export.txt": Route(
        None, None, THERAPIST, "As plain text; ?notes=1 with notes", audit="session:export", gives="text/plain"
    ),
    "GET /api/sessions/{id}/export.vtt": Route(
        None, None, THERAPIST, "The transcript as WebVTT", audit="session:export", gives="text/vtt"
    ),
    "GET /api/sessions/{id}/receipt": Route(None, ReceiptView, CLIENT, "What a session cost"),
}
