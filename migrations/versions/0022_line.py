"""Find the first of the line without sorting it."""

from alembic import op

revision = "0022_line"
down_revision = "0021_standing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.create_index("request_line", ["state", "place"], unique=False)
