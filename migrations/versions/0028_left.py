"""Visitors who left before they were served, and arrivals that were noted by mistake."""

from migrations import checks

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATES = ("booking", "state", "ck_booking_state_known")
EVENTS = ("case_event", "action", "ck_case_event_action_known")


def upgrade() -> None:
    checks.add(*STATES, "left")
    checks.add(*EVENTS, "arrival_undone")


def downgrade() -> None:
    # Stops at a visitor who left and at an arrival that was taken back, as 0008 does.
    checks.remove(*EVENTS, "arrival_undone")
    checks.remove(*STATES, "left")
