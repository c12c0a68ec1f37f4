"""Tables of safeguarding and support, on the same metadata as the others; `schema.py` names them for migrations."""

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
)

from booking_core.schema import metadata

# A guardian's written yes for somebody under 18, and what an operator found when reading it.
guardian_consent = Table(
    "guardian_consent",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("document_id", Text, ForeignKey("document.id"), nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),  # JSON {name, relation, phone}, under the client's key
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sent_at_ms", BigInteger, nullable=False),
    Column("decided_at_ms", BigInteger),
    Column("decided_by", Text, ForeignKey("person.id")),
    Column("words_sealed", LargeBinary),  # what was said with a no
    Column("good_until", Text),  # ISO date: the last day
    Column("reminded_at_ms", BigInteger),  # that it is to be looked at again
    CheckConstraint("state in ('sent','accepted','refused')", name="guardian_consent_state"),
    CheckConstraint("(state = 'accepted') = (good_until is not null)", name="guardian_consent_good"),
    Index("guardian_consent_client", "client_id", "sent_at_ms"),
    Index("guardian_consent_state_good", "state", "good_until"),
)

# A concern for somebody's safety. Kept for good: its client is under a legal hold from then on.
concern = Table(
    "concern",
    metadata,
    Column("id", Text, primary_key=True),  # made by the page, so that a retry is the same concern
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("session_id", Text, ForeignKey("session.id"), nullable=False),
    Column("raised_by", Text, ForeignKey("person.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),  # JSON, under the client's key
    Column("raised_at_ms", BigInteger, nullable=False),
    CheckConstraint("state in ('open','acting','closed')", name="concern_state"),
    Index("concern_raised", "raised_by", "raised_at_ms"),
    Index("concern_state_raised", "state", "raised_at_ms"),
)

# What was done about it, append-only.
concern_step = Table(
    "concern_step",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("concern_id", Text, ForeignKey("concern.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the concern, with this step
    Column("kind", Text, nullable=False),
    Column("by_id", Text, ForeignKey("person.id"), nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('note','acting','closed','reopened')", name="concern_step_kind"),
    Index("concern_step_concern", "concern_id"),
)

# A question, a problem, a complaint or a matter of conduct, and where it stands (`store/matters.TRANSITIONS`).
matter = Table(
    "matter",
    metadata,
    Column("id", Text, primary_key=True),  # made by the page, so that a retry is the same matter
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject_sealed", LargeBinary, nullable=False),  # under the person's key
    Column("session_id", Text, ForeignKey("session.id")),  # whose quality receipt goes with it
    Column("decided_by", Text, ForeignKey("person.id")),  # of a complaint, the first time
    Column("created_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('question','problem','complaint','conduct')", name="matter_kind"),
    CheckConstraint("state in ('open','answered','decided','appealed','closed')", name="matter_state"),
    Index("matter_person", "person_id", "changed_at_ms"),
    Index("matter_state_changed", "state", "changed_at_ms"),
)

matter_line = Table(
    "matter_line",
    metadata,
    Column("matter_id", Text, ForeignKey("matter.id"), primary_key=True),
    Column("version", Integer, primary_key=True),  # of the matter, with this line
    Column("act", Text, nullable=False),
    Column("is_desk", Boolean, nullable=False),  # an operator's
    Column("by_id", Text, ForeignKey("person.id"), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),  # under the person's key, whoever wrote it
    Column("document_id", Text),  # sent along; gone when its owner removed it
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("act in ('write','answer','decide','appeal','close')", name="matter_line_act"),
)
