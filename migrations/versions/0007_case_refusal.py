"""Why a case was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("refusal_code", sa.String(length=32), nullable=True))
    op.add_column("case", sa.Column("sealed_refusal_note", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "sealed_refusal_note")
    op.drop_column("case", "refusal_code")
