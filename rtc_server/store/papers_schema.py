"""Tables of applications, files and pictures, on the same metadata as the others; `schema.py` names them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from booking_core.schema import metadata

# A therapist's way to being approved. There is a row from sign-up on.
application = Table(
    "application",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sent_at_ms", BigInteger),
    Column("decided_at_ms", BigInteger),
    Column("decided_by", Text, ForeignKey("person.id")),
    Column("words_sealed", LargeBinary),  # what the operator wrote with the decision, under the therapist's key
    CheckConstraint("state in ('draft','sent','approved','refused')", name="application_state"),
    Index("application_state_sent", "state", "sent_at_ms"),
)

# Files somebody gave us, sealed under their key. Pictures are made anew before they are stored.
document = Table(
    "document",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner_id", Text, ForeignKey("person.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("purpose in ('application','guardian','support')", name="document_purpose"),
    Index("document_owner", "owner_id", "purpose"),
)

# A therapist's picture on their card; public to whoever is signed in.
photo = Table(
    "photo",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("photo_person", "person_id"),
)
