"""Tables of the live path, on the same metadata as the core's. Times are UTC milliseconds, ids are UUID text.

`*_sealed` columns hold AES-256-GCM bytes (`adapters/seal.py`); their additional data is table, row id and column.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from booking_core.booking_schema import metadata  # and the tables of bookings and payouts with it
from rtc_server.store import account_schema, caption_schema, care_schema, feedback_schema, message_schema, papers_schema
from rtc_server.store.log_schema import correction, expired, legal_hold, mark, notes_version
from rtc_server.store.mail_schema import mail, notice_choice
from rtc_server.store.quality_schema import quality
from rtc_server.store.rehearsal_schema import rehearsal, scripted_client
from rtc_server.store.text_schema import outbox, reachable
from rtc_server.store.timer_schema import timer

OPEN_STATES = ("waiting", "accepted", "joining", "in_call")
OWNED_STATES = ("accepted", "joining", "in_call")


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({','.join(repr(value) for value in values)})"


counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

request = Table(
    "request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),  # shared only with the request whose callback kept it
    Column("therapist_id", Text, ForeignKey("person.id")),
    Column("session_id", Text),
    Column("own_therapist_id", Text, ForeignKey("person.id")),  # offered to them alone until `own_until_ms`
    Column("own_until_ms", BigInteger),
    Column("only_for", Text, ForeignKey("person.id")),  # a rehearsal's therapist; nobody else ever sees it
    Column("is_rehearsal", Boolean, nullable=False, default=False),
    Column("taken_out", Text, nullable=False, default=""),  # why an operator took it out
    Column("taken_out_note_sealed", LargeBinary),
    Column("turned_away", Text, nullable=False, default=""),  # space-separated therapist ids
    Column("silences", Integer, nullable=False, default=0),
    Column("area", Text, nullable=False),
    Column("issue_sealed", LargeBinary, nullable=False),
    Column("note_sealed", LargeBinary, nullable=False),
    Column("therapist_gender", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("is_chat_only", Boolean, nullable=False),
    Column("is_worried", Boolean, nullable=False),
    Column("price_pence", BigInteger, nullable=False),
    Column("placed_at_ms", BigInteger, nullable=False),
    Column("state_since_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger),  # null exactly when final
    Index(
        "request_one_open_per_client",
        "client_id",
        unique=True,
        sqlite_where=text(_in("state", OPEN_STATES)),
        postgresql_where=text(_in("state", OPEN_STATES)),
    ),
    Index(
        "request_one_owned_per_therapist",
        "therapist_id",
        unique=True,
        sqlite_where=text(_in("state", OWNED_STATES)),
        postgresql_where=text(_in("state", OWNED_STATES)),
    ),
    Index(
        "request_one_open_per_place",
        "place",
        unique=True,
        sqlite_where=text(_in("state", OPEN_STATES)),
        postgresql_where=text(_in("state", OPEN_STATES)),
    ),
    Index("request_open", "state", "language", "place"),
    Index("request_line", "state", "place"),
    Index("request_since", "state_since_ms"),
)

# A cancelled request whose client wants to be called back: until `kept_until_ms` its place is theirs.
callback = Table(
    "callback",
    metadata,
    Column("request_id", Text, ForeignKey("request.id"), primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("kept_until_ms", BigInteger, nullable=False),
    Column("told_at_ms", BigInteger),  # somebody was free, and the text was queued
    Column("used_at_ms", BigInteger),  # its client has asked again
    Index(
        "callback_open",
        "kept_until_ms",
        sqlite_where=text("used_at_ms is null"),
        postgresql_where=text("used_at_ms is null"),
    ),
    Index("callback_client", "client_id"),
)

# How each request was offered, append-only: who was shown it, claimed it, lost it, or passed it over.
offering = Table(
    "offering",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("request_id", Text, ForeignKey("request.id"), nullable=False),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("behind_ms", Integer),  # lost: this long after the winner
    Column("taken_id", Text, ForeignKey("request.id")),  # passed_over: the newer request that was taken instead
    CheckConstraint("kind in ('shown','claimed','lost','passed_over')", name="offering_kind"),
    CheckConstraint("(kind = 'passed_over') = (taken_id is not null)", name="offering_taken"),
    Index("offering_request", "request_id"),
    Index("offering_kind_at", "kind", "at_ms"),
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, ForeignKey("request.id")),
    Column("kind", Text, nullable=False),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("area", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("is_chat_only", Boolean, nullable=False),
    Column("price_pence", BigInteger, nullable=False),
    Column("is_rehearsal", Boolean, nullable=False, default=False),  # counted nowhere
    Column("is_relay_only", Boolean, nullable=False, default=False),  # the client's choice when it was accepted
    Column("version", Integer, nullable=False),
    Column("link", Integer, nullable=False),
    Column("client_page", Text),  # page_id that holds the seat, or warms before yes
    Column("therapist_page", Text),
    Column("client_present", Boolean, nullable=False, default=False),
    Column("therapist_present", Boolean, nullable=False, default=False),
    Column("client_muted", Boolean, nullable=False, default=False),
    Column("therapist_muted", Boolean, nullable=False, default=False),
    Column("client_camera", Boolean, nullable=False, default=True),
    Column("therapist_camera", Boolean, nullable=False, default=True),
    Column("client_captions", Boolean, nullable=False, default=False),
    Column("therapist_captions", Boolean, nullable=False, default=False),
    Column("client_away", Boolean, nullable=False, default=False),
    Column("client_left", Boolean, nullable=False, default=False),  # by End session
    Column("mute_asked_of", Text, nullable=False, default=""),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("agreed_at_ms", BigInteger),
    Column("live_at_ms", BigInteger),  # call time zero
    Column("empty_since_ms", BigInteger),
    Column("alone_since_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("ended_reason", Text, nullable=False, default=""),
    Column("chat_seq", Integer, nullable=False, default=0),
    Column("booked_end_ms", BigInteger),  # of a booked session
    CheckConstraint("kind in ('quick','booked')", name="session_kind"),
    Index(
        "session_one_live_per_client",
        "client_id",
        unique=True,
        sqlite_where=text("ended_at_ms is null"),
        postgresql_where=text("ended_at_ms is null"),
    ),
    Index(
        "session_one_live_per_therapist",
        "therapist_id",
        unique=True,
        sqlite_where=text("ended_at_ms is null"),
        postgresql_where=text("ended_at_ms is null"),
    ),
    Index("session_therapist_log", "therapist_id", "agreed_at_ms"),
    Index("session_client_log", "client_id", "agreed_at_ms"),
    Index("session_ended", "ended_at_ms"),
)

presence = Table(
    "presence",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("seat", Text, primary_key=True),
    Column("from_ms", BigInteger, primary_key=True),
    Column("to_ms", BigInteger),  # null: still there
)

# What happened, append-only: the lifecycle's history and, by `seq`, the safety net for a lost publish.
event = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),  # transcript events count in milliseconds
    Column("kind", Text, nullable=False),
    Column("person_id", Text),
    Column("at_ms", BigInteger, nullable=False),
    Index("event_subject", "topic", "subject_id"),
)

duty = Table(
    "duty",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

chat = Table(
    "chat",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("seat", Text, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("saved_at_ms", BigInteger, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # the newest row per person and purpose counts
    Column("session_id", Text, ForeignKey("session.id"), nullable=False),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("is_given", Boolean, nullable=False),
    Column("text_version", Text, nullable=False),
    Column("how", Text, nullable=False),  # yes, standing, in_call
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("purpose in ('terms','transcript')", name="consent_purpose"),
    Index("consent_session", "session_id", "purpose", "person_id"),
)

leg = Table(
    "leg",
    metadata,
    Column("id", Text, primary_key=True),
    Column("session_id", Text, ForeignKey("session.id"), nullable=False),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("seat", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger),  # first packet
    Column("closed_at_ms", BigInteger),
    Column("close_reason", Text, nullable=False, default=""),
    Column("packets", Integer, nullable=False, default=0),
    Column("errors", Integer, nullable=False, default=0),
    Column("heard_to_ms", BigInteger),  # call time of the newest packet stored
    Column("transcribed_to_ms", BigInteger, nullable=False, default=0),  # words up to here are stored
    CheckConstraint("state in ('opening','recording','closed')", name="leg_state"),
    Index("leg_session", "session_id"),
)

# One row is about a second of one leg's Opus packets, sealed. Deleted once its words are stored.
audio = Table(
    "audio",
    metadata,
    Column("leg_id", Text, ForeignKey("leg.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("from_ms", BigInteger, nullable=False),  # call time of the first packet
    Column("to_ms", BigInteger, nullable=False),
    Column("packets_sealed", LargeBinary, nullable=False),
)

gap = Table(
    "gap",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("seat", Text, primary_key=True),
    Column("from_ms", BigInteger, primary_key=True),
    Column("to_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),  # paused, lost, reconnect, unreadable
)

transcript = Table(
    "transcript",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("state", Text, nullable=False),  # off, recording, finishing, ready, empty, failed, deleted
    Column("reason", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False),
    Column("transcribed_to_ms", BigInteger, nullable=False, default=0),
    # A worker's lease on one session's audio.
    Column("worker", Text, nullable=False, default=""),
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
)

utterance = Table(
    "utterance",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("seat", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("to_ms", BigInteger, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),  # JSON [[text, from_ms, probability], …]
    Column("engine", Text, nullable=False),
    # The audio it came from, so that a retry after a crash stores nothing twice.
    Column("source", Text, nullable=False, unique=True),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("until_ms", BigInteger),  # ends then at the latest: a scripted client's
    Column("address", Text, nullable=False, server_default=""),
    Column("agent", Text, nullable=False, server_default=""),  # "Firefox on Android"
    Index("sign_in_person", "person_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("result_id", Text, nullable=False),
    Column("answer", LargeBinary),  # what was answered, where the same act must be answered alike
    Column("at_ms", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),  # HMAC over this row and the one before
)

__all__ = [
    "account_schema",
    "caption_schema",
    "care_schema",
    "correction",
    "expired",
    "feedback_schema",
    "legal_hold",
    "mail",
    "mark",
    "message_schema",
    "metadata",
    "notes_version",
    "notice_choice",
    "outbox",
    "papers_schema",
    "quality",
    "reachable",
    "rehearsal",
    "scripted_client",
    "timer",
]
