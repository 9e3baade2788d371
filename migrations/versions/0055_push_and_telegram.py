"""Browsers that are told by push services, and chats with a bot of Telegram."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
CHANNELS = ("message", "channel", "ck_message_channel_known")
KINDS = ("contact", "kind", "ck_contact_kind_known")


def upgrade() -> None:
    checks.add(*CHANNELS, "push", "telegram")
    checks.add(*KINDS, "telegram")
    op.create_table(
        "push_device",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("account_id", BIG, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("endpoint_hash", sa.String(32), nullable=False, unique=True),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("sealed_subscription", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT, nullable=True),
    )
    op.create_index("ix_push_device_account_id", "push_device", ["account_id"])


def downgrade() -> None:
    op.drop_table("push_device")
    checks.remove(*KINDS, "telegram")
    checks.remove(*CHANNELS, "push", "telegram")
