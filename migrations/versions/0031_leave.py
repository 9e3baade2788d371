"""Requests that were selected in the queue can leave in a file."""

from migrations import checks

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

RUNS = ("bulk_run", "action", "ck_bulk_run_action_known")


def upgrade() -> None:
    checks.add(*RUNS, "export")


def downgrade() -> None:
    # Stops at a selection that was exported, as 0008 does.
    checks.remove(*RUNS, "export")
