"""An officer's other daily acts: requests of visitors and who took them into an account."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ACTIONS = (
    "answers_corrected",
    "claimed",
    "reopened",
    "transferred",
    "appealed",
    "appeal_dismissed",
)
BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
VISITORS = sa.text("account_id IS NULL")
OPEN = sa.text("decided_at IS NULL")
HELD = sa.text("returned_at IS NULL")


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
    _create_appeals()
    _create_originals()
    op.create_table(
        "not_the_same",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("older_id", BIG, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "newer_id",
            BIG,
            sa.ForeignKey("case.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("found_by", BIG, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.UniqueConstraint("older_id", "newer_id"),
        sa.CheckConstraint("older_id < newer_id", name="in_order"),
    )


def _create_originals() -> None:
    op.create_table(
        "original",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("case_id", BIG, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("data_key_id", BIG, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sheet", sa.String(32), nullable=False),
        sa.Column("sealed_description", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_condition", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_place", sa.LargeBinary(), nullable=True),
        sa.Column("received_by", BIG, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("return_sheet", sa.String(32), nullable=True),
        sa.Column("returned_by", BIG, nullable=True),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "(returned_at IS NULL) = (return_sheet IS NULL)"
            " AND (returned_at IS NULL) = (returned_by IS NULL)",
            name="returned_whole",
        ),
    )
    op.create_index(op.f("ix_original_case_id_id"), "original", ["case_id", "id"])
    op.create_index(
        "ix_original_held", "original", ["case_id"], sqlite_where=HELD, postgresql_where=HELD
    )


def _create_appeals() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column(
            "case_id",
            BIG,
            sa.ForeignKey("case.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("data_key_id", BIG, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("refused_by", BIG, nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (sealed_answer IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_whole",
        ),
    )
    op.create_index(
        "ix_appeal_open", "appeal", ["case_id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "appeal_file",
        sa.Column("id", BIG, primary_key=True),
        sa.Column(
            "appeal_id",
            BIG,
            sa.ForeignKey("appeal.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("document_id", BIG, sa.ForeignKey("document.id"), nullable=False, unique=True),
    )


def downgrade() -> None:
    # Stops at a case that has such an event, as 0008 does.
    op.drop_table("not_the_same")
    op.drop_table("original")
    op.drop_table("appeal_file")
    op.drop_table("appeal")
    op.drop_table("event_ground")
    op.drop_index("ix_case_visitor", table_name="case")
    checks.remove("case_event", "action", "ck_case_event_action_known", *ACTIONS)
