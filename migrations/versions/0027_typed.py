"""What was typed into a page of a request and could not be accepted yet."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_item", sa.Column("sealed_typed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    # SQLite drops a column in place since 3.35; the table's triggers and checks stay.
    op.drop_column("case_item", "sealed_typed")
