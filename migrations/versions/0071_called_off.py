"""An index of the appointments that the post cancelled: each page of times asks for one's own."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

BY_POST = sa.text("cancel_reason = 'by_post'")


def upgrade() -> None:
    op.create_index(
        "ix_booking_called_off",
        "booking",
        ["case_id", "updated_at"],
        sqlite_where=BY_POST,
        postgresql_where=BY_POST,
    )


def downgrade() -> None:
    op.drop_index("ix_booking_called_off", "booking")
