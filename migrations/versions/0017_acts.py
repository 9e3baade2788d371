"""An officer's other daily acts: requests of visitors and who took them into an account."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ACTIONS = ("claimed",)
VISITORS = sa.text("account_id IS NULL")


def upgrade() -> None:
    checks.add("case_event", "action", "ck_case_event_action_known", *ACTIONS)
    op.create_index(
        "ix_case_visitor",
        "case",
        ["post_id", "id"],
        sqlite_where=VISITORS,
        postgresql_where=VISITORS,
    )


def downgrade() -> None:
    # Stops at a case that has such an event, as 0008 does.
    op.drop_index("ix_case_visitor", table_name="case")
    checks.remove("case_event", "action", "ck_case_event_action_known", *ACTIONS)
