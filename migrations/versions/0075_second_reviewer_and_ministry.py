"""Two more roles of staff: who makes second checks alone, and who reads figures alone."""

from migrations import checks

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

ROLES = "second_reviewer", "ministry"
HELD = "staff_role", "role", "ck_staff_role_role_known"
DONE_AS = "case_event", "actor_role", "ck_case_event_actor_role_known"


def upgrade() -> None:
    checks.add(*HELD, *ROLES)
    checks.add(*DONE_AS, *ROLES)


def downgrade() -> None:
    # Stops at somebody who holds one of the roles, as 0008 does.
    checks.remove(*DONE_AS, *ROLES)
    checks.remove(*HELD, *ROLES)
