"""That the codes by text of a day are nearly used up is trouble that somebody is told of."""

from migrations import checks

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

TROUBLES = ("sending_trouble", "kind", "ck_sending_trouble_kind_known")


def upgrade() -> None:
    checks.add(*TROUBLES, "texts")


def downgrade() -> None:
    checks.remove(*TROUBLES, "texts")
