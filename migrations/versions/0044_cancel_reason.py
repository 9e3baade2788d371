"""Why an appointment was cancelled, as far as it was said; whom the post failed is known by it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

REASONS = "('not_needed', 'cannot_come', 'no_papers', 'asked', 'by_post', 'other')"


def upgrade() -> None:
    # One column with its CHECK: SQLite adds no CHECK to a table that exists.
    op.execute(
        "ALTER TABLE booking ADD COLUMN cancel_reason VARCHAR(32)"
        f" CONSTRAINT ck_booking_cancel_reason_known CHECK (cancel_reason IN {REASONS})"
    )
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
    op.drop_column("booking", "cancel_reason")
