"""Consignments to the capital, and what is done to the cases in them."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state = 'open'")
OUT = sa.text("released_at IS NULL")
AT_THIS_STEP = sa.text("kind = 'consignment' AND state = 'current'")
STATES = ("open", "sealed", "sent", "received", "returned")
RESULTS = ("produced", "incomplete", "refused", "missing", "elsewhere")
EVENTS = ("case_event", "action", "ck_case_event_action_known")
EVENT_WORDS = ("consigned", "returned", "sent_back", "not_returned")
RUNS = ("bulk_run", "action", "ck_bulk_run_action_known")
RUN_WORDS = ("consign", "send", "bring_back")


def upgrade() -> None:
    checks.add(*EVENTS, *EVENT_WORDS)
    checks.add(*RUNS, *RUN_WORDS)
    op.create_index(
        "ix_case_step_consignment",
        "case_step",
        ["case_id"],
        sqlite_where=AT_THIS_STEP,
        postgresql_where=AT_THIS_STEP,
    )
    _create_consignment()
    _create_item()


def _create_consignment() -> None:
    op.create_table(
        "consignment",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("post_id", KEY, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("data_key_id", KEY, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("opened_by", KEY, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("seal", sa.String(40), nullable=True),
        sa.Column("language", sa.String(2), nullable=True),
        sa.Column("sealed_by", KEY, nullable=True),
        sa.Column("sealed_at", MOMENT, nullable=True),
        sa.Column("document_id", KEY, sa.ForeignKey("document.id"), nullable=True, unique=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sealed_courier", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_tracking", sa.LargeBinary(), nullable=True),
        sa.Column("send_run_id", KEY, sa.ForeignKey("bulk_run.id"), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("sealed_reported_by", sa.LargeBinary(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("return_run_id", KEY, sa.ForeignKey("bulk_run.id"), nullable=True),
        sa.UniqueConstraint("post_id", "year", "number"),
        sa.CheckConstraint(_among("state", STATES), name="state_known"),
        sa.CheckConstraint("(state = 'open') = (number IS NULL)", name="numbered_when_sealed"),
        sa.CheckConstraint("(state IN ('open', 'sealed')) = (sent_on IS NULL)", name="sent_once"),
        sa.CheckConstraint(
            "(state = 'returned') = (returned_on IS NOT NULL)", name="returned_once"
        ),
    )
    op.create_index(
        "uq_consignment_open",
        "consignment",
        ["post_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_consignment_of_post", "consignment", ["post_id", "id"])


def _create_item() -> None:
    op.create_table(
        "consignment_item",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("consignment_id", KEY, sa.ForeignKey("consignment.id"), nullable=False),
        sa.Column("case_id", KEY, sa.ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("data_key_id", KEY, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("is_unexpected", sa.Boolean(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("added_by", KEY, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("result", sa.String(32), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.UniqueConstraint("consignment_id", "case_id"),
        sa.CheckConstraint(_among("result", RESULTS), name="result_known"),
        sa.CheckConstraint(
            "released_at IS NULL OR result IS NOT NULL", name="released_with_result"
        ),
    )
    op.create_index(
        "uq_consignment_item_out",
        "consignment_item",
        ["case_id"],
        unique=True,
        sqlite_where=OUT,
        postgresql_where=OUT,
    )
    op.create_index("ix_consignment_item_case", "consignment_item", ["case_id"])


def _among(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def downgrade() -> None:
    # Stops at a case that was sent: events are append-only, there is nothing to turn it into.
    op.drop_table("consignment_item")
    op.drop_table("consignment")
    op.drop_index("ix_case_step_consignment", "case_step")
    checks.remove(*RUNS, *RUN_WORDS)
    checks.remove(*EVENTS, *EVENT_WORDS)
