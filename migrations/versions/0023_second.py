"""Two officers who decide one after the other, and the periods that a post sets itself."""

import sqlalchemy as sa
from alembic import op

from migrations import checks

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

EVENTS = ("case_event", "action", "ck_case_event_action_known")
EVENT_WORDS = ("refusal_proposed", "given_back")
AT_SECOND = sa.text("state IN ('submitted', 'in_review') AND at_step = 'second_review'")


PERIODS = (("appeal_days", "30"), ("consignment_days", "45"))


def upgrade() -> None:
    for name, usual in PERIODS:
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=usual)
        op.add_column("post", column)
    checks.add(*EVENTS, *EVENT_WORDS)
    op.create_index(
        "ix_case_second",
        "case",
        ["post_id", "due_on", "id"],
        sqlite_where=AT_SECOND,
        postgresql_where=AT_SECOND,
    )


def downgrade() -> None:
    # Stops at a case that was given back or proposed to be refused: events are append-only.
    op.drop_index("ix_case_second", "case")
    checks.remove(*EVENTS, *EVENT_WORDS)
    for name, _usual in PERIODS:
        op.drop_column("post", name)
