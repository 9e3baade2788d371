"""Why an appointment was cancelled, as far as it was said."""

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


def downgrade() -> None:
    op.drop_column("booking", "cancel_reason")
