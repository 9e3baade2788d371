"""That an address or a phone left an account and can be taken back; one of each kind at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OF_KIND = "uq_contact_of_kind"
# Two confirmations at once left two; the newer one counts, as it would have.
OLDER = """
DELETE FROM contact WHERE EXISTS (
    SELECT 1 FROM contact AS newer
    WHERE newer.account_id = contact.account_id
    AND newer.kind = contact.kind
    AND newer.id > contact.id
)
"""


def upgrade() -> None:
    op.create_table(
        "contact_change",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("account_id", KEY, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sealed_former", sa.LargeBinary(), nullable=False),
        sa.Column("former_since", MOMENT, nullable=False),
        sa.Column("had_app", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(32), nullable=False, unique=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('email', 'phone', 'telegram')", name="kind_known"),
    )
    op.create_index("ix_contact_change_account_id", "contact_change", ["account_id"])
    op.create_index("ix_contact_change_made_at", "contact_change", ["made_at"])
    op.execute(OLDER)
    op.create_index(OF_KIND, "contact", ["account_id", "kind"], unique=True)


def downgrade() -> None:
    op.drop_index(OF_KIND, "contact")
    op.drop_table("contact_change")
