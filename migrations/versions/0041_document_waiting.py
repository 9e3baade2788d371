"""The documents that still have to be looked at, in an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NAME = "ix_document_waiting"
WAITING = sa.text("state = 'quarantined'")


def upgrade() -> None:
    op.create_index(NAME, "document", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index(NAME, table_name="document")
