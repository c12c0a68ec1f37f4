"""What operators decide about somebody: besides disabling, a second step that is reset and a therapist's share."""

import sqlalchemy as sa
from alembic import op

revision = "0021_standing"
down_revision = "0020_support"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The table only ever grows; its trigger comes back with the others after the migration.
    on = "" if op.get_bind().dialect.name == "sqlite" else " ON standing"
    op.execute(f"DROP TRIGGER IF EXISTS standing_forbids_update{on}")
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("act", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("share_percent", sa.Integer(), nullable=True))
    op.execute("UPDATE standing SET act = CASE WHEN is_disabled THEN 'disabled' ELSE 'let_in' END")
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.alter_column("act", existing_type=sa.Text(), nullable=False)
        batch_op.drop_column("is_disabled")
        batch_op.create_check_constraint("standing_act", "act in ('disabled','let_in','second_step_reset','share')")
        batch_op.create_check_constraint("standing_share", "(act = 'share') = (share_percent is not null)")
