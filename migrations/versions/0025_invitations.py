"""Therapists invite clients: a referral code that went to one address, works once and runs out."""

import sqlalchemy as sa
from alembic import op

revision = "0025_invitations"
down_revision = "0024_conduct"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referral", sa.Column("until_ms", sa.BigInteger(), nullable=True))
    op.add_column("referral", sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    op.create_index("referral_therapist", "referral", ["therapist_id"])
