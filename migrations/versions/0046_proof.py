"""Tasks that browsers solved, each accepted once, and who waits in place of solving one."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "proof_used",
        sa.Column("signature", sa.String(22), primary_key=True),
        sa.Column("used_at", MOMENT, nullable=False),
    )
    op.create_table(
        "proof_wait",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("ready_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("proof_wait")
    op.drop_table("proof_used")
