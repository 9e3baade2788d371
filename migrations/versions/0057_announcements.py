"""Announcements to groups, and which message belongs to which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
STATES = ("draft", "proposed", "sending", "sent", "stopped", "dropped")
OF_ONE = sa.text("announcement_id IS NOT NULL")


def _of(table: str, *, name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, BIG, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def upgrade() -> None:
    listed = ", ".join(f"'{state}'" for state in STATES)
    op.create_table(
        "announcement",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        _of("post", name="post_id"),
        sa.Column("audience", sa.String(32), nullable=False),
        sa.Column("narrowed_to", sa.String(64), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("text", JSON, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of("staff_member", name="author_id"),
        _of("staff_member", name="approved_by_id", nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("reached_id", BIG, nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"state IN ({listed})", name="state_known"),
        sa.CheckConstraint("approved_by_id <> author_id", name="four_eyes"),
        sa.CheckConstraint(
            "state NOT IN ('sending', 'sent', 'stopped') OR approved_by_id IS NOT NULL",
            name="approved_first",
        ),
    )
    op.create_index("ix_announcement_post_id_id", "announcement", ["post_id", "id"])
    op.add_column("message", sa.Column("announcement_id", BIG, nullable=True))
    op.create_index(
        "ix_message_announcement",
        "message",
        ["announcement_id", "state"],
        sqlite_where=OF_ONE,
        postgresql_where=OF_ONE,
    )


def downgrade() -> None:
    op.drop_index("ix_message_announcement", "message")
    op.drop_column("message", "announcement_id")
    op.drop_table("announcement")
