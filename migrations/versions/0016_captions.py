"""Captions: who reads them, and where they pass from the worker to the page."""

import sqlalchemy as sa
from alembic import op

revision = "0016_captions"
down_revision = "0015_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for seat in ("client", "therapist"):
        op.add_column("session", sa.Column(f"{seat}_captions", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "caption",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("caption_session", "caption", ["session_id", "at_ms"])
