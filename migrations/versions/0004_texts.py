"""Texts: who wants them, and the outbox they are sent from."""

import sqlalchemy as sa
from alembic import op

revision = "0004_texts"
down_revision = "0003_line"
branch_labels = None
depends_on = None

STATES = "state in ('queued','sending','sent','delivered','failed','unclear','kept','dropped')"


def upgrade() -> None:
    op.create_table(
        "reachable",
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("texted_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["therapist_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("therapist_id"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("dies_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('waiting','over','callback')", name="outbox_kind"),
        sa.CheckConstraint(STATES, name="outbox_state"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("outbox_newest", "outbox", ["created_at_ms"])
    op.create_index("outbox_request", "outbox", ["request_id", "kind"])
    for name, column, state in (("due", "due_at_ms", "queued"), ("sending", "lease_until_ms", "sending")):
        where = sa.text(f"state = '{state}'")
        op.create_index(f"outbox_{name}", "outbox", [column], sqlite_where=where, postgresql_where=where)
