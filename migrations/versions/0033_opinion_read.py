"""Who withdrew a question to a colleague, and when its asker read how it ended."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ENDED = "(answered_at IS NOT NULL OR revoked_at IS NOT NULL)"


def upgrade() -> None:
    # Without a foreign key, which SQLite adds to no table that stands.
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("opinion", sa.Column("revoked_by", key, nullable=True))
    op.add_column("opinion", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    # What ended before is no news.
    op.execute("UPDATE opinion SET read_at = coalesce(answered_at, revoked_at)")
    where = sa.text(f"read_at IS NULL AND {ENDED}")
    op.create_index(
        "ix_opinion_unread",
        "opinion",
        ["asked_by", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_opinion_unread", table_name="opinion")
    op.drop_column("opinion", "read_at")
    op.drop_column("opinion", "revoked_by")
