"""The day at a site: tickets, counters that are open, calls, devices; visits that were missed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("missed_visit", "ticket_call", "ticket", "counter", "device")
"""Those that refer to others first."""


def upgrade() -> None:
    op.add_column("booking", sa.Column("coming_at", MOMENT, nullable=True))
    _create_counter()
    _create_ticket()
    _create_call()
    _create_device()
    _create_missed_visit()


def _named() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
    )


def _of(table: str, name: str = "", *, nullable: bool = False) -> sa.Column:
    return sa.Column(name or f"{table}_id", BIG, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_counter() -> None:
    op.create_table(
        "counter",
        *_named(),
        _of("post"),
        _of("site"),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _of("pool", nullable=True),
        _of("staff_member", "staff_id"),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("number BETWEEN 1 AND 99", name="numbered"),
    )
    is_open = "closed_at IS NULL"
    _partial("uq_counter_open_number", "counter", ["site_id", "number"], is_open, unique=True)
    _partial("uq_counter_open_staff", "counter", ["staff_id"], is_open, unique=True)


def _create_ticket() -> None:
    op.create_table(
        "ticket",
        *_named(),
        _of("post"),
        _of("site"),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(22), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("ground", sa.String(32), nullable=True),
        _of("pool", nullable=True),
        _of("service", nullable=True),
        _of("booking", nullable=True),
        sa.Column("booked_at", MOMENT, nullable=True),
        _of("counter", nullable=True),
        _of("counter", "sent_to_id", nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("arrived_at", MOMENT, nullable=False),
        sa.Column("rung_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        _of("data_key", nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("site_id", "on_day", "lane", "number"),
        sa.UniqueConstraint("booking_id"),
        sa.UniqueConstraint("code"),
        sa.CheckConstraint("lane IN ('appointment', 'walk_in', 'priority')", name="lane_known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'called', 'served', 'missed', 'left')", name="state_known"
        ),
        sa.CheckConstraint(
            "ground IN ('elderly', 'infant', 'disability', 'emergency')", name="ground_known"
        ),
        sa.CheckConstraint("number > 0", name="numbered"),
        sa.CheckConstraint("(booking_id IS NULL) = (booked_at IS NULL)", name="booked_whole"),
        sa.CheckConstraint(
            "(state = 'called') = (counter_id IS NOT NULL)", name="called_at_a_counter"
        ),
        sa.CheckConstraint("sealed_note IS NULL OR data_key_id IS NOT NULL", name="note_has_key"),
    )
    called = "state = 'called'"
    _partial("uq_ticket_at_counter", "ticket", ["counter_id"], called, unique=True)
    op.create_index("ix_ticket_state", "ticket", ["site_id", "on_day", "state"])


def _create_call() -> None:
    op.create_table(
        "ticket_call",
        sa.Column("id", BIG, primary_key=True),
        _of("ticket"),
        sa.Column("turn", sa.Integer(), nullable=False),
        _of("counter"),
        sa.Column("called_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.UniqueConstraint("ticket_id", "turn"),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_whole"),
        sa.CheckConstraint(
            "outcome IN ('served', 'moved', 'returned', 'missed', 'left')", name="outcome_known"
        ),
    )
    op.create_index("ix_ticket_call_counter_id", "ticket_call", ["counter_id"])


def _create_device() -> None:
    op.create_table(
        "device",
        *_named(),
        _of("post"),
        _of("site"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('board', 'kiosk', 'calendar')", name="kind_known"),
    )
    op.create_index("ix_device_post_id", "device", ["post_id"])


def _create_missed_visit() -> None:
    op.create_table(
        "missed_visit",
        *_named(),
        _of("post"),
        sa.Column("booking_id", BIG, sa.ForeignKey("booking.id"), nullable=False, unique=True),
        _of("case"),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("missed_at", MOMENT, nullable=False),
        sa.Column("blocked_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        _of("data_key"),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("objected_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.CheckConstraint(
            "state IN ('noted', 'objected', 'lifted', 'upheld')", name="state_known"
        ),
        sa.CheckConstraint("(objected_at IS NULL) = (sealed_words IS NULL)", name="objected_whole"),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (state IN ('noted', 'objected'))",
            name="decided_whole",
        ),
    )
    op.create_index(
        "ix_missed_visit_person", "missed_visit", ["post_id", "fingerprint", "missed_at"]
    )
    op.create_index("ix_missed_visit_case_id", "missed_visit", ["case_id"])
    waits = "state = 'objected'"
    _partial("ix_missed_visit_waiting", "missed_visit", ["post_id", "id"], waits, unique=False)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("booking", "coming_at")
