"""Tables of accounts, on the same metadata as the others; `schema.py` names them, so that migrations see them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from booking_core.schema import metadata

# A code sent by mail and what it would do. For an address that nothing may be done for there is a row as well, with
# no tries left, so that nobody sees the difference.
challenge = Table(
    "challenge",
    metadata,
    Column("id", Text, primary_key=True),  # made by the page
    Column("purpose", Text, nullable=False),
    Column("person_id", Text),  # null: a sign-up, or nobody
    Column("code_hash", LargeBinary, nullable=False),
    Column("payload_sealed", LargeBinary, nullable=False),  # JSON, under a key of the ring's own
    Column("tries_left", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    CheckConstraint("purpose in ('sign_up','reset','email')", name="challenge_purpose"),
    Index("challenge_due", "due_at_ms"),
)

second_step = Table(
    "second_step",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("seed_sealed", LargeBinary, nullable=False),
    Column("confirmed_at_ms", BigInteger),  # null: being set up, asked of nobody yet
    Column("last_step", BigInteger, nullable=False, default=0),  # the newest 30 s step whose code was taken
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("used_at_ms", BigInteger),
)

# What somebody accepted outside a session (sessions have `consent`): append-only.
acceptance = Table(
    "acceptance",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),  # an `agreement`'s
    Column("version", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("acceptance_person", "person_id"),
)

# Texts people agree to, as operators wrote them; where there is none, the one in `texts.py` is in force. Append-only.
agreement = Table(
    "agreement",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("in_force_from_ms", BigInteger, nullable=False),
    Column("made_by", Text, ForeignKey("person.id"), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('terms','transcript','account','conduct')", name="agreement_kind"),
    Index("agreement_in_force", "kind", "in_force_from_ms"),
)

referral = Table(
    "referral",
    metadata,
    Column("code", Text, primary_key=True),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("made_by", Text, ForeignKey("person.id"), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("used", Integer, nullable=False, default=0),
    Column("until_ms", BigInteger),  # of a therapist's invitation, which works once
    Column("email_sealed", LargeBinary),  # to whom it went, under the therapist's key, while it is open
    Index("referral_therapist", "therapist_id"),
)

# What operators decided about somebody, by whom and why: append-only.
standing = Table(
    "standing",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("share_percent", Integer),  # of a therapist, from then on
    Column("reason_sealed", LargeBinary, nullable=False),  # under the person's key
    Column("by_id", Text, ForeignKey("person.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("act in ('disabled','let_in','second_step_reset','share')", name="standing_act"),
    CheckConstraint("(act = 'share') = (share_percent is not null)", name="standing_share"),
    Index("standing_person", "person_id"),
)
