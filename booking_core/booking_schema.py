"""Tables of booking: when therapists are open, what may be booked, who has what left, and what is booked.

On the core's metadata. Days are ISO dates and times of day `HH:MM` on the wall of the row's zone; instants are UTC
milliseconds. The rule that is easy to break: two people are never in two bookings at once because of the primary key
of `taken`, not because somebody looked first.
"""

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
    UniqueConstraint,
    text,
)

from booking_core.payout_schema import metadata as metadata

# When a therapist can be booked.
calendar = Table(
    "calendar",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("zone", Text, nullable=False),  # a name of the time zone database
    Column("buffer_minutes", Integer, nullable=False),  # kept free after each booking
    Column("notice_minutes", Integer, nullable=False),  # a booking begins no sooner than this from now
    CheckConstraint("buffer_minutes between 0 and 120", name="calendar_buffer"),
)

availability_rule = Table(
    "availability_rule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("day", Text, nullable=False),  # the first day
    Column("at", Text, nullable=False),
    Column("repeat", Text, nullable=False),
    Column("until", Text),  # the last day, itself included; null: no end
    Column("is_removed", Boolean, nullable=False, default=False),  # kept, so that it can be put back
    CheckConstraint("repeat in ('once','daily','weekly','monthly')", name="availability_repeat"),
    Index("availability_rule_therapist", "therapist_id"),
)

# One day on which a rule does not hold.
availability_exception = Table(
    "availability_exception",
    metadata,
    Column("rule_id", Text, ForeignKey("availability_rule.id"), primary_key=True),
    Column("day", Text, primary_key=True),
)

# What may be booked beside the quick session. The first columns of a service stand in `service`.
service_terms = Table(
    "service_terms",
    metadata,
    Column("service_id", Text, ForeignKey("service.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("therapist_id", Text, ForeignKey("person.id")),  # a practitioner's own; null: every therapist's
    Column("methods", Text, nullable=False),  # space-separated: video phone in_person
    Column("questions", Text, nullable=False),  # the booking form, one question a line
    Column("is_paid", Boolean, nullable=False),
    Column("is_confirmed_by_hand", Boolean, nullable=False),
    Column("is_offered", Boolean, nullable=False),
    Column("move_minutes", Integer, nullable=False),  # may be moved while it starts in more than this
    Column("cancel_minutes", Integer, nullable=False),  # given back while it starts in more than this
    Column("is_late_returned", Boolean, nullable=False),  # given back when cancelled later, too
    Column("moves_max", Integer),  # null: as often as they like
    CheckConstraint("kind in ('therapy','coaching')", name="service_kind"),
    CheckConstraint("move_minutes >= 0 and cancel_minutes >= 0", name="service_cut_offs"),
    Index("service_terms_therapist", "therapist_id"),
)

booking = Table(
    "booking",
    metadata,
    Column("id", Text, primary_key=True),  # also the id of its session, of its hold and of its use
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("service_id", Text, ForeignKey("service.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),  # client, therapist, rescheduled, lapsed
    Column("version", Integer, nullable=False),
    Column("starts_at_ms", BigInteger, nullable=False),
    Column("ends_at_ms", BigInteger, nullable=False),
    Column("area", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("price_pence", BigInteger, nullable=False),
    Column("paid_with", Text, nullable=False),  # wallet, allowance, nothing
    # The policy in force when it was booked.
    Column("move_minutes", Integer, nullable=False),
    Column("cancel_minutes", Integer, nullable=False),
    Column("is_late_returned", Boolean, nullable=False),
    Column("moves_max", Integer),
    Column("moves", Integer, nullable=False, default=0),
    Column("follows_id", Text, ForeignKey("booking.id")),  # the booking this one was moved from
    Column("successor_id", Text),  # the booking this one was moved to
    Column("answers_sealed", LargeBinary, nullable=False),  # JSON [[question, answer], …]
    Column("words_sealed", LargeBinary),  # why it was moved, cancelled or declined
    Column("created_at_ms", BigInteger, nullable=False),
    CheckConstraint(
        "state in ('requested','confirmed','completed','cancelled','late_cancelled','no_show_client',"
        "'no_show_therapist','declined')",
        name="booking_state",
    ),
    CheckConstraint("ends_at_ms > starts_at_ms", name="booking_length"),
    CheckConstraint("paid_with in ('wallet','allowance','nothing')", name="booking_paid_with"),
    Index("booking_client", "client_id", "starts_at_ms"),
    Index("booking_therapist", "therapist_id", "starts_at_ms"),
)

# Quarters of an hour that belong to a live booking: for the client its length, for the therapist its buffer as well.
taken = Table(
    "taken",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("at_ms", BigInteger, primary_key=True),
    Column("booking_id", Text, ForeignKey("booking.id"), nullable=False),
    Index("taken_booking", "booking_id"),
)

# What a client may still take without paying. `sessions` null: as many as they like.
allowance = Table(
    "allowance",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sessions", Integer),
    Column("until", Text),  # the last day, itself included
    Column("therapist_id", Text, ForeignKey("person.id")),  # a practitioner's package, for sessions with them alone
    Column("created_at_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('therapy','coaching')", name="allowance_kind"),
    CheckConstraint("form in ('unlimited','monthly','single')", name="allowance_form"),
    CheckConstraint("(form = 'unlimited') = (sessions is null)", name="allowance_sessions"),
    CheckConstraint("sessions is null or sessions between 1 and 1000", name="allowance_count"),
    Index("allowance_client", "client_id"),
)

# One session of an allowance. `number` runs from 1 to `sessions` of its period, so no allowance goes below nothing.
allowance_use = Table(
    "allowance_use",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", Text, nullable=False),  # of a booking or of a quick session
    Column("allowance_id", Text, ForeignKey("allowance.id"), nullable=False),
    Column("period", Text, nullable=False),  # '2026-11' of a monthly allowance, else ''
    Column("number", Integer, nullable=False),
    Column("sessions", Integer),
    Column("state", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("state in ('reserved','taken','forfeited','returned')", name="use_state"),
    CheckConstraint("number >= 1 and (sessions is null or number <= sessions)", name="use_within"),
    UniqueConstraint("session_id", name="use_one_per_session"),
    Index(
        "use_number",
        "allowance_id",
        "period",
        "number",
        unique=True,
        sqlite_where=text("state <> 'returned'"),
        postgresql_where=text("state <> 'returned'"),
    ),
)
