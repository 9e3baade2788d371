"""When somebody last signed in, and accounts to which nobody comes back.

Nobody knows of accounts that are there already when somebody last signed in: they count from now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("account", sa.Column("seen_on", sa.Date(), nullable=True))
    op.execute("UPDATE account SET seen_on = CURRENT_DATE")
    for name, number in (("draft_days", "180"), ("idle_months", "24")):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=number)
        op.add_column("post", column)
    op.create_table(
        "idle_account",
        sa.Column(
            "account_id", KEY, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False, index=True),
        sa.Column("warned_on", sa.Date(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("idle_account")
    op.drop_column("post", "idle_months")
    op.drop_column("post", "draft_days")
    op.drop_column("account", "seen_on")
