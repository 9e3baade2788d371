"""What new rules of a time zone moved, and whose appointments that concerned."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _of(table: str, *, name: str = "", cascade: bool = False) -> sa.Column:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(name or f"{table}_id", BIG, target, nullable=False)


def upgrade() -> None:
    op.create_table(
        "clock_change",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        _of("post"),
        _of("pool"),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
    )
    op.create_index("ix_clock_change_post_id_id", "clock_change", ["post_id", "id"])
    op.create_table(
        "clock_visit",
        sa.Column("id", BIG, primary_key=True),
        _of("clock_change", name="change_id", cascade=True),
        _of("booking"),
        _of("case"),
        sa.Column("was_at", MOMENT, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.UniqueConstraint("change_id", "booking_id"),
    )
    op.create_index("ix_clock_visit_booking_id", "clock_visit", ["booking_id"])


def downgrade() -> None:
    op.drop_table("clock_visit")
    op.drop_table("clock_change")
