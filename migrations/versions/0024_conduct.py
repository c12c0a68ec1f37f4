"""A matter may be one of conduct."""

from alembic import op

revision = "0024_conduct"
down_revision = "0023_survey"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_constraint("matter_kind", type_="check")
        batch_op.create_check_constraint("matter_kind", "kind in ('question','problem','complaint','conduct')")
