"""Runs that move or cancel the bookings which a change of the schedule hit."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
WAYS = ("keep", "move", "cancel")
GROUNDS = ("hours", "closure", "horizon", "schedule")
OUTCOMES = ("moved", "cancelled", "stays", "no_place", "not_firm", "ended", "failed")


def words(name: str, *known: str) -> sa.Enum:
    """Return a text column type with a CHECK of the words that it knows."""
    return sa.Enum(*known, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "resettle_run",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("post_id", BIG, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("staff_id", BIG, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("way", words("way_known", *WAYS), nullable=False),
        sa.Column("ground", words("ground_known", *GROUNDS), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
    )
    op.create_index("ix_resettle_run_post_id_id", "resettle_run", ["post_id", "id"])
    op.create_table(
        "resettle_item",
        sa.Column("id", BIG, primary_key=True),
        sa.Column(
            "run_id", BIG, sa.ForeignKey("resettle_run.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("booking_id", BIG, sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("case_id", BIG, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("old_local_at", sa.String(16), nullable=False),
        sa.Column("new_local_at", sa.String(16), nullable=True),
        sa.Column("outcome", words("outcome_known", *OUTCOMES), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.UniqueConstraint("run_id", "booking_id"),
    )
    op.create_index("ix_resettle_item_booking_id", "resettle_item", ["booking_id"])
    _partial("ix_resettle_item_waiting", ["run_id", "id"], "outcome IS NULL")
    _partial("ix_resettle_item_cancelled", ["case_id"], "outcome = 'cancelled'")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "resettle_item",
        columns,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def downgrade() -> None:
    op.drop_table("resettle_item")
    op.drop_table("resettle_run")
