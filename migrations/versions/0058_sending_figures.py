"""What became of messages by the hour, what is wrong with sending, and indexes for both."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
COUNTS = ("called", "taken", "swift", "retries", "unknown", "dead")
TROUBLED = "state IN ('unknown', 'dead')"
OPEN = sa.text("ended_at IS NULL")
INDEXES = (
    ("ix_message_troubled", "id", TROUBLED),
    ("ix_message_ended_badly", "updated_at", TROUBLED),
    ("ix_message_unconfirmed", "id", "last_error = 'no_receipt'"),
)


def upgrade() -> None:
    op.create_table(
        "message_hour",
        sa.Column("begins_at", MOMENT, primary_key=True),
        sa.Column("post_id", BIG, primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
    )
    op.create_table(
        "sending_trouble",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('overdue', 'dead', 'left_alone')", name="kind_known"),
    )
    op.create_index(
        "uq_sending_trouble_open",
        "sending_trouble",
        ["kind"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    for name, column, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, "message", [column], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_message_attempt_started_at", "message_attempt", ["started_at"])


def downgrade() -> None:
    op.drop_index("ix_message_attempt_started_at", "message_attempt")
    for name, _column, _condition in INDEXES:
        op.drop_index(name, "message")
    op.drop_table("sending_trouble")
    op.drop_table("message_hour")
