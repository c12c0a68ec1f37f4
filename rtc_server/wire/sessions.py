"""Messages of the call log and of a session that is over."""

from rtc_server.wire.people import TherapistCard
from rtc_server.wire.room import ChatLine, NotesView
from rtc_server.wire.types import Body, Instant, NotesText, Pence, Seat, Seq, View


class CallLogEntry(View):
    session_id: str
    client_name: str
    at_ms: Instant
    length_s: int
    area: str
    has_notes: bool
    is_rehearsal: bool
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
    is_rehearsal: bool
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
