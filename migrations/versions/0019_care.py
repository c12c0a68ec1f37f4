"""Safeguarding: guardians' consents and concerns."""

import sqlalchemy as sa
from alembic import op

revision = "0019_care"
down_revision = "0018_booking"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guardian_consent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("good_until", sa.Text(), nullable=True),
        sa.Column("reminded_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'accepted') = (good_until is not null)", name="guardian_consent_good"),
        sa.CheckConstraint("state in ('sent','accepted','refused')", name="guardian_consent_state"),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("guardian_consent", schema=None) as batch_op:
        batch_op.create_index("guardian_consent_client", ["client_id", "sent_at_ms"], unique=False)
        batch_op.create_index("guardian_consent_state_good", ["state", "good_until"], unique=False)

    op.create_table(
        "concern",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("raised_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('open','acting','closed')", name="concern_state"),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["raised_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index("concern_raised", ["raised_by", "raised_at_ms"], unique=False)
        batch_op.create_index("concern_state_raised", ["state", "raised_at_ms"], unique=False)

    op.create_table(
        "concern_step",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("concern_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('note','acting','closed','reopened')", name="concern_step_kind"),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["concern_id"],
            ["concern.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("concern_step", schema=None) as batch_op:
        batch_op.create_index("concern_step_concern", ["concern_id"], unique=False)
