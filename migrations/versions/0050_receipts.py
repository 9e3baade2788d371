"""Receipts of providers, addresses that bounced, and what went on by another channel."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("message", sa.Column("receipt_due_at", MOMENT, nullable=True))
    op.add_column(
        "message",
        sa.Column("is_passed_on", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _partial("ix_message_receipt", "message", ["receipt_due_at"], "receipt_due_at IS NOT NULL")
    _partial("ix_message_named", "message", ["provider_ref"], "provider_ref IS NOT NULL")
    op.add_column("contact", sa.Column("bounced_at", MOMENT, nullable=True))
    said = sa.Enum(
        "delivered",
        "failed",
        "gone",
        name="said_known",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "message_receipt",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("reference", sa.String(128), nullable=False),
        sa.Column("key", sa.String(48), nullable=False),
        sa.Column("said", said, nullable=True),
        sa.Column(
            "message_id", BIG, sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=True
        ),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.UniqueConstraint("provider", "event_id"),
    )
    op.create_index("ix_message_receipt_message_id", "message_receipt", ["message_id"])
    op.create_index("ix_message_receipt_received_at", "message_receipt", ["received_at"])
    _partial("ix_message_receipt_early", "message_receipt", ["reference"], "message_id IS NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def downgrade() -> None:
    op.drop_table("message_receipt")
    op.drop_column("contact", "bounced_at")
    op.drop_index("ix_message_named", table_name="message")
    op.drop_index("ix_message_receipt", table_name="message")
    op.drop_column("message", "is_passed_on")
    op.drop_column("message", "receipt_due_at")
