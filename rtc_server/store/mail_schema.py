"""Tables of e-mail, on the same metadata as the others; `schema.py` names them, so that migrations see them."""

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

# E-mail to be sent and sent, written in the transaction of the step it tells of (`sending.TRANSITIONS`).
mail = Table(
    "mail",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # idempotency: 'confirmed:{booking}:{person}', …
    Column("template", Text, nullable=False),
    Column("channel", Text, nullable=False, default="email", server_default="email"),  # sms: of `letters.TEXTS`
    Column("person_id", Text, ForeignKey("person.id")),  # whose key seals it, the receiver mostly; null: nobody's
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("content_sealed", LargeBinary),  # null once sent in production: nobody needs it any more
    Column("worker", Text, nullable=False, default=""),
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("wanted_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),  # the next try
    Column("dies_at_ms", BigInteger),  # not sent after this; null: MAIL_LATE_S after `wanted_at_ms`
    Column("changed_at_ms", BigInteger, nullable=False),
    CheckConstraint("state in ('queued','sending','sent','failed','kept','dropped')", name="mail_state"),
    Index("mail_due", "due_at_ms", sqlite_where=text("state = 'queued'"), postgresql_where=text("state = 'queued'")),
    Index(
        "mail_sending",
        "lease_until_ms",
        sqlite_where=text("state = 'sending'"),
        postgresql_where=text("state = 'sending'"),
    ),
    Index("mail_newest", "created_at_ms"),
)

# What somebody chose to be told, where it differs from `letters.DEFAULTS`.
notice_choice = Table(
    "notice_choice",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("notice", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    CheckConstraint("channel in ('email','sms')", name="notice_choice_channel"),
)
