"""What an officer writes in a document that is issued."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issued_document", sa.Column("sealed_statement", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    # SQLite drops a column in place since 3.35; the table's triggers and checks stay.
    op.drop_column("issued_document", "sealed_statement")
