"""Answers of a draft that have no place in the version to which it moved."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("sealed_left_over", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "sealed_left_over")
