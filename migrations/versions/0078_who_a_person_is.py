"""Whether staff saw who a person is, or found that somebody else had entered their number."""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("person", sa.Column("verified_at", MOMENT, nullable=True))
    op.add_column("person", sa.Column("disowned_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("person", "disowned_at")
    op.drop_column("person", "verified_at")
