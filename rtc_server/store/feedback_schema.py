"""Tables of what people think, on the metadata of the others; `schema.py` names them, so that migrations see them."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text

from booking_core.schema import metadata

# What a client thought of a session, once per session; a later answer replaces it.
feedback = Table(
    "feedback",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("rating", Integer, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("is_named", Boolean, nullable=False),  # whether the therapist reads whose it is
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("rating between 1 and 5", name="feedback_rating"),
)

# What a therapist thinks of working here; a later answer replaces it.
survey = Table(
    "survey",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("rating", Integer, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),  # under the therapist's key
    Column("is_named", Boolean, nullable=False),  # whether operators read whose it is
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("rating between 1 and 5", name="survey_rating"),
)
