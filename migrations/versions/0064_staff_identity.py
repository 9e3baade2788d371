"""Staff as the identity provider of a ministry knows them."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_identity",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("staff_id", BIG, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("invited_hash", sa.String(32), nullable=True),
        sa.Column("invited_at", MOMENT, nullable=False),
        sa.Column("subject_hash", sa.String(32), nullable=True),
        sa.Column("linked_at", MOMENT, nullable=True),
        sa.UniqueConstraint("staff_id", "issuer"),
        sa.UniqueConstraint("issuer", "subject_hash"),
        sa.UniqueConstraint("issuer", "invited_hash"),
        sa.CheckConstraint(
            "(subject_hash IS NULL) <> (invited_hash IS NULL)", name="invited_or_linked"
        ),
    )


def downgrade() -> None:
    op.drop_table("staff_identity")
