"""Cases for a second officer are counted by their index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TO_SECOND = "state IN ('submitted', 'in_review') AND at_step = 'second_review'"


def upgrade() -> None:
    _again(["assignee_id", "lease_until"])


def downgrade() -> None:
    _again([])


def _again(include: list[str]) -> None:
    op.drop_index("ix_case_second", "case")
    op.create_index(
        "ix_case_second",
        "case",
        ["post_id", "due_on", "id"],
        sqlite_where=sa.text(TO_SECOND),
        postgresql_where=sa.text(TO_SECOND),
        postgresql_include=include,
    )
