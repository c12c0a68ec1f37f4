"""Tables of messages, on the same metadata as the others; `schema.py` names them, so that migrations see them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from booking_core.schema import metadata

# One per client and therapist, from the first session or booking on. Everything in it is sealed with the client's key.
conversation = Table(
    "conversation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # rises with every message and everything that is read
    Column("last_seq", Integer, nullable=False, default=0),
    Column("last_at_ms", BigInteger),
    Column("client_read_seq", Integer, nullable=False, default=0),
    Column("therapist_read_seq", Integer, nullable=False, default=0),
    Column("created_at_ms", BigInteger, nullable=False),
    UniqueConstraint("client_id", "therapist_id", name="conversation_pair"),
    Index("conversation_therapist", "therapist_id", "last_at_ms"),
)

message = Table(
    "message",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversation.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("seat", Text, nullable=False),
    Column("text_sealed", LargeBinary),  # null: a line of a call's chat, which stands in `chat` under the same id
    Column("session_id", Text, ForeignKey("session.id")),  # the call it was typed in
    Column("file_id", Text, ForeignKey("attached.id")),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("seat in ('client','therapist')", name="message_seat"),
    CheckConstraint("(text_sealed is null) = (session_id is not null)", name="message_words"),
    Index("message_at", "at_ms"),
)

# A file of a conversation, checked and sealed; forgotten when no message came with it.
attached = Table(
    "attached",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    Column("seat", Text, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer),  # pictures only
    Column("height", Integer),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("attached_conversation", "conversation_id"),
)
