"""An officer's other daily acts: requests of visitors and who took them into an account."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ACTIONS = ("answers_corrected", "claimed", "reopened")
BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
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
    op.create_table(
        "event_ground",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("case_id", BIG, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data_key_id", BIG, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("case_id", "number"),
    )


def downgrade() -> None:
    # Stops at a case that has such an event, as 0008 does.
    op.drop_table("event_ground")
    op.drop_index("ix_case_visitor", table_name="case")
    checks.remove("case_event", "action", "ck_case_event_action_known", *ACTIONS)
