"""One receipt for several persons, one payment of a filing, and stray money given back."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NUMBER = ("post_id", "year", "number")
SAME = (
    *(*NUMBER, "line", "prefix", "key", "uid", "case_id", "charge_id", "data_key_id"),
    *("method", "currency", "amount", "desk_id", "taken_by", "taken_on", "taken_at"),
)
"""What was printed on a receipt, as in 0020, and the line of a person."""
POSITIVE = "amount > 0 AND number > 0"
ONE_STATE = "(state = 'started') = (settled_at IS NULL)"
RETURNED = (
    "(state = 'returned') = (returned_at IS NOT NULL)"
    " AND (returned_at IS NULL) = (returned_by IS NULL)"
    " AND (returned_at IS NULL) = (sealed_reason IS NULL)"
)
TOGETHER = "state = 'sent' AND filing_id IS NOT NULL"


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.add_column("receipt", sa.Column("line", sa.Integer(), nullable=False, server_default="1"))
    _number_by((*NUMBER, "line"), NUMBER)
    _check_positive(f"{POSITIVE} AND line > 0", POSITIVE)
    _guard_receipts(SAME)
    for table in ("payment_slip", "online_payment"):
        # Without a foreign key, as a case names its filing (0018).
        op.add_column(table, sa.Column("filing_id", KEY, nullable=True))
    _index("uq_payment_slip_together", "payment_slip", ["filing_id", "currency"], TOGETHER, True)
    _add_return()


def _add_return() -> None:
    for column in (
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("returned_by", KEY, nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("online_payment", column)
    checks.add("online_payment", "state", "ck_online_payment_state_known", "returned")
    if _is_sqlite():
        settled = f"CHECK ({ONE_STATE})"
        returned = f"CONSTRAINT ck_online_payment_returned_whole CHECK ({RETURNED})"
        checks.rebuild("online_payment", {settled: f"{settled}, \n\t{returned}"})
    else:
        op.create_check_constraint(
            op.f("ck_online_payment_returned_whole"), "online_payment", RETURNED
        )
    where = "state = 'returned'"
    _index("ix_online_payment_returned", "online_payment", ["post_id", "returned_at"], where, False)


def _index(name: str, table: str, columns: list[str], where: str, unique: bool) -> None:
    options = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index(name, table, columns, unique=unique, **options)


def _number_by(columns: tuple[str, ...], before: tuple[str, ...]) -> None:
    """Have the number of a receipt be unique with other columns than before."""
    old, new = (f"uq_receipt_{'_'.join(names)}" for names in (before, columns))
    if _is_sqlite():
        listed = [f"UNIQUE ({', '.join(names)})" for names in (before, columns)]
        checks.rebuild("receipt", {f"{old} {listed[0]}": f"{new} {listed[1]}"})
        return
    op.drop_constraint(op.f(old), "receipt")
    op.create_unique_constraint(op.f(new), "receipt", list(columns))


def _check_positive(after: str, before: str) -> None:
    if _is_sqlite():
        checks.rebuild("receipt", {f"CHECK ({before})": f"CHECK ({after})"})
        return
    op.drop_constraint(op.f("ck_receipt_positive"), "receipt")
    op.create_check_constraint(op.f("ck_receipt_positive"), "receipt", after)


def _guard_receipts(columns: tuple[str, ...]) -> None:
    """Refuse every change of these columns, and every other than voiding once."""
    if _is_sqlite():
        same = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
        op.execute("DROP TRIGGER tg_receipt_voided_once")
        op.execute(f"""
            CREATE TRIGGER tg_receipt_voided_once BEFORE UPDATE ON receipt
            WHEN OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR {same}
            BEGIN
              SELECT RAISE(ABORT, 'CHECK constraint failed: tg_receipt_voided_once');
            END
        """)
        return
    same = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
    op.execute(f"""
        CREATE OR REPLACE FUNCTION tg_receipt_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a receipt is kept' USING
              ERRCODE = 'check_violation', CONSTRAINT = 'tg_receipt_no_delete';
          END IF;
          IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR {same}
          THEN
            RAISE EXCEPTION 'a receipt is voided once and not changed' USING
              ERRCODE = 'check_violation', CONSTRAINT = 'tg_receipt_voided_once';
          END IF;
          RETURN NEW;
        END $$
    """)


def downgrade() -> None:
    # Stops at a receipt of several persons and at money that was given back: neither has a place
    # in what was before.
    op.drop_index("ix_online_payment_returned", table_name="online_payment")
    _drop_return()
    op.drop_index("uq_payment_slip_together", table_name="payment_slip")
    for table in ("online_payment", "payment_slip"):
        op.drop_column(table, "filing_id")
    _guard_receipts(tuple(name for name in SAME if name != "line"))
    _check_positive(POSITIVE, f"{POSITIVE} AND line > 0")
    _number_by(NUMBER, (*NUMBER, "line"))
    op.drop_column("receipt", "line")


def _drop_return() -> None:
    if _is_sqlite():
        returned = f", \n\tCONSTRAINT ck_online_payment_returned_whole CHECK ({RETURNED})"
        checks.rebuild("online_payment", {returned: ""})
    else:
        op.drop_constraint(op.f("ck_online_payment_returned_whole"), "online_payment")
    checks.remove("online_payment", "state", "ck_online_payment_state_known", "returned")
    for name in ("sealed_reason", "returned_by", "returned_at"):
        op.drop_column("online_payment", name)
