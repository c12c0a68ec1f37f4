"""Tables of texts, on the same metadata as the others; `schema.py` names them, so that migrations see them."""

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

from booking_core.schema import metadata

# Therapists who want a text when someone waits and no page of theirs is open.
reachable = Table(
    "reachable",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("texted_at_ms", BigInteger, nullable=False, default=0),  # the last "waiting" text: who moves it may send
)

# Texts to be sent and sent, written in the transaction of the step they tell of (`sending.TRANSITIONS`).
outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # idempotency: 'waiting:{request}:{therapist}', …
    Column("kind", Text, nullable=False),
    Column("request_id", Text, ForeignKey("request.id"), nullable=False),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("number_sealed", LargeBinary),  # under the receiver's key; null until the first try
    Column("provider_id", Text, nullable=False, default=""),
    Column("worker", Text, nullable=False, default=""),
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("dies_at_ms", BigInteger, nullable=False),  # not sent after this
    Column("sent_at_ms", BigInteger),  # the last try
    Column("changed_at_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('waiting','over','callback')", name="outbox_kind"),
    CheckConstraint(
        "state in ('queued','sending','sent','delivered','failed','unclear','kept','dropped')", name="outbox_state"
    ),
    Index("outbox_request", "request_id", "kind"),
    Index(
        "outbox_due",
        "due_at_ms",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "outbox_sending",
        "lease_until_ms",
        sqlite_where=text("state = 'sending'"),
        postgresql_where=text("state = 'sending'"),
    ),
    Index("outbox_newest", "created_at_ms"),
)
