"""What citizens want erased: proposed by one of the post, decided by another."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = "state IN ('asked', 'proposed', 'granted')"
OF_CASE = sa.text(f"{OPEN} AND case_id IS NOT NULL")
OF_ACCOUNT = sa.text(f"{OPEN} AND case_id IS NULL")
STATES = "'asked', 'proposed', 'granted', 'refused', 'withdrawn', 'done'"
CHECKS = {
    "decided_by_another": "decided_by <> proposed_by",
    "proposed_whole": (
        "(proposed_by IS NULL) = (proposed_at IS NULL) AND (proposed_by IS NULL) = (answer IS NULL)"
    ),
    "proposed_first": (
        "state NOT IN ('proposed', 'granted', 'refused', 'done') OR proposed_by IS NOT NULL"
    ),
    "decided_whole": (
        "(state IN ('granted', 'refused', 'done')) = (decided_by IS NOT NULL)"
        " AND (decided_by IS NULL) = (decided_at IS NULL)"
    ),
    "refused_with_ground": "answer <> 'refuse' OR ground IS NOT NULL",
    "done_leads_to_nobody": "(account_id IS NULL) = (state = 'done')",
    "of_one_request": "(case_id IS NOT NULL) = (scope = 'case' AND state <> 'done')",
    "scope_known": "scope IN ('case', 'account')",
    "state_known": f"state IN ({STATES})",
    "answer_known": "answer IN ('grant', 'refuse')",
    "ground_known": "ground IN ('running', 'appeal', 'held', 'duty')",
}


def upgrade() -> None:
    op.create_table(
        "erasure_wish",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("post_id", KEY, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("account_id", KEY, sa.ForeignKey("account.id"), nullable=True),
        sa.Column("case_id", KEY, sa.ForeignKey("case.id"), nullable=True),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(32), nullable=True),
        sa.Column("ground", sa.String(32), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_by", KEY, nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=True),
        sa.Column("sealed_remark", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        *(sa.CheckConstraint(text, name=name) for name, text in CHECKS.items()),
    )
    _add_indexes()


def _add_indexes() -> None:
    for name, column, where in (
        ("uq_erasure_wish_of_case", "case_id", OF_CASE),
        ("uq_erasure_wish_of_account", "account_id", OF_ACCOUNT),
    ):
        op.create_index(
            name,
            "erasure_wish",
            [column],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_index("ix_erasure_wish_post", "erasure_wish", ["post_id", "state", "due_on", "id"])
    op.create_index("ix_erasure_wish_account", "erasure_wish", ["account_id", "id"])
    op.create_index("ix_erasure_wish_case", "erasure_wish", ["case_id"])


def downgrade() -> None:
    op.drop_table("erasure_wish")
