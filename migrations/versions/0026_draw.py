"""Draws of seats: who wishes for which days, and slots that are withheld until then."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = ("announced", "open", "closed", "drawing", "drawn", "over", "called_off")
OUTCOMES = ("seat", "full", "gone", "ended", "booked")
CONTINUES = sa.text("state NOT IN ('over', 'called_off')")
STANDS = sa.text("withdrawn_at IS NULL")
ACTIVE = sa.text("active")
WITH_LIST = "state NOT IN ('closed', 'drawing', 'drawn', 'over') OR list_hash IS NOT NULL"
WITH_VALUE = "state NOT IN ('drawing', 'drawn', 'over') OR public_value IS NOT NULL"

# A seat that is given back while a draw goes on is the draw's: capacity falls with what is taken,
# whoever gives it back. One that was only offered for a move was free before, and is so again.
_FREED = """CASE WHEN capacity > planned THEN {max}(planned, taken - OLD.n) ELSE capacity END"""
_DRAWN = """CASE WHEN is_withheld AND OLD.kind = 'main' THEN capacity - OLD.n
             WHEN capacity > planned THEN {max}(planned, taken - OLD.n) ELSE capacity END"""
_SQLITE = """
    CREATE TRIGGER tg_claim_delete AFTER DELETE ON claim BEGIN
      UPDATE slot SET taken = taken - OLD.n, capacity = {capacity} WHERE id = OLD.slot_id;
    END
    """
_POSTGRESQL = """
    CREATE OR REPLACE FUNCTION move_taken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        UPDATE slot SET taken = taken + NEW.n WHERE id = NEW.slot_id;
      ELSIF TG_OP = 'DELETE' THEN
        UPDATE slot SET taken = taken - OLD.n, capacity = {capacity} WHERE id = OLD.slot_id;
      ELSE
        RAISE EXCEPTION 'a claim is inserted and deleted, never updated' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_claim_never_updated';
      END IF;
      RETURN NULL;
    END $$
    """


def words(name: str, *known: str) -> sa.Enum:
    """Return a text column type with a CHECK of the words that it knows."""
    return sa.Enum(*known, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    # Without foreign keys: SQLite would have to build the tables of slots and bookings anew.
    op.add_column("slot", sa.Column("release_id", KEY, nullable=True))
    op.add_column(
        "slot", sa.Column("is_withheld", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("booking", sa.Column("release_id", KEY, nullable=True))
    _give_back(_DRAWN)
    _create_release()
    _create_entry()
    op.create_table(
        "service_mode",
        sa.Column("service_id", KEY, sa.ForeignKey("service.id"), primary_key=True),
        sa.Column("mode", words("mode_known", "first_come", "draw"), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )


def _give_back(capacity: str) -> None:
    """Have the seats of a deleted claim go back by this rule."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER tg_claim_delete")
        op.execute(_SQLITE.format(capacity=capacity.format(max="max")))
        return
    op.execute(_POSTGRESQL.format(capacity=capacity.format(max="greatest")))


def _create_release() -> None:
    op.create_table(
        "seat_release",
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
        sa.Column("weighting", words("weighting_known", "equal", "waiting"), nullable=False),
        sa.Column("public_kind", words("public_kind_known", "rate", "beacon"), nullable=False),
        sa.Column("public_on", sa.Date(), nullable=False),
        sa.Column("public_source", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("data_key_id", KEY, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("list_text", sa.Text(), nullable=True),
        sa.Column("list_hash", sa.String(64), nullable=True),
        sa.Column("public_value", sa.String(128), nullable=True),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("drawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("opens_at < closes_at", name="opens_first"),
        sa.CheckConstraint("first_on <= last_on", name="days_in_order"),
        sa.CheckConstraint(WITH_LIST, name="closed_with_list"),
        sa.CheckConstraint(WITH_VALUE, name="drawn_with_value"),
    )
    op.create_index(
        "ix_seat_release_continues",
        "seat_release",
        ["pool_id"],
        sqlite_where=CONTINUES,
        postgresql_where=CONTINUES,
    )
    op.create_index("ix_seat_release_post_id_id", "seat_release", ["post_id", "id"])
    op.create_index("ix_seat_release_service_id", "seat_release", ["service_id"])


def _create_entry() -> None:
    op.create_table(
        "draw_entry",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("release_id", KEY, sa.ForeignKey("seat_release.id"), nullable=False),
        sa.Column("ticket", sa.String(14), nullable=False, unique=True),
        sa.Column("days", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("outcome", words("outcome_known", *OUTCOMES), nullable=True),
        sa.Column("place", sa.String(16), nullable=True),
        sa.Column("passed_place", sa.String(16), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NOT NULL AND outcome IN ('seat', 'gone')) = (place IS NOT NULL)",
            name="outcome_with_place",
        ),
    )
    op.create_index(
        "ix_draw_entry_order",
        "draw_entry",
        ["release_id", "position"],
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_table(
        "draw_person",
        sa.Column("id", KEY, primary_key=True),
        sa.Column(
            "entry_id", KEY, sa.ForeignKey("draw_entry.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("release_id", KEY, sa.ForeignKey("seat_release.id"), nullable=False),
        sa.Column("case_id", KEY, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_index(
        "uq_draw_person_active",
        "draw_person",
        ["release_id", "fingerprint"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )
    op.create_index("ix_draw_person_entry_id", "draw_person", ["entry_id"])
    op.create_index("ix_draw_person_case_id", "draw_person", ["case_id"])


def downgrade() -> None:
    op.drop_table("draw_person")
    op.drop_table("draw_entry")
    op.drop_table("seat_release")
    op.drop_table("service_mode")
    _give_back(_FREED)
    op.drop_column("booking", "release_id")
    op.drop_column("slot", "is_withheld")
    op.drop_column("slot", "release_id")
