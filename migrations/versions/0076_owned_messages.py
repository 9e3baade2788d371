"""Messages are looked up by account and by case where they have one; who has none needs no entry.

Each step of a message writes its entries anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_message_inbox": (["account_id", "channel", "id"], sa.text("account_id IS NOT NULL")),
    "ix_message_case_id_id": (["case_id", "id"], sa.text("case_id IS NOT NULL")),
}


def upgrade() -> None:
    for name, (columns, where) in INDEXES.items():
        op.drop_index(name, "message")
        op.create_index(name, "message", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, (columns, _where) in INDEXES.items():
        op.drop_index(name, "message")
        op.create_index(name, "message", columns)
