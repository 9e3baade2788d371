"""Filings for several persons, and the papers by which somebody acts for another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("self", "parent", "guardian", "agent")
MOMENT = sa.DateTime(timezone=True)
IN_FILING = sa.text("filing_id IS NOT NULL")
STANDING = sa.text("state IN ('received', 'accepted')")


def words(name: str, *known: str) -> sa.Enum:
    """Return a text column type with a CHECK of the words that it knows."""
    return sa.Enum(*known, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _create_filing()
    _create_mandate()
    _create_consent()


def _create_filing() -> None:
    op.create_table(
        "filing",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("service_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_filing_post_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_filing_service_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_filing_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("uid", name=op.f("uq_filing_uid")),
    )
    op.create_index(op.f("ix_filing_account_id"), "filing", ["account_id"])
    # Without a foreign key: SQLite would have to build the whole table of cases anew for it.
    op.add_column("case", sa.Column("filing_id", KEY, nullable=True))
    op.create_index(
        "ix_case_filing",
        "case",
        ["filing_id"],
        sqlite_where=IN_FILING,
        postgresql_where=IN_FILING,
    )


def _create_mandate() -> None:
    op.create_table(
        "mandate",
        sa.Column("authority_id", KEY, nullable=False),
        sa.Column("data_key_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("kind", words("kind_known", *KINDS), nullable=False),
        sa.Column(
            "state",
            words("state_known", "received", "accepted", "rejected", "revoked", "replaced"),
            nullable=False,
        ),
        sa.Column("sealed_number", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_issuer", sa.LargeBinary(), nullable=False),
        sa.Column("services", JSON, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_principal", sa.LargeBinary(), nullable=True),
        sa.Column("principal_confirmed_at", MOMENT, nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", KEY, nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('rejected', 'revoked') OR settled_at IS NOT NULL",
            name=op.f("ck_mandate_settled_once"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_mandate_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["data_key_id"], ["data_key.id"], name=op.f("fk_mandate_data_key_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_mandate_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("uid", name=op.f("uq_mandate_uid")),
        sa.UniqueConstraint("document_id", name=op.f("uq_mandate_document_id")),
    )
    op.create_index(op.f("ix_mandate_authority_id_id"), "mandate", ["authority_id", "id"])
    op.create_index(
        "uq_mandate_standing",
        "mandate",
        ["authority_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column(
            "state",
            words("state_known", "named", "asked", "signed", "declined", "waived", "replaced"),
            nullable=False,
        ),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("named_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", KEY, nullable=True),
        sa.Column("code_hash", sa.String(length=32), nullable=True),
        sa.Column("code_left", sa.Integer(), nullable=False),
        sa.Column("code_until", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("code_left >= 0", name=op.f("ck_consent_tries_end")),
        sa.CheckConstraint(
            "(state IN ('signed', 'declined', 'waived')) = (settled_at IS NOT NULL)",
            name=op.f("ck_consent_settled_once"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_consent_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("uid", name=op.f("uq_consent_uid")),
    )
    op.create_index(op.f("ix_consent_case_id_id"), "consent", ["case_id", "id"])


def downgrade() -> None:
    op.drop_table("consent")
    op.drop_table("mandate")
    op.drop_index("ix_case_filing", table_name="case")
    op.drop_column("case", "filing_id")
    op.drop_table("filing")
