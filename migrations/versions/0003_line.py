"""The line: own therapist first, rehearsals, callbacks, and how each request was offered."""

import sqlalchemy as sa
from alembic import op

revision = "0003_line"
down_revision = "0002_catalogue"
branch_labels = None
depends_on = None

OPEN = "state in ('waiting','accepted','joining','in_call')"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN own_therapist_id TEXT REFERENCES person (id)")
    op.add_column("session", sa.Column("is_rehearsal", sa.Boolean(), nullable=False, server_default=sa.false()))
    _change_request()
    op.create_table(
        "callback",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kept_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("told_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id"),
    )
    unused = sa.text("used_at_ms is null")
    op.create_index("callback_client", "callback", ["client_id"])
    op.create_index("callback_open", "callback", ["kept_until_ms"], sqlite_where=unused, postgresql_where=unused)
    op.create_table(
        "offering",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("therapist_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("behind_ms", sa.Integer(), nullable=True),
        sa.Column("taken_id", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('shown','claimed','lost','passed_over')", name="offering_kind"),
        sa.CheckConstraint("(kind = 'passed_over') = (taken_id is not null)", name="offering_taken"),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["therapist_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["taken_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("offering_kind_at", "offering", ["kind", "at_ms"])
    op.create_index("offering_request", "offering", ["request_id"])


def _change_request() -> None:
    """A place is one open request's: after a callback its client's next request takes the same one again."""
    with op.batch_alter_table("request", naming_convention={"uq": "%(table_name)s_%(column_0_name)s_key"}) as batch:
        batch.drop_constraint("request_place_key", type_="unique")
        batch.add_column(sa.Column("own_therapist_id", sa.Text(), nullable=True))
        batch.add_column(sa.Column("own_until_ms", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("only_for", sa.Text(), nullable=True))
        batch.add_column(sa.Column("is_rehearsal", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("taken_out", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("taken_out_note_sealed", sa.LargeBinary(), nullable=True))
        batch.create_foreign_key("request_own_therapist_id_fkey", "person", ["own_therapist_id"], ["id"])
        batch.create_foreign_key("request_only_for_fkey", "person", ["only_for"], ["id"])
    is_open = sa.text(OPEN)
    op.create_index(
        "request_one_open_per_place", "request", ["place"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
