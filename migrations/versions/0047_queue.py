"""Queues for seats that are opened at an hour, and slots that only those let in may take."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = ("announced", "open", "over", "called_off")
PLACES = ("waiting", "admitted", "booked", "lapsed", "left", "ended")
TURN_ENDS = "(state IN ('waiting', 'left', 'ended')) OR until IS NOT NULL"


def words(name: str, *known: str) -> sa.Enum:
    """Return a text column type with a CHECK of the words that it knows."""
    return sa.Enum(*known, name=name, native_enum=False, create_constraint=True, length=32)


def partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """Make an index of some rows of a table."""
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    # Without foreign keys: SQLite would have to build the table of slots anew.
    op.add_column("slot", sa.Column("opening_id", KEY, nullable=True))
    op.add_column(
        "slot", sa.Column("is_gated", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    checks.add("service_mode", "mode", "ck_service_mode_mode_known", "queue")
    _create_opening()
    _create_place()
    _create_person()


def _create_opening() -> None:
    op.create_table(
        "queue_opening",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("post_id", KEY, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("pool_id", KEY, sa.ForeignKey("pool.id"), nullable=False),
        sa.Column("service_id", KEY, sa.ForeignKey("service.id"), nullable=False),
        sa.Column("state", words("state_known", *STATES), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("data_key_id", KEY, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("list_text", sa.Text(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("reckoned_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("opens_at < closes_at", name="opens_first"),
        sa.CheckConstraint("first_on <= last_on", name="days_in_order"),
        sa.CheckConstraint("rate BETWEEN 1 AND 600", name="rate_sensible"),
    )
    goes_on = "state IN ('announced', 'open')"
    partial("ix_queue_opening_goes_on", "queue_opening", ["pool_id"], goes_on)
    op.create_index("ix_queue_opening_post_id_id", "queue_opening", ["post_id", "id"])
    op.create_index("ix_queue_opening_service_id", "queue_opening", ["service_id"])


def _create_place() -> None:
    op.create_table(
        "queue_place",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("opening_id", KEY, sa.ForeignKey("queue_opening.id"), nullable=False),
        sa.Column("case_id", KEY, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("ticket", sa.String(14), nullable=False, unique=True),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column("state", words("state_known", *PLACES), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.CheckConstraint(TURN_ENDS, name="turn_ends"),
    )
    waits, admitted = "state = 'waiting'", "state = 'admitted'"
    partial("ix_queue_place_waits", "queue_place", ["opening_id", "rank", "id"], waits)
    partial("ix_queue_place_admitted", "queue_place", ["opening_id", "until"], admitted)
    op.create_index("ix_queue_place_case_id", "queue_place", ["case_id"])


def _create_person() -> None:
    op.create_table(
        "queue_person",
        sa.Column("id", KEY, primary_key=True),
        sa.Column(
            "place_id", KEY, sa.ForeignKey("queue_place.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("opening_id", KEY, sa.ForeignKey("queue_opening.id"), nullable=False),
        sa.Column("case_id", KEY, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    person = ["opening_id", "fingerprint"]
    partial("uq_queue_person_active", "queue_person", person, "active", unique=True)
    op.create_index("ix_queue_person_place_id", "queue_person", ["place_id"])
    op.create_index("ix_queue_person_case_id", "queue_person", ["case_id"])


def downgrade() -> None:
    op.drop_table("queue_person")
    op.drop_table("queue_place")
    op.drop_table("queue_opening")
    op.execute("DELETE FROM service_mode WHERE mode = 'queue'")
    checks.remove("service_mode", "mode", "ck_service_mode_mode_known", "queue")
    op.drop_column("slot", "is_gated")
    op.drop_column("slot", "opening_id")
