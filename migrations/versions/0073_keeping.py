"""How long a post keeps requests of services that say nothing of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("post", sa.Column("kept", JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("post", "kept")
