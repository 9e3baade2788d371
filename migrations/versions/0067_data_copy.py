"""Copies of what is kept about an account, for its owner."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "data_copy",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("account_id", KEY, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("data_key_id", KEY, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("parcel", sa.String(32), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ready_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False, index=True),
        sa.CheckConstraint("(ready_at IS NULL) = (parcel IS NULL)", name="ready_with_parcel"),
    )
    op.create_index("ix_data_copy_account_id_id", "data_copy", ["account_id", "id"])


def downgrade() -> None:
    op.drop_table("data_copy")
