"""Tables of what people add to a session's record afterwards: corrections, marks, older notes, and legal holds.

On the schema's metadata. The machine's words in `utterance` are never changed: a correction is a row beside them.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from booking_core.schema import metadata


def _of_utterance() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["session_id", "seq"], ["utterance.session_id", "utterance.seq"])


# What an utterance reads since; the newest revision counts, the utterance itself is revision 0.
correction = Table(
    "correction",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("words_sealed", LargeBinary, nullable=False),  # JSON [[text, from_ms, probability, is_corrected], …]
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    _of_utterance(),
)

mark = Table(
    "mark",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    _of_utterance(),
)

# The notes as they stood at the end of each sitting; the newest is what stands in `notes`.
notes_version = Table(
    "notes_version",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("begun_at_ms", BigInteger, nullable=False),
    Column("saved_at_ms", BigInteger, nullable=False),
)

# While it stands nothing of this client is deleted, by nobody and by no setting.
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("client_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("placed_at_ms", BigInteger, nullable=False),
)

# What of a session's record was deleted because its time was over, so that nobody is asked to write it again.
expired = Table(
    "expired",
    metadata,
    Column("session_id", Text, ForeignKey("session.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('notes','chat')", name="expired_kind"),
)
