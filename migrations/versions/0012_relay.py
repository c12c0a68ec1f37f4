"""Clients whose calls go through a relay alone."""

import sqlalchemy as sa
from alembic import op

revision = "0012_relay"
down_revision = "0011_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign key and no check comes with them, so SQLite adds them without copying the table and its triggers.
    op.add_column("person", sa.Column("is_relay_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("session", sa.Column("is_relay_only", sa.Boolean(), nullable=False, server_default=sa.false()))
