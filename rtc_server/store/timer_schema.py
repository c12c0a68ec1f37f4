"""The table of timers, on the metadata of the others; `schema.py` names it, so that migrations see it."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from booking_core.schema import metadata

timer = Table(
    "timer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # request, room_length, room_empty, pending_share, …
    Column("subject_id", Text, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("fired_at_ms", BigInteger),
    Index(
        "timer_due", "due_at_ms", sqlite_where=text("fired_at_ms is null"), postgresql_where=text("fired_at_ms is null")
    ),
    Index(
        "timer_one",
        "kind",
        "subject_id",
        unique=True,
        sqlite_where=text("fired_at_ms is null"),
        postgresql_where=text("fired_at_ms is null"),
    ),
)
