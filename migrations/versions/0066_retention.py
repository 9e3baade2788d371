"""When requests are erased, what holds that up, and what is left of them."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("case", sa.Column("closed_at", MOMENT, nullable=True))
    op.create_table(
        "retention",
        sa.Column("case_id", KEY, sa.ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False, index=True),
        sa.Column("announced_at", MOMENT, nullable=True),
        sa.Column("held_at", MOMENT, nullable=True),
        sa.Column("held_by", KEY, nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(held_at IS NULL) = (sealed_reason IS NULL)", name="held_with_reason"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("post_id", KEY, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("reference", sa.String(16), nullable=False, unique=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("erased_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("retention")
    op.drop_column("case", "closed_at")
