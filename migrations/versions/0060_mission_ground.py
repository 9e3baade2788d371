"""A mission that does not take place is a ground of its own."""

from migrations import checks

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

GROUNDS = ("resettle_run", "ground", "ck_resettle_run_ground_known")


def upgrade() -> None:
    checks.add(*GROUNDS, "mission")


def downgrade() -> None:
    checks.remove(*GROUNDS, "mission")
