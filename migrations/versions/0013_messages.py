"""Messages: conversations, what was written in them, and files. Whoever had a session together has a conversation.

Chat of before stays with its session; from now on a line of it stands in the conversation too.
"""

import time
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0013_messages"
down_revision = "0012_relay"
branch_labels = None
depends_on = None


def upgrade() -> None:
    conversation = op.create_table(
        "conversation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("client_read_seq", sa.Integer(), nullable=False),
        sa.Column("therapist_read_seq", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["therapist_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id", "therapist_id", name="conversation_pair"),
    )
    op.create_index("conversation_therapist", "conversation", ["therapist_id", "last_at_ms"])
    op.create_table(
        "attached",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attached_conversation", "attached", ["conversation_id"])
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("seat in ('client','therapist')", name="message_seat"),
        sa.CheckConstraint("(text_sealed is null) = (session_id is not null)", name="message_words"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["attached.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"]),
        sa.PrimaryKeyConstraint("conversation_id", "seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("message_at", "message", ["at_ms"])
    pairs = op.get_bind().execute(
        sa.text(
            "select distinct client_id, therapist_id from session where agreed_at_ms is not null and not is_rehearsal"
        )
    )
    rows = [
        {
            "id": str(uuid.uuid4()),
            "client_id": client_id,
            "therapist_id": therapist_id,
            "version": 1,
            "last_seq": 0,
            "client_read_seq": 0,
            "therapist_read_seq": 0,
            "created_at_ms": time.time_ns() // 1_000_000,
        }
        for client_id, therapist_id in pairs
    ]
    if rows:
        op.bulk_insert(conversation, rows)
