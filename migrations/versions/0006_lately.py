"""Find what happened lately without reading everything that ever did."""

from alembic import op

revision = "0006_lately"
down_revision = "0005_rehearsals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("request_since", "request", ["state_since_ms"])
    op.create_index("session_ended", "session", ["ended_at_ms"])
