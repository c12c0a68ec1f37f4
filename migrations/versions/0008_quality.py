"""What each page counted of its connection."""

import sqlalchemy as sa
from alembic import op

revision = "0008_quality"
down_revision = "0007_call_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("join_ms", sa.Integer(), nullable=True),
        sa.Column("connected_s", sa.Integer(), nullable=False),
        sa.Column("relayed_s", sa.Integer(), nullable=False),
        sa.Column("reconnects", sa.Integer(), nullable=False),
        sa.Column("audio_received", sa.Integer(), nullable=False),
        sa.Column("audio_lost", sa.Integer(), nullable=False),
        sa.Column("video_received", sa.Integer(), nullable=False),
        sa.Column("video_lost", sa.Integer(), nullable=False),
        sa.Column("freezes", sa.Integer(), nullable=False),
        sa.Column("freeze_ms", sa.Integer(), nullable=False),
        sa.Column("device_faults", sa.Integer(), nullable=False),
        sa.CheckConstraint("seat in ('client','therapist')", name="quality_seat"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("session_id", "seat", "page_id"),
    )
