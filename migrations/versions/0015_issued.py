"""Documents that a post issues, and to whom they were handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
VALID = sa.text("state = 'valid'")


def upgrade() -> None:
    op.create_table(
        "issued_document",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("case_id", BIG, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("post_id", BIG, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("version_id", BIG, sa.ForeignKey("service_version.id"), nullable=False),
        sa.Column("data_key_id", BIG, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("document_id", BIG, sa.ForeignKey("document.id"), nullable=True, unique=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("template", sa.String(32), nullable=False),
        sa.Column("template_sha256", sa.String(64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by", BIG, nullable=False),
        sa.Column("ordered_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", BIG, nullable=True),
        sa.Column("sealed_ending", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("case_id", "number"),
        sa.UniqueConstraint("case_id", "key"),
        sa.CheckConstraint(
            "state IN ('ordered', 'valid', 'superseded', 'revoked')", name="state_known"
        ),
        sa.CheckConstraint("(state = 'ordered') = (document_id IS NULL)", name="made_once"),
        sa.CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_once"),
    )
    op.create_index(
        "uq_issued_document_valid",
        "issued_document",
        ["case_id"],
        unique=True,
        sqlite_where=VALID,
        postgresql_where=VALID,
    )
    op.create_table(
        "hand_over",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column(
            "case_id",
            BIG,
            sa.ForeignKey("case.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("data_key_id", BIG, sa.ForeignKey("data_key.id"), nullable=False),
        sa.Column("sheet", sa.String(32), nullable=False, unique=True),
        sa.Column("receiver", sa.String(32), nullable=False),
        sa.Column("shown", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(32), nullable=True),
        sa.Column("sealed_ending", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_proxy", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_authority_number", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", BIG, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("receiver IN ('applicant', 'guardian', 'proxy')", name="receiver_known"),
        sa.CheckConstraint(
            "shown IN ('passport', 'national_id', 'residence_permit', 'other')", name="shown_known"
        ),
        sa.CheckConstraint("authority IN ('notarised', 'written')", name="authority_known"),
        sa.CheckConstraint(
            "(receiver = 'proxy') = (authority IS NOT NULL)", name="proxy_has_authority"
        ),
    )


def downgrade() -> None:
    op.drop_table("hand_over")
    op.drop_table("issued_document")
