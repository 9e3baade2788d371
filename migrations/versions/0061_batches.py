"""Messages that go by themselves, and the queue of each channel in its own order."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

WAITING = "state IN ('pending', 'retry_wait')"
ORDER = ["channel", "priority", "due_at", "id"]


def upgrade() -> None:
    alone = sa.Column("is_alone", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("message", alone)
    # SQLite takes a partial index only for a condition that reads like that of the query.
    is_alone = "is_alone = 1" if op.get_bind().dialect.name == "sqlite" else "is_alone"
    _index("ix_message_alone", ORDER, f"{WAITING} AND {is_alone}")
    op.drop_index("ix_message_due", "message")
    _index("ix_message_due", ORDER, WAITING)


def _index(name: str, columns: list[str], where: str) -> None:
    is_so = sa.text(where)
    op.create_index(name, "message", columns, sqlite_where=is_so, postgresql_where=is_so)


def downgrade() -> None:
    op.drop_index("ix_message_alone", "message")
    op.drop_index("ix_message_due", "message")
    _index("ix_message_due", ORDER[1:], WAITING)
    op.drop_column("message", "is_alone")
