"""What a visitor without an account wants erased: recorded at the counter, decided by others."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

TABLE = "erasure_wish"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOBODY = "ck_erasure_wish_done_leads_to_nobody"
BEFORE = "(account_id IS NULL) = (state = 'done')"
AFTER = "(account_id IS NULL AND case_id IS NULL) = (state = 'done')"
MORE = {
    "ck_erasure_wish_of_account_or_recorded": (
        "account_id IS NOT NULL OR recorded_by IS NOT NULL OR state = 'done'"
    ),
    "ck_erasure_wish_decided_by_third": "decided_by <> recorded_by",
}


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("recorded_by", KEY, nullable=True))
    op.add_column(TABLE, sa.Column("sealed_contact", sa.LargeBinary(), nullable=True))
    if _is_sqlite():
        checks.rebuild(TABLE, {f"CHECK ({BEFORE})": f"CHECK ({AFTER}){_more()}"})
        return
    _replace(AFTER)
    for name, text in MORE.items():
        op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {name} CHECK ({text})")


def downgrade() -> None:
    # Stops at the wish of a visitor that is not carried out, which has no account to lead to.
    if _is_sqlite():
        checks.rebuild(TABLE, {f"CHECK ({AFTER}){_more()}": f"CHECK ({BEFORE})"})
    else:
        for name in MORE:
            op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {name}")
        _replace(BEFORE)
    op.drop_column(TABLE, "sealed_contact")
    op.drop_column(TABLE, "recorded_by")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _more() -> str:
    return "".join(f", CONSTRAINT {name} CHECK ({text})" for name, text in MORE.items())


def _replace(new: str) -> None:
    op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {NOBODY}")
    op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {NOBODY} CHECK ({new})")
