"""Short messages, and what a provider calls a message."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

CHECK = ("message", "channel", "ck_message_channel_known")


def upgrade() -> None:
    checks.add(*CHECK, "sms")
    op.add_column("message", sa.Column("provider_ref", sa.String(128), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "provider_ref")
    checks.remove(*CHECK, "sms")
