"""What was deleted because its time was over."""

import sqlalchemy as sa
from alembic import op

revision = "0009_retention"
down_revision = "0008_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "expired",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('notes','chat')", name="expired_kind"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("session_id", "kind"),
    )
