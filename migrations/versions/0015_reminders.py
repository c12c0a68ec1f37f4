"""What is queued as e-mail may go out as a text as well."""

import sqlalchemy as sa
from alembic import op

revision = "0015_reminders"
down_revision = "0014_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No check comes with it, so SQLite adds it without copying the table.
    op.add_column("mail", sa.Column("channel", sa.Text(), nullable=False, server_default="email"))
