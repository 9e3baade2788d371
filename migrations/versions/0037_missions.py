"""The days for which a site is there, when it is a mobile mission."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

IN_ORDER = "(first_on IS NULL) = (last_on IS NULL) AND (first_on IS NULL OR first_on <= last_on)"


def upgrade() -> None:
    op.add_column("site", sa.Column("first_on", sa.Date(), nullable=True))
    # One column with its CHECK: SQLite adds no CHECK to a table that exists.
    op.execute(
        "ALTER TABLE site ADD COLUMN last_on DATE"
        f" CONSTRAINT ck_site_days_in_order CHECK ({IN_ORDER})"
    )


def downgrade() -> None:
    op.drop_column("site", "last_on")
    op.drop_column("site", "first_on")
