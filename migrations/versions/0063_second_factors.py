"""Recovery codes, second factors that were lost, and the password that a citizen may have."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("account", sa.Column("password_hash", sa.String(), nullable=True))
    op.add_column("account", sa.Column("sealed_totp", sa.LargeBinary(), nullable=True))
    op.add_column("account", sa.Column("totp_counter", BIG, nullable=False, server_default="0"))
    op.create_table(
        "recovery_code",
        sa.Column("id", BIG, primary_key=True),
        *_owner(),
        sa.Column("code_hash", sa.String(32), nullable=False, unique=True),
        sa.CheckConstraint("(account_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
    )
    _index_owner("recovery_code")
    op.create_table(
        "factor_reset",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("staff_id", BIG, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("post_id", BIG, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("asked_by", BIG, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("agreed_by", BIG, sa.ForeignKey("staff_member.id"), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("asked_by <> staff_id", name="asked_by_another"),
        sa.CheckConstraint(
            "agreed_by <> staff_id AND agreed_by <> asked_by", name="agreed_by_third"
        ),
    )
    op.create_index("ix_factor_reset_post_id", "factor_reset", ["post_id"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_factor_reset_open",
        "factor_reset",
        ["staff_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "password_reset",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        *_owner(),
        sa.Column("token_hash", sa.String(32), nullable=False, unique=True),
        sa.Column("expires_at", MOMENT, nullable=False),
    )
    _index_owner("password_reset")
    op.create_index("ix_password_reset_expires_at", "password_reset", ["expires_at"])


def _owner() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("account_id", BIG, sa.ForeignKey("account.id"), nullable=True),
        sa.Column("staff_id", BIG, sa.ForeignKey("staff_member.id"), nullable=True),
    )


def _index_owner(table: str) -> None:
    for column in ("account_id", "staff_id"):
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table in ("password_reset", "factor_reset", "recovery_code"):
        op.drop_table(table)
    for column in ("totp_counter", "sealed_totp", "password_hash"):
        op.drop_column("account", column)
