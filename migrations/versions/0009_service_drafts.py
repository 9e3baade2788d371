"""Drafts that know their revision and their translations; rates of a post; granted waivers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "service", sa.Column("draft_revision", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("service", sa.Column("translated", JSON, nullable=False, server_default="{}"))
    op.add_column("post", sa.Column("rates", JSON, nullable=False, server_default="[]"))
    op.add_column("case", sa.Column("granted", JSON, nullable=False, server_default="[]"))
    op.add_column("case", sa.Column("sealed_grounds", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "sealed_grounds")
    op.drop_column("case", "granted")
    op.drop_column("post", "rates")
    op.drop_column("service", "translated")
    op.drop_column("service", "draft_revision")
