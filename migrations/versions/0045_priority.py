"""Whom the post failed is known by why the appointment was cancelled, not by a run."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what was cancelled before, only runs of the schedule tell that it was by the post.
    op.execute(
        "UPDATE booking SET cancel_reason = 'by_post' WHERE id IN"
        " (SELECT booking_id FROM resettle_item WHERE outcome = 'cancelled')"
    )
    op.drop_index("ix_resettle_item_cancelled", "resettle_item")


def downgrade() -> None:
    where = sa.text("outcome = 'cancelled'")
    op.create_index(
        "ix_resettle_item_cancelled",
        "resettle_item",
        ["case_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
