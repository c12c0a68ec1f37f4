"""Support: questions, problems and complaints."""

import sqlalchemy as sa
from alembic import op

revision = "0020_support"
down_revision = "0019_care"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "matter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('question','problem','complaint')", name="matter_kind"),
        sa.CheckConstraint("state in ('open','answered','decided','appealed','closed')", name="matter_state"),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index("matter_person", ["person_id", "changed_at_ms"], unique=False)
        batch_op.create_index("matter_state_changed", ["state", "changed_at_ms"], unique=False)

    op.create_table(
        "matter_line",
        sa.Column("matter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("is_desk", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("act in ('write','answer','decide','appeal','close')", name="matter_line_act"),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["matter.id"],
        ),
        sa.PrimaryKeyConstraint("matter_id", "version"),
    )
