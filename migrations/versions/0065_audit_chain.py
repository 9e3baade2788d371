"""A chain of seals beside the record."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

SQLITE = tuple(
    f"""
    CREATE TRIGGER tg_audit_seal_no_{verb} BEFORE {verb.upper()} ON audit_seal
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_audit_seal_append_only');
    END
    """
    for verb in ("update", "delete")
)
POSTGRESQL = (
    """
    CREATE FUNCTION tg_audit_seal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the seals of the record are append-only' USING
        ERRCODE = 'check_violation', CONSTRAINT = 'tg_audit_seal_append_only';
    END $$
    """,
    """
    CREATE TRIGGER tg_audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION tg_audit_seal_append_only()
    """,
)


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("seq", KEY, primary_key=True, autoincrement=False),
        sa.Column("entry_id", KEY, nullable=False, unique=True),
        sa.Column("kid", sa.String(8), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
    )
    op.create_table(
        "audit_chain",
        sa.Column("id", KEY, primary_key=True, autoincrement=False),
        sa.Column("settled_id", KEY, nullable=False),
    )
    op.create_index(
        "ix_audit_entry_actor_kind_actor_id_id",
        "audit_entry",
        ["actor_kind", "actor_id", "id"],
    )
    statements = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_audit_entry_actor_kind_actor_id_id", table_name="audit_entry")
    op.drop_table("audit_chain")
    op.drop_table("audit_seal")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION tg_audit_seal_append_only()")
