"""The table of quality receipts, on the metadata of the others; `schema.py` names it, so that migrations see it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, Table, Text

from booking_core.schema import metadata

# What each page counted of its connection, for the therapist and for support. Figures alone, so nothing is sealed.
quality = Table(
    "quality",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("seat", Text, primary_key=True),
    Column("page_id", Text, primary_key=True),
    Column("first_at_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("join_ms", Integer),
    Column("connected_s", Integer, nullable=False),
    Column("relayed_s", Integer, nullable=False),
    Column("reconnects", Integer, nullable=False),
    Column("audio_received", Integer, nullable=False),
    Column("audio_lost", Integer, nullable=False),
    Column("video_received", Integer, nullable=False),
    Column("video_lost", Integer, nullable=False),
    Column("freezes", Integer, nullable=False),
    Column("freeze_ms", Integer, nullable=False),
    Column("device_faults", Integer, nullable=False),
    CheckConstraint("seat in ('client','therapist')", name="quality_seat"),
)
