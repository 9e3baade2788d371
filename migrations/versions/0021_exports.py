"""Exports for one member of staff, and when a session gave its second factor last."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("confirmed_at", MOMENT, nullable=True))
    op.create_table(
        "export",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("post_id", KEY, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("staff_id", KEY, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("data_key_id", KEY, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sealed_wish", sa.LargeBinary(), nullable=False),
        sa.Column("items_done", sa.Integer(), nullable=False),
        sa.Column("items_total", sa.Integer(), nullable=False),
        sa.Column("parcel", sa.String(32), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ready_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False, index=True),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'json', 'zip')", name="format_known"),
        sa.CheckConstraint("(ready_at IS NULL) = (parcel IS NULL)", name="ready_with_parcel"),
    )
    op.create_index("ix_export_of_staff", "export", ["staff_id", "id"])


def downgrade() -> None:
    op.drop_table("export")
    op.drop_column("sign_in", "confirmed_at")
