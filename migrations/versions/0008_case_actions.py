"""New actions on a case; the identity of whoever has an open case is fixed."""

from alembic import op

from migrations import checks

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = (
    "started",
    "submitted",
    "taken",
    "released",
    "item_decided",
    "correction_asked",
    "resubmitted",
    "accepted",
    "refused",
    "booked",
    "moved",
    "booking_cancelled",
    "checked_in",
    "visit_completed",
    "produced",
    "handed_over",
    "withdrawn",
    "lapsed",
)
AFTER = (*BEFORE, "identity_corrected", "correction_revoked", "waiver_granted")
LOCK = """
    UPDATE person SET locked_at = CURRENT_TIMESTAMP
    WHERE locked_at IS NULL AND id IN (
      SELECT person_id FROM "case"
      WHERE state IN ('submitted', 'in_review', 'action_needed', 'in_progress', 'ready'))
"""


def upgrade() -> None:
    checks.allow("case_event", "action", "ck_case_event_action_known", before=BEFORE, after=AFTER)
    op.execute(LOCK)


def downgrade() -> None:
    # Stops at a case that has such an event: events are append-only, there is nothing to turn
    # it into.
    checks.allow("case_event", "action", "ck_case_event_action_known", before=AFTER, after=BEFORE)
