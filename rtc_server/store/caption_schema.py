"""The table of captions, on the metadata of the others; `schema.py` names it, so that migrations see it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from booking_core.schema import metadata

# On their way from the worker to the page that reads them, for a minute; what is kept is the transcript.
caption = Table(
    "caption",
    metadata,
    Column("id", Text, primary_key=True),
    Column("session_id", Text, ForeignKey("session.id"), nullable=False),
    Column("seat", Text, nullable=False),  # who speaks
    Column("from_ms", BigInteger, nullable=False),  # call time
    Column("to_ms", BigInteger, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("caption_session", "session_id", "at_ms"),
)
