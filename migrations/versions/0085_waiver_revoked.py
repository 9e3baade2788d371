"""A waiver of a fee that was granted wrongly and is taken back."""

from migrations import checks

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

ACTION = "waiver_revoked"
NAME = "ck_case_event_action_known"


def upgrade() -> None:
    checks.add("case_event", "action", NAME, ACTION)


def downgrade() -> None:
    checks.remove("case_event", "action", NAME, ACTION)
