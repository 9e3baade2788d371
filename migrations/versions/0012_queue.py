"""What the queue of a post needs: indexes of its lists, numbers to search by."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OPEN = "submitted_at IS NOT NULL AND ended_at IS NULL"
ENDED = "ended_at IS NOT NULL"
NEW = "state IN ('submitted', 'in_review')"
RUNNING = f"{OPEN} AND waiting_since IS NULL AND state <> 'ready'"
INDEXES = (
    ("ix_case_new", NEW, ("post_id", "due_on", "id"), ("assignee_id", "lease_until")),
    ("ix_case_open", OPEN, ("post_id", "due_on", "id"), ()),
    ("ix_case_running", RUNNING, ("post_id", "due_on", "id"), ()),
    ("ix_case_service", OPEN, ("post_id", "service_id", "due_on", "id"), ()),
    ("ix_case_ended", ENDED, ("post_id", "ended_at", "id"), ()),
    ("ix_case_service_ended", ENDED, ("post_id", "service_id", "ended_at", "id"), ()),
)


def upgrade() -> None:
    for name, condition, columns, included in INDEXES:
        options = {"postgresql_include": list(included)} if included else {}
        where = sa.text(condition)
        op.create_index(
            name, "case", list(columns), sqlite_where=where, postgresql_where=where, **options
        )
    op.create_index("ix_case_sent", "case", ["post_id", "submitted_at"])
    op.create_table(
        "case_term",
        sa.Column("term", sa.String(length=32), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_case_term_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("term", "case_id", name=op.f("pk_case_term")),
    )
    op.create_index(op.f("ix_case_term_case_id"), "case_term", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_term")
    op.drop_index("ix_case_sent", "case")
    for name, *_rest in reversed(INDEXES):
        op.drop_index(name, "case")
