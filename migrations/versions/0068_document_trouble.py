"""Why a file still waits for the scanner, and which stored files were found damaged."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DAMAGED = sa.text("damaged_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("document", sa.Column("trouble", sa.String(32), nullable=True))
    op.add_column("document", sa.Column("damaged_at", MOMENT, nullable=True))
    op.add_column("document", sa.Column("proved_at", MOMENT, nullable=True))
    op.create_index(
        "ix_document_damaged",
        "document",
        ["id"],
        sqlite_where=DAMAGED,
        postgresql_where=DAMAGED,
    )


def downgrade() -> None:
    op.drop_index("ix_document_damaged", "document")
    for name in ("proved_at", "damaged_at", "trouble"):
        op.drop_column("document", name)
