"""Tables of rehearsals, on the same metadata as the others; `schema.py` names them, so that migrations see them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from booking_core.schema import metadata

# A test session with a scripted client: asked for by a therapist, played by a worker.
rehearsal = Table(
    "rehearsal",
    metadata,
    Column("id", Text, primary_key=True),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("worker", Text, nullable=False, default=""),
    Column("machine", Text, nullable=False, default=""),  # whose places it takes one of
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    CheckConstraint("state in ('asked','running','ended')", name="rehearsal_state"),
    Index(
        "rehearsal_one_open_per_therapist",
        "therapist_id",
        unique=True,
        sqlite_where=text("state <> 'ended'"),
        postgresql_where=text("state <> 'ended'"),
    ),
    Index("rehearsal_newest", "therapist_id", "asked_at_ms"),
)

scripted_client = Table(
    "scripted_client",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False, unique=True),
)
