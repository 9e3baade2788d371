"""Pools, slots, bookings and claims."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# `slot.taken` moves only with a claim, whoever writes: screens, imports, raw SQL.
# SQLite has no trigger depth, so there the guard is the invariant itself; the extra RAISE in
# the insert trigger is for INSERT OR IGNORE, which would swallow the failing CHECK.
# Where a closure left more capacity than is planned, a seat that is given back is not free.
SQLITE = (
    """
    CREATE TRIGGER tg_claim_insert AFTER INSERT ON claim BEGIN
      UPDATE slot SET taken = taken + NEW.n WHERE id = NEW.slot_id;
      SELECT RAISE(ABORT, 'CHECK constraint failed: ck_slot_not_overbooked')
      WHERE (SELECT taken FROM slot WHERE id = NEW.slot_id)
         <> (SELECT sum(n) FROM claim WHERE slot_id = NEW.slot_id);
    END
    """,
    """
    CREATE TRIGGER tg_claim_delete AFTER DELETE ON claim BEGIN
      UPDATE slot SET taken = taken - OLD.n,
        capacity = CASE WHEN capacity > planned THEN max(planned, taken - OLD.n)
                        ELSE capacity END
      WHERE id = OLD.slot_id;
    END
    """,
    """
    CREATE TRIGGER tg_claim_update BEFORE UPDATE ON claim BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_claim_never_updated');
    END
    """,
    """
    CREATE TRIGGER tg_slot_update BEFORE UPDATE OF taken ON slot
    WHEN NEW.taken <> OLD.taken
     AND NEW.taken <> (SELECT coalesce(sum(n), 0) FROM claim WHERE slot_id = NEW.id)
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_slot_taken_only_by_claim');
    END
    """,
    """
    CREATE TRIGGER tg_slot_insert BEFORE INSERT ON slot WHEN NEW.taken <> 0
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_slot_taken_only_by_claim');
    END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION move_taken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        UPDATE slot SET taken = taken + NEW.n WHERE id = NEW.slot_id;
      ELSIF TG_OP = 'DELETE' THEN
        UPDATE slot SET taken = taken - OLD.n,
          capacity = CASE WHEN capacity > planned THEN greatest(planned, taken - OLD.n)
                          ELSE capacity END
        WHERE id = OLD.slot_id;
      ELSE
        RAISE EXCEPTION 'a claim is inserted and deleted, never updated' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_claim_never_updated';
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tg_claim AFTER INSERT OR UPDATE OR DELETE ON claim
    FOR EACH ROW EXECUTE FUNCTION move_taken()
    """,
    """
    CREATE FUNCTION guard_taken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'taken moves only with a claim' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_slot_taken_only_by_claim';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER tg_slot_insert BEFORE INSERT ON slot FOR EACH ROW
    WHEN (NEW.taken <> 0) EXECUTE FUNCTION guard_taken()
    """,
    """
    CREATE TRIGGER tg_slot_update BEFORE UPDATE OF taken ON slot FOR EACH ROW
    WHEN (NEW.taken <> OLD.taken) EXECUTE FUNCTION guard_taken()
    """,
    "ALTER TABLE slot SET (fillfactor = 80)",
)


def upgrade() -> None:
    op.create_table(
        "pool",
        sa.Column(
            "site_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column(
            "name",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("unit_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_pool_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sa.UniqueConstraint("site_id", "code", name=op.f("uq_pool_site_id_code")),
    )
    op.create_table(
        "slot",
        sa.Column(
            "pool_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "lane",
            sa.Enum(
                "public",
                "staff",
                "emergency",
                "priority",
                name="lane_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_slot_not_overbooked")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_slot_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint(
            "pool_id", "lane", "starts_at", name=op.f("uq_slot_pool_id_lane_starts_at")
        ),
    )
    op.create_index(
        "ix_slot_free",
        "slot",
        ["pool_id", "lane", "starts_at", "local_on", "id"],
        unique=False,
        sqlite_where=sa.text("taken < capacity"),
        postgresql_where=sa.text("taken < capacity"),
    )
    op.create_table(
        "weekly_hours",
        sa.Column(
            "pool_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.String(length=5), nullable=False),
        sa.Column("closes_at", sa.String(length=5), nullable=False),
        sa.Column(
            "lane",
            sa.Enum(
                "public",
                "staff",
                "emergency",
                "priority",
                name="lane_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_weekly_hours_in_order")),
        sa.CheckConstraint("seats BETWEEN 1 AND 50", name=op.f("ck_weekly_hours_seats_sensible")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_weekly_hours_weekday_iso")),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["pool.id"],
            name=op.f("fk_weekly_hours_pool_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_hours")),
        sa.UniqueConstraint("uid", name=op.f("uq_weekly_hours_uid")),
    )
    op.create_index(
        op.f("ix_weekly_hours_pool_id_weekday"),
        "weekly_hours",
        ["pool_id", "weekday"],
        unique=False,
    )
    op.create_table(
        "booking",
        sa.Column(
            "post_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "service_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "pool_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_at", sa.String(length=16), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "booked",
                "checked_in",
                "served",
                "no_show",
                "cancelled",
                "expired",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_local_at", sa.String(length=16), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state = 'held') = (expires_at IS NOT NULL)",
            name=op.f("ck_booking_hold_expires"),
        ),
        sa.CheckConstraint(
            "(offer_starts_at IS NULL) = (offer_expires_at IS NULL)",
            name=op.f("ck_booking_offer_expires"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_booking_case_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_booking_pool_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_booking_post_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_booking_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("uid", name=op.f("uq_booking_uid")),
    )
    op.create_index(op.f("ix_booking_case_id"), "booking", ["case_id"], unique=False)
    op.create_index("ix_booking_day", "booking", ["post_id", "starts_at", "id"], unique=False)
    op.create_index(
        "ix_booking_holds",
        "booking",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_booking_offers",
        "booking",
        ["offer_expires_at"],
        unique=False,
        sqlite_where=sa.text("offer_expires_at IS NOT NULL"),
        postgresql_where=sa.text("offer_expires_at IS NOT NULL"),
    )
    op.create_index(
        "uq_booking_case_active",
        "booking",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('held', 'booked', 'checked_in')"),
        postgresql_where=sa.text("state IN ('held', 'booked', 'checked_in')"),
    )
    op.create_table(
        "booking_person",
        sa.Column(
            "booking_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "post_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "service_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
            name=op.f("fk_booking_person_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_booking_person_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_person")),
        sa.UniqueConstraint(
            "booking_id",
            "fingerprint",
            name=op.f("uq_booking_person_booking_id_fingerprint"),
        ),
    )
    op.create_index(
        "uq_booking_person_active",
        "booking_person",
        ["post_id", "fingerprint", "service_id"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "claim",
        sa.Column(
            "booking_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "slot_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "main",
                "offer",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_claim_takes_something")),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
            name=op.f("fk_claim_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_claim_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint(
            "booking_id",
            "slot_id",
            "kind",
            name=op.f("uq_claim_booking_id_slot_id_kind"),
        ),
    )
    op.create_index(op.f("ix_claim_slot_id"), "claim", ["slot_id"], unique=False)
    statements = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("claim", "slot"):
            for when in ("insert", "update") if table == "slot" else ("",):
                name = f"tg_{table}_{when}".rstrip("_")
                op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute("DROP FUNCTION move_taken()")
        op.execute("DROP FUNCTION guard_taken()")
    op.drop_index(op.f("ix_claim_slot_id"), table_name="claim")
    op.drop_table("claim")
    op.drop_index(
        "uq_booking_person_active",
        table_name="booking_person",
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.drop_table("booking_person")
    op.drop_index(
        "uq_booking_case_active",
        table_name="booking",
        sqlite_where=sa.text("state IN ('held', 'booked', 'checked_in')"),
        postgresql_where=sa.text("state IN ('held', 'booked', 'checked_in')"),
    )
    op.drop_index(
        "ix_booking_offers",
        table_name="booking",
        sqlite_where=sa.text("offer_expires_at IS NOT NULL"),
        postgresql_where=sa.text("offer_expires_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_booking_holds",
        table_name="booking",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_index("ix_booking_day", table_name="booking")
    op.drop_index(op.f("ix_booking_case_id"), table_name="booking")
    op.drop_table("booking")
    op.drop_index(op.f("ix_weekly_hours_pool_id_weekday"), table_name="weekly_hours")
    op.drop_table("weekly_hours")
    op.drop_index(
        "ix_slot_free",
        table_name="slot",
        sqlite_where=sa.text("taken < capacity"),
        postgresql_where=sa.text("taken < capacity"),
    )
    op.drop_table("slot")
    op.drop_table("pool")
