"""Rights that one admin asks for a colleague and another one gives."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ROLES = (
    *("receptionist", "cashier", "officer", "second_reviewer"),
    *("head", "admin", "auditor", "ministry"),
)


def upgrade() -> None:
    op.create_table(
        "rights_asked",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("staff_id", BIG, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("post_id", BIG, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("asked_by", BIG, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("agreed_by", BIG, sa.ForeignKey("staff_member.id"), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("role", sa.String(32), nullable=True),
        sa.CheckConstraint("asked_by <> staff_id", name="asked_by_another"),
        sa.CheckConstraint(
            "agreed_by <> staff_id AND agreed_by <> asked_by", name="agreed_by_third"
        ),
        sa.CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name="role_known"),
    )
    op.create_index("ix_rights_asked_post_id", "rights_asked", ["post_id"])
    _index_open("role", ["staff_id", "role"], "closed_at IS NULL")
    _index_open("return", ["staff_id"], "closed_at IS NULL AND role IS NULL")


def _index_open(what: str, columns: list[str], condition: str) -> None:
    """Have one thing asked once at a time."""
    where = sa.text(condition)
    op.create_index(
        f"uq_rights_asked_{what}",
        "rights_asked",
        columns,
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_table("rights_asked")
