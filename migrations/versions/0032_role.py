"""In which role, and for which post, somebody did something to a case."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLES = ("receptionist", "cashier", "officer", "head", "admin", "auditor")


def upgrade() -> None:
    # In words, as SQLite would have to build the table anew for what Alembic makes of an enum.
    # What happened before stays without: events are append-only.
    op.execute(
        "ALTER TABLE case_event ADD COLUMN actor_role VARCHAR(32) "
        "CONSTRAINT ck_case_event_actor_role_known "
        f"CHECK (actor_role IN ({', '.join(repr(role) for role in ROLES)}))"
    )
    op.add_column("case_event", sa.Column("post_id", KEY, nullable=True))


def downgrade() -> None:
    op.drop_column("case_event", "post_id")
    op.drop_column("case_event", "actor_role")
