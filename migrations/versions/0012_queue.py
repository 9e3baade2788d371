"""What the queue of a post needs: indexes of its lists, numbers to search by, saved views."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
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
    op.create_index("ix_case_sent", "case", ["post_id", "submitted_at", "id"])
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
    op.create_table(
        "saved_view",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("look", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_saved_view_post_id")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_member.id"], name=op.f("fk_saved_view_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("uid", name=op.f("uq_saved_view_uid")),
    )
    op.create_index(op.f("ix_saved_view_post_id_owner_id"), "saved_view", ["post_id", "owner_id"])


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_table("case_term")
    op.drop_index("ix_case_sent", "case")
    for name, *_rest in reversed(INDEXES):
        op.drop_index(name, "case")
