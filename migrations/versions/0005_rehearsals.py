"""Test sessions with a scripted client, and sign-ins that end at a set time."""

import sqlalchemy as sa
from alembic import op

revision = "0005_rehearsals"
down_revision = "0004_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rehearsal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('asked','running','ended')", name="rehearsal_state"),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rehearsal", schema=None) as batch_op:
        batch_op.create_index("rehearsal_newest", ["therapist_id", "asked_at_ms"], unique=False)
        batch_op.create_index(
            "rehearsal_one_open_per_therapist",
            ["therapist_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'ended'"),
            postgresql_where=sa.text("state <> 'ended'"),
        )

    op.create_table(
        "scripted_client",
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("therapist_id"),
        sa.UniqueConstraint("client_id"),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until_ms", sa.BigInteger(), nullable=True))
