"""How many working days a post took for a case, once its work is done."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MEASURED = sa.text("used_days IS NOT NULL")


def upgrade() -> None:
    op.add_column("case", sa.Column("used_days", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("done_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_case_measured",
        "case",
        ["post_id", "done_on", "service_id", "variant", "used_days"],
        sqlite_where=MEASURED,
        postgresql_where=MEASURED,
    )


def downgrade() -> None:
    op.drop_index("ix_case_measured", table_name="case")
    op.drop_column("case", "done_on")
    op.drop_column("case", "used_days")
