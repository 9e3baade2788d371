"""Indexes that find the rows of a list at the same cost, however long their tables are."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BY_KEY = ("case", "data_key", "person")
"""Tables that a list joins row by row; PostgreSQL alone knows hash indexes."""
UNREAD, HELD = "read_at IS NULL", "returned_at IS NULL"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in BY_KEY:
            op.create_index(f"ix_{table}_key", table, ["id"], postgresql_using="hash")
    op.drop_index("ix_case_person_id_service_id", "case")
    op.create_index("ix_case_person", "case", ["person_id"], postgresql_using="hash")
    _again(
        "ix_thread_message_unread", "thread_message", ["case_id"], UNREAD, postgresql_using="hash"
    )
    _again("ix_original_held", "original", ["case_id"], HELD, postgresql_using="hash")


def downgrade() -> None:
    _again("ix_original_held", "original", ["case_id"], HELD)
    _again("ix_thread_message_unread", "thread_message", ["case_id", "side"], UNREAD)
    op.drop_index("ix_case_person", "case")
    op.create_index("ix_case_person_id_service_id", "case", ["person_id", "service_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table in BY_KEY:
            op.drop_index(f"ix_{table}_key", table)


def _again(name: str, table: str, columns: list[str], where: str, **options: str) -> None:
    op.drop_index(name, table)
    some = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index(name, table, columns, **some, **options)
