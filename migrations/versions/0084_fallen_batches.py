"""Messages that a worker died over, which go in small batches before they go alone."""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

ORDER = ["channel", "priority", "due_at", "id"]
WAITING = "state IN ('pending', 'retry_wait')"


def upgrade() -> None:
    fallen = sa.Column("has_fallen", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("message", fallen)
    op.create_index(
        "ix_message_fallen",
        "message",
        ORDER,
        sqlite_where=sa.text(f"{WAITING} AND has_fallen = 1 AND is_alone = 0"),
        postgresql_where=sa.text(f"{WAITING} AND has_fallen AND NOT is_alone"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_fallen", "message")
    op.drop_column("message", "has_fallen")
