"""A case of a bulk run at which the program failed."""

from migrations import checks

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHECK = ("bulk_item", "outcome", "ck_bulk_item_outcome_known")


def upgrade() -> None:
    checks.add(*CHECK, "failed")


def downgrade() -> None:
    checks.remove(*CHECK, "failed")
