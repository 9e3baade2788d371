"""How each provider of messages did lately, and whether it is left alone."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "message_carrier",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("recent", sa.String(20), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("probed_at", MOMENT, nullable=True),
        sa.Column("successes", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("message_carrier")
