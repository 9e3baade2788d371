"""An address for warnings of a member of staff whose login is none, or who wants another."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_member", sa.Column("sealed_mail_address", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("staff_member", "sealed_mail_address")
