"""Whether a member of staff gets the digest of late cases; without a row the usual holds."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff_preference",
        sa.Column("staff_id", BIG, sa.ForeignKey("staff_member.id"), primary_key=True),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("staff_preference")
