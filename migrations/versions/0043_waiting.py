"""The waiting list: who waits for which seats, what was offered, seats that were given back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = ("seat_return", "waiting_offer", "waiting_person", "waiting_place", "waiting_entry")
"""Those that refer to others first."""


def upgrade() -> None:
    op.add_column("booking", sa.Column("waiting_id", BIG, nullable=True))
    _partial("ix_booking_waiting_id", "booking", ["waiting_id"], "waiting_id IS NOT NULL")
    _create_entry()
    _create_offer()
    _create_return()


def _of(table: str, *, cascade: bool = False) -> sa.Column:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(f"{table}_id", BIG, target, nullable=False)


def _entry_id() -> sa.Column:
    target = sa.ForeignKey("waiting_entry.id", ondelete="CASCADE")
    return sa.Column("entry_id", BIG, target, nullable=False)


def _partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_entry() -> None:
    op.create_table(
        "waiting_entry",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        _of("post"),
        _of("service"),
        _of("case"),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("part", sa.String(32), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("keeps_seat", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'served', 'left', 'silent', 'ended')",
            name="state_known",
        ),
        sa.CheckConstraint("part IN ('any', 'morning', 'afternoon')", name="part_known"),
        sa.CheckConstraint("first_on <= last_on", name="days_in_order"),
        sa.CheckConstraint("notice_hours BETWEEN 2 AND 720", name="notice_sensible"),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('waiting', 'offered'))", name="ended_whole"
        ),
    )
    order = ["post_id", "priority", "joined_at", "id"]
    _partial("ix_waiting_entry_order", "waiting_entry", order, "state = 'waiting'")
    op.create_index("ix_waiting_entry_case_id", "waiting_entry", ["case_id"])
    op.create_table(
        "waiting_place",
        sa.Column(
            "entry_id",
            BIG,
            sa.ForeignKey("waiting_entry.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("pool_id", BIG, sa.ForeignKey("pool.id"), primary_key=True),
    )
    op.create_index("ix_waiting_place_pool_id", "waiting_place", ["pool_id"])
    op.create_table(
        "waiting_person",
        sa.Column("id", BIG, primary_key=True),
        _entry_id(),
        _of("case", cascade=True),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("service_id", BIG, nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    person = ["post_id", "fingerprint", "service_id"]
    _partial("uq_waiting_person_active", "waiting_person", person, "active", unique=True)
    op.create_index("ix_waiting_person_entry_id", "waiting_person", ["entry_id"])
    op.create_index("ix_waiting_person_case_id", "waiting_person", ["case_id"])


def _create_offer() -> None:
    op.create_table(
        "waiting_offer",
        sa.Column("id", BIG, primary_key=True),
        _entry_id(),
        _of("pool"),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.UniqueConstraint("entry_id", "pool_id", "starts_at"),
        sa.CheckConstraint("outcome IN ('accepted', 'declined', 'lapsed')", name="outcome_known"),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_whole"),
    )
    is_open = "outcome IS NULL"
    _partial("uq_waiting_offer_open", "waiting_offer", ["entry_id"], is_open, unique=True)
    op.create_index(
        "ix_waiting_offer_pool_id_offered_at", "waiting_offer", ["pool_id", "offered_at"]
    )


def _create_return() -> None:
    op.create_table(
        "seat_return",
        sa.Column("id", BIG, primary_key=True),
        _of("slot"),
        _of("pool"),
        sa.Column("freed_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.CheckConstraint("outcome IN ('offered', 'public', 'draw')", name="outcome_known"),
        sa.CheckConstraint("(returned_at IS NULL) = (outcome IS NULL)", name="returned_whole"),
    )
    kept = "returned_at IS NULL"
    _partial("uq_seat_return_kept", "seat_return", ["slot_id"], kept, unique=True)
    _partial("ix_seat_return_due", "seat_return", ["due_at"], kept)
    op.create_index("ix_seat_return_pool_id_id", "seat_return", ["pool_id", "id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_booking_waiting_id", "booking")
    op.drop_column("booking", "waiting_id")
