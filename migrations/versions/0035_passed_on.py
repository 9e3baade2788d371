"""When the emergency seats of a pool that nobody took go to the public."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pool", sa.Column("pass_on_hours", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("pool", "pass_on_hours")
