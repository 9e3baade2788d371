"""Which account was signed in where the consent of the other parent was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("consent", sa.Column("answered_by", KEY, nullable=True))


def downgrade() -> None:
    # SQLite drops a column in place since 3.35; the table's triggers and checks stay.
    op.drop_column("consent", "answered_by")
