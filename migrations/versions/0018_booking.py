"""Bookings: open hours, services, allowances."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0018_booking"
down_revision = "0017_feedback"
branch_labels = None
depends_on = None


DAY_MINUTES = 1440

# What the practice offers to begin with; an operator changes it.
SERVICES = (
    ("therapy-60", "Therapy", 7000, 60, "therapy"),
    ("therapy-30", "Therapy", 3500, 30, "therapy"),
    ("coaching-60", "Coaching", 6000, 60, "coaching"),
)

service = sa.table(
    "service",
    sa.column("id", sa.Text()),
    sa.column("name", sa.Text()),
    sa.column("price_pence", sa.BigInteger()),
    sa.column("length_minutes", sa.Integer()),
)
service_terms = sa.table(
    "service_terms",
    sa.column("service_id", sa.Text()),
    sa.column("kind", sa.Text()),
    sa.column("methods", sa.Text()),
    sa.column("questions", sa.Text()),
    sa.column("is_paid", sa.Boolean()),
    sa.column("is_confirmed_by_hand", sa.Boolean()),
    sa.column("is_offered", sa.Boolean()),
    sa.column("move_minutes", sa.Integer()),
    sa.column("cancel_minutes", sa.Integer()),
    sa.column("is_late_returned", sa.Boolean()),
)
calendar = sa.table(
    "calendar",
    sa.column("therapist_id", sa.Text()),
    sa.column("zone", sa.Text()),
    sa.column("buffer_minutes", sa.Integer()),
    sa.column("notice_minutes", sa.Integer()),
)
availability_rule = sa.table(
    "availability_rule",
    sa.column("id", sa.Text()),
    sa.column("therapist_id", sa.Text()),
    sa.column("day", sa.Text()),
    sa.column("at", sa.Text()),
    sa.column("repeat", sa.Text()),
    sa.column("is_removed", sa.Boolean()),
)


def offer() -> None:
    op.bulk_insert(
        service,
        [
            {"id": service_id, "name": name, "price_pence": pence, "length_minutes": minutes}
            for service_id, name, pence, minutes, _ in SERVICES
        ],
    )
    op.bulk_insert(
        service_terms,
        [
            {
                "service_id": service_id,
                "kind": kind,
                "methods": "video",
                "questions": "",
                "is_paid": True,
                "is_confirmed_by_hand": False,
                "is_offered": True,
                "move_minutes": DAY_MINUTES,
                "cancel_minutes": DAY_MINUTES,
                "is_late_returned": False,
            }
            for service_id, _, _, _, kind in SERVICES
        ],
    )


def open_calendars() -> None:
    """Therapists who are there already begin as new ones do: Tuesdays at nine."""
    known = op.get_bind().execute(sa.text("SELECT person_id FROM therapist")).scalars().all()
    if not known:
        return
    manner = {"zone": "Europe/London", "buffer_minutes": 0, "notice_minutes": 60}
    op.bulk_insert(calendar, [{"therapist_id": person_id, **manner} for person_id in known])
    rule = {"day": "2026-01-06", "at": "09:00", "repeat": "weekly", "is_removed": False}
    op.bulk_insert(
        availability_rule, [{"id": str(uuid.uuid4()), "therapist_id": person_id, **rule} for person_id in known]
    )


def upgrade() -> None:
    op.create_table(
        "allowance",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("therapist_id", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(form = 'unlimited') = (sessions is null)", name="allowance_sessions"),
        sa.CheckConstraint("form in ('unlimited','monthly','single')", name="allowance_form"),
        sa.CheckConstraint("kind in ('therapy','coaching')", name="allowance_kind"),
        sa.CheckConstraint("sessions is null or sessions between 1 and 1000", name="allowance_count"),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.create_index("allowance_client", ["client_id"], unique=False)

    op.create_table(
        "availability_rule",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("repeat", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("repeat in ('once','daily','weekly','monthly')", name="availability_repeat"),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("availability_rule", schema=None) as batch_op:
        batch_op.create_index("availability_rule_therapist", ["therapist_id"], unique=False)

    op.create_table(
        "booking",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("price_pence", sa.BigInteger(), nullable=False),
        sa.Column("paid_with", sa.Text(), nullable=False),
        sa.Column("move_minutes", sa.Integer(), nullable=False),
        sa.Column("cancel_minutes", sa.Integer(), nullable=False),
        sa.Column("is_late_returned", sa.Boolean(), nullable=False),
        sa.Column("moves_max", sa.Integer(), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("follows_id", sa.Text(), nullable=True),
        sa.Column("successor_id", sa.Text(), nullable=True),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("paid_with in ('wallet','allowance','nothing')", name="booking_paid_with"),
        sa.CheckConstraint(
            "state in ('requested','confirmed','completed','cancelled','late_cancelled','no_show_client',"
            "'no_show_therapist','declined')",
            name="booking_state",
        ),
        sa.CheckConstraint("ends_at_ms > starts_at_ms", name="booking_length"),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"],
            ["booking.id"],
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index("booking_client", ["client_id", "starts_at_ms"], unique=False)
        batch_op.create_index("booking_therapist", ["therapist_id", "starts_at_ms"], unique=False)

    op.create_table(
        "calendar",
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("buffer_minutes between 0 and 120", name="calendar_buffer"),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("therapist_id"),
    )
    op.create_table(
        "service_terms",
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("therapist_id", sa.Text(), nullable=True),
        sa.Column("methods", sa.Text(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("is_confirmed_by_hand", sa.Boolean(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("move_minutes", sa.Integer(), nullable=False),
        sa.Column("cancel_minutes", sa.Integer(), nullable=False),
        sa.Column("is_late_returned", sa.Boolean(), nullable=False),
        sa.Column("moves_max", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind in ('therapy','coaching')", name="service_kind"),
        sa.CheckConstraint("move_minutes >= 0 and cancel_minutes >= 0", name="service_cut_offs"),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("service_id"),
    )
    with op.batch_alter_table("service_terms", schema=None) as batch_op:
        batch_op.create_index("service_terms_therapist", ["therapist_id"], unique=False)

    op.create_table(
        "allowance_use",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("allowance_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('reserved','taken','forfeited','returned')", name="use_state"),
        sa.CheckConstraint("number >= 1 and (sessions is null or number <= sessions)", name="use_within"),
        sa.ForeignKeyConstraint(
            ["allowance_id"],
            ["allowance.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id", name="use_one_per_session"),
    )
    with op.batch_alter_table("allowance_use", schema=None) as batch_op:
        batch_op.create_index(
            "use_number",
            ["allowance_id", "period", "number"],
            unique=True,
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        )

    op.create_table(
        "availability_exception",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["availability_rule.id"],
        ),
        sa.PrimaryKeyConstraint("rule_id", "day"),
    )
    op.create_table(
        "taken",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "at_ms"),
    )
    with op.batch_alter_table("taken", schema=None) as batch_op:
        batch_op.create_index("taken_booking", ["booking_id"], unique=False)

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("booked_end_ms", sa.BigInteger(), nullable=True))

    offer()
    open_calendars()
