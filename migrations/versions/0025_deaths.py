"""Deaths under a job, tries since a message was sent again, stray money and codes as they came."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
    failed = sa.text("state = 'failed'")
    op.create_index("ix_job_failed", "job", ["id"], sqlite_where=failed, postgresql_where=failed)
    op.add_column(
        "message", sa.Column("tries_before", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("online_payment", sa.Column("received_currency", sa.String(3), nullable=True))
    op.add_column("online_payment", sa.Column("received_amount", sa.Integer(), nullable=True))
    op.add_column("one_time_code", sa.Column("first_uid", sa.String(32), nullable=True))
    op.create_index("ix_one_time_code_first_uid", "one_time_code", ["first_uid"])


def downgrade() -> None:
    op.drop_index("ix_one_time_code_first_uid", "one_time_code")
    op.drop_column("one_time_code", "first_uid")
    op.drop_column("online_payment", "received_amount")
    op.drop_column("online_payment", "received_currency")
    op.drop_column("message", "tries_before")
    op.drop_index("ix_job_failed", "job")
    op.drop_column("job", "deaths")
