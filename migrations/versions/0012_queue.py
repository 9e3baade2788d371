"""What the queue of a post needs: indexes, numbers, saved views, teams, bulk runs."""

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
    ("ix_case_offered", "offered_id IS NOT NULL", ("offered_id",), ()),
    ("ix_case_service_ended", ENDED, ("post_id", "service_id", "ended_at", "id"), ()),
)

TEAM_TABLES = ("absence", "routing_rule", "group_member", "staff_group")
OUTCOMES = ("done", "held", "not_now", "not_allowed", "unfit", "refused")


def upgrade() -> None:
    op.add_column("case", sa.Column("offered_id", KEY, nullable=True))
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
    _create_teams()
    _create_bulk()


def _create_bulk() -> None:
    op.create_table(
        "bulk_run",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("action", words("action_known", "assign", "ask", "move_on"), nullable=False),
        sa.Column("arguments", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_bulk_run_post_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_bulk_run_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
        sa.UniqueConstraint("uid", name=op.f("uq_bulk_run_uid")),
    )
    op.create_index(op.f("ix_bulk_run_post_id_id"), "bulk_run", ["post_id", "id"])
    op.create_table(
        "bulk_item",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("outcome", words("outcome_known", *OUTCOMES), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["bulk_run.id"], name=op.f("fk_bulk_item_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_bulk_item_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint("run_id", "case_id", name=op.f("uq_bulk_item_run_id_case_id")),
    )
    waiting = sa.text("outcome IS NULL")
    op.create_index(
        "ix_bulk_item_waiting",
        "bulk_item",
        ["run_id", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def words(name: str, *allowed: str) -> sa.Enum:
    return sa.Enum(*allowed, name=name, native_enum=False, create_constraint=True, length=32)


def _create_teams() -> None:
    op.create_table(
        "staff_group",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_staff_group_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_group")),
        sa.UniqueConstraint("uid", name=op.f("uq_staff_group_uid")),
    )
    op.create_index(op.f("ix_staff_group_post_id"), "staff_group", ["post_id"])
    op.create_table(
        "group_member",
        sa.Column("group_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["staff_group.id"],
            name=op.f("fk_group_member_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_group_member_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
        sa.UniqueConstraint("group_id", "staff_id", name=op.f("uq_group_member_group_id_staff_id")),
    )
    op.create_index(op.f("ix_group_member_staff_id"), "group_member", ["staff_id"])
    op.create_table(
        "routing_rule",
        sa.Column("service_id", KEY, nullable=False),
        sa.Column("group_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_routing_rule_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["staff_group.id"],
            name=op.f("fk_routing_rule_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint("service_id", name=op.f("uq_routing_rule_service_id")),
    )
    op.create_index(op.f("ix_routing_rule_group_id"), "routing_rule", ["group_id"])
    op.create_table(
        "absence",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("deputy_id", KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_absence_in_order")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_absence_post_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_absence_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["staff_member.id"], name=op.f("fk_absence_deputy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("uid", name=op.f("uq_absence_uid")),
    )
    op.create_index(op.f("ix_absence_post_id_last_on"), "absence", ["post_id", "last_on"])


def downgrade() -> None:
    for table in (
        "bulk_item",
        "bulk_run",
        "absence",
        "routing_rule",
        "group_member",
        "staff_group",
    ):
        op.drop_table(table)
    op.drop_table("saved_view")
    op.drop_table("case_term")
    op.drop_index("ix_case_sent", "case")
    for name, *_rest in reversed(INDEXES):
        op.drop_index(name, "case")
    op.drop_column("case", "offered_id")
