"""Why a cash desk was closed with more or less than must lie in it."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cash_desk", sa.Column("remark", sa.Text(), nullable=True))


def downgrade() -> None:
    # SQLite drops a column in place since 3.35; the table's triggers and checks stay.
    op.drop_column("cash_desk", "remark")
