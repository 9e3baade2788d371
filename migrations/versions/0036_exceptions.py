"""Hours that a lane has on one day only, in place of those of its weekday."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("weekly_hours", sa.Column("on_day", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("weekly_hours", "on_day")
