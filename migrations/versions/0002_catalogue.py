"""The catalogue's first row: what a quick session costs and how long it is."""

import sqlalchemy as sa
from alembic import op

revision = "0002_catalogue"
down_revision = "0001_first"
branch_labels = None
depends_on = None

service = sa.table(
    "service",
    sa.column("id", sa.Text()),
    sa.column("name", sa.Text()),
    sa.column("price_pence", sa.BigInteger()),
    sa.column("length_minutes", sa.Integer()),
)


def upgrade() -> None:
    op.bulk_insert(service, [{"id": "quick", "name": "Talk now", "price_pence": 3500, "length_minutes": 60}])
