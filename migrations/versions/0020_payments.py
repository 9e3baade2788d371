"""Charges, receipts without gaps, cash desks, bank slips and payments at a provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import checks

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LIST = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
ACTIONS = ("paid", "payment_voided")
TABLES = (
    "online_payment",
    "payment_slip",
    "receipt",
    "cash_desk",
    "receipt_counter",
    "charge",
)
"""Those that refer to others first."""

# What was printed on a receipt stays: it is voided once and never taken away. No cash goes into
# or out of a desk that was counted and closed.
SAME = (
    *("post_id", "year", "number", "prefix", "key", "uid", "case_id", "charge_id", "data_key_id"),
    *("method", "currency", "amount", "desk_id", "taken_by", "taken_on", "taken_at"),
)
SQLITE = (
    f"""
    CREATE TRIGGER tg_receipt_voided_once BEFORE UPDATE ON receipt
    WHEN OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL
      OR {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in SAME)}
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_receipt_voided_once');
    END
    """,
    """
    CREATE TRIGGER tg_receipt_no_delete BEFORE DELETE ON receipt
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_receipt_no_delete');
    END
    """,
    """
    CREATE TRIGGER tg_receipt_open_desk BEFORE INSERT ON receipt
    WHEN (SELECT closed_at FROM cash_desk WHERE id = NEW.desk_id) IS NOT NULL
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_receipt_open_desk');
    END
    """,
    """
    CREATE TRIGGER tg_receipt_void_open_desk BEFORE UPDATE OF void_desk_id ON receipt
    WHEN (SELECT closed_at FROM cash_desk WHERE id = NEW.void_desk_id) IS NOT NULL
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_receipt_open_desk');
    END
    """,
    """
    CREATE TRIGGER tg_cash_desk_closed_once BEFORE UPDATE ON cash_desk
    WHEN OLD.closed_at IS NOT NULL
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_cash_desk_closed_once');
    END
    """,
    """
    CREATE TRIGGER tg_cash_desk_no_delete BEFORE DELETE ON cash_desk
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_cash_desk_no_delete');
    END
    """,
)
POSTGRESQL = (
    f"""
    CREATE FUNCTION tg_receipt_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a receipt is kept' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_receipt_no_delete';
      END IF;
      IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL
        OR {" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in SAME)}
      THEN
        RAISE EXCEPTION 'a receipt is voided once and not changed' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_receipt_voided_once';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER tg_receipt_kept BEFORE UPDATE OR DELETE ON receipt
    FOR EACH ROW EXECUTE FUNCTION tg_receipt_kept()
    """,
    """
    CREATE FUNCTION tg_receipt_open_desk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM cash_desk WHERE closed_at IS NOT NULL
        AND id = CASE WHEN TG_OP = 'INSERT' THEN NEW.desk_id ELSE NEW.void_desk_id END)
      THEN
        RAISE EXCEPTION 'the cash desk is closed' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_receipt_open_desk';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER tg_receipt_open_desk BEFORE INSERT OR UPDATE OF void_desk_id ON receipt
    FOR EACH ROW EXECUTE FUNCTION tg_receipt_open_desk()
    """,
    """
    CREATE FUNCTION tg_cash_desk_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a cash desk is kept' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_cash_desk_no_delete';
      END IF;
      IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a closed cash desk is not changed' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_cash_desk_closed_once';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER tg_cash_desk_kept BEFORE UPDATE OR DELETE ON cash_desk
    FOR EACH ROW EXECUTE FUNCTION tg_cash_desk_kept()
    """,
)
FUNCTIONS = ("tg_receipt_kept", "tg_receipt_open_desk", "tg_cash_desk_kept")


def upgrade() -> None:
    checks.add("case_event", "action", "ck_case_event_action_known", *ACTIONS)
    checks.add("staff_role", "role", "ck_staff_role_role_known", "cashier")
    _create_charge()
    _create_desks()
    _create_receipt()
    _create_slip()
    _create_online()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def _named() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
    )


def _of(table: str, name: str = "", **options: bool) -> sa.Column:
    options.setdefault("nullable", False)
    return sa.Column(name or f"{table}_id", BIG, sa.ForeignKey(f"{table}.id"), **options)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_charge() -> None:
    op.create_table(
        "charge",
        *_named(),
        _of("case", index=True),
        _of("post"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("lines", LIST, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('due', 'paid', 'waived', 'void')", name="state_known"),
        sa.CheckConstraint("amount >= 0", name="not_negative"),
        sa.CheckConstraint(
            "state = 'void' OR (state = 'waived') = (amount = 0)", name="waived_whole"
        ),
    )
    live = "state <> 'void'"
    _partial("uq_charge_live", "charge", ["case_id", "currency"], live, unique=True)
    _partial("ix_charge_due", "charge", ["post_id", "id"], "state = 'due'", unique=False)


def _create_desks() -> None:
    op.create_table(
        "receipt_counter",
        sa.Column("id", BIG, primary_key=True),
        _of("post"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.UniqueConstraint("post_id", "year"),
    )
    op.create_table(
        "cash_desk",
        *_named(),
        _of("post"),
        _of("staff_member", "cashier_id"),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("voided", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.UniqueConstraint("post_id", "cashier_id", "on_day", "currency"),
        sa.CheckConstraint("opening >= 0", name="opening_not_negative"),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (counted IS NULL)"
            " AND (closed_at IS NULL) = (received IS NULL)"
            " AND (closed_at IS NULL) = (voided IS NULL)",
            name="closed_whole",
        ),
    )
    op.create_index("ix_cash_desk_post_id_on_day", "cash_desk", ["post_id", "on_day"])


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        *_named(),
        _of("post"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.String(2), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        _of("case", index=True),
        _of("charge"),
        _of("data_key"),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        _of("cash_desk", "desk_id", nullable=True, index=True),
        sa.Column("taken_by", BIG, nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("voided_by", BIG, nullable=True),
        _of("cash_desk", "void_desk_id", nullable=True, index=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("post_id", "year", "number"),
        sa.UniqueConstraint("case_id", "key"),
        sa.CheckConstraint("method IN ('cash', 'slip', 'online')", name="method_known"),
        sa.CheckConstraint("amount > 0 AND number > 0", name="positive"),
        sa.CheckConstraint("(method = 'cash') = (desk_id IS NOT NULL)", name="cash_has_desk"),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (voided_by IS NULL)"
            " AND (voided_at IS NULL) = (sealed_reason IS NULL)"
            " AND (void_desk_id IS NULL OR voided_at IS NOT NULL)",
            name="voided_whole",
        ),
    )
    _partial("uq_receipt_valid", "receipt", ["charge_id"], "voided_at IS NULL", unique=True)


def _create_slip() -> None:
    op.create_table(
        "payment_slip",
        *_named(),
        _of("case", index=True),
        _of("post"),
        _of("document", unique=True),
        _of("data_key"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('sent', 'confirmed', 'refused')", name="state_known"),
        sa.CheckConstraint("amount > 0", name="positive"),
        sa.CheckConstraint("(state = 'sent') = (decided_at IS NULL)", name="decided_once"),
    )
    sent, table = "state = 'sent'", "payment_slip"
    _partial("uq_payment_slip_sent", table, ["case_id", "currency"], sent, unique=True)
    _partial("ix_payment_slip_waiting", table, ["post_id", "id"], sent, unique=False)


def _create_online() -> None:
    op.create_table(
        "online_payment",
        *_named(),
        _of("case", index=True),
        _of("post"),
        _of("charge"),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('started', 'paid', 'stray', 'failed')", name="state_known"),
        sa.CheckConstraint("amount > 0", name="positive"),
        sa.CheckConstraint("(state = 'started') = (settled_at IS NULL)", name="settled_once"),
    )
    stray = "state = 'stray'"
    _partial("ix_online_payment_stray", "online_payment", ["post_id", "id"], stray, unique=False)


def downgrade() -> None:
    # Stops at a case or a cashier that needs the new words, as 0008 does.
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
    checks.remove("staff_role", "role", "ck_staff_role_role_known", "cashier")
    checks.remove("case_event", "action", "ck_case_event_action_known", *ACTIONS)
