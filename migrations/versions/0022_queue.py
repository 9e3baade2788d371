"""What lets each look at the queue read an index from where its page begins, and no more."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KINDS = (
    "review",
    "second_review",
    "payment",
    "appointment",
    "consignment",
    "production",
    "hand_over",
)
OPEN = "submitted_at IS NOT NULL AND ended_at IS NULL"
NEW = "state IN ('submitted', 'in_review')"
HELD = "assignee_id IS NOT NULL"
ENDED = "ended_at IS NOT NULL"
OFFERED = "offered_id IS NOT NULL"
AT_THIS_STEP = sa.text("kind = 'consignment' AND state = 'current'")
CASES = (
    (
        "ix_case_mine",
        HELD,
        ("post_id", "assignee_id", "due_on", "id"),
        ("submitted_at", "ended_at"),
    ),
    (
        "ix_case_new_service",
        NEW,
        ("post_id", "service_id", "due_on", "id"),
        ("assignee_id", "lease_until", "offered_id"),
    ),
    ("ix_case_open_sent", OPEN, ("post_id", "submitted_at", "id"), ()),
    ("ix_case_ended_sent", ENDED, ("post_id", "submitted_at", "id"), ()),
    ("ix_case_hurried", f"{OPEN} AND variant <> 'regular'", ("post_id", "due_on", "id"), ()),
    ("ix_case_service_state", OPEN, ("post_id", "service_id", "state", "due_on", "id"), ()),
    (
        "ix_case_offered",
        f"{NEW} AND {OFFERED}",
        ("post_id", "offered_id", "due_on", "id"),
        ("assignee_id", "lease_until"),
    ),
    (
        "ix_case_capital",
        "at_step = 'consignment' AND waiting_since IS NULL",
        ("post_id", "due_on", "id"),
        (),
    ),
    ("ix_case_appealed", "appealed_at IS NOT NULL", ("post_id", "due_on", "id"), ()),
)


def upgrade() -> None:
    # One column with its CHECK: SQLite adds no CHECK to a table that exists.
    op.execute(
        'ALTER TABLE "case" ADD COLUMN at_step VARCHAR(32)'
        f" CONSTRAINT ck_case_at_step_known CHECK (at_step IN {KINDS})"
    )
    op.add_column("case", sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True))
    _fill()
    op.drop_index("ix_case_step_consignment", "case_step")
    op.drop_index("ix_case_mine", "case")
    op.drop_index("ix_case_offered", "case")
    op.drop_index("ix_case_sent", "case")
    for name, condition, columns, included in CASES:
        _create_index(name, condition, columns, included)


def _fill() -> None:
    op.execute(
        'UPDATE "case" SET at_step = (SELECT kind FROM case_step'
        " WHERE case_step.case_id = \"case\".id AND case_step.state = 'current')"
        " WHERE submitted_at IS NOT NULL AND ended_at IS NULL"
    )
    op.execute(
        'UPDATE "case" SET appealed_at = (SELECT filed_at FROM appeal'
        ' WHERE appeal.case_id = "case".id AND appeal.decided_at IS NULL)'
        " WHERE id IN (SELECT case_id FROM appeal WHERE decided_at IS NULL)"
    )


def _create_index(
    name: str, condition: str, columns: tuple[str, ...], included: tuple[str, ...]
) -> None:
    where = sa.text(condition)
    options = {"postgresql_include": list(included)} if included else {}
    op.create_index(
        name, "case", list(columns), sqlite_where=where, postgresql_where=where, **options
    )


def downgrade() -> None:
    for name, *_rest in reversed(CASES):
        op.drop_index(name, "case")
    _create_index("ix_case_offered", OFFERED, ("offered_id",), ())
    op.create_index("ix_case_sent", "case", ["post_id", "submitted_at", "id"])
    op.create_index("ix_case_mine", "case", ["assignee_id", "state", "due_on", "id"])
    op.create_index(
        "ix_case_step_consignment",
        "case_step",
        ["case_id"],
        sqlite_where=AT_THIS_STEP,
        postgresql_where=AT_THIS_STEP,
    )
    op.drop_column("case", "appealed_at")
    op.drop_column("case", "at_step")
