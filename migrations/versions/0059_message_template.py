"""Texts of a post as versions that never change, and with which of them a message was written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TEXTS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

SQLITE = tuple(
    f"""
    CREATE TRIGGER tg_message_template_no_{verb} BEFORE {verb.upper()} ON message_template
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_message_template_kept');
    END
    """
    for verb in ("update", "delete")
)
POSTGRESQL = (
    """
    CREATE FUNCTION tg_message_template_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the version of a text is kept as it is' USING
        ERRCODE = 'check_violation', CONSTRAINT = 'tg_message_template_kept';
    END $$
    """,
    """
    CREATE TRIGGER tg_message_template_kept BEFORE UPDATE OR DELETE ON message_template
    FOR EACH ROW EXECUTE FUNCTION tg_message_template_kept()
    """,
)


def upgrade() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("post_id", BIG, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("service_id", BIG, sa.ForeignKey("service.id"), nullable=True),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("texts", TEXTS, nullable=False),
        sa.Column("made_from", TEXTS, nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", BIG, nullable=True),
        sa.CheckConstraint("kind IN ('mail', 'short', 'line')", name="kind_known"),
    )
    _unique("of_post", ["post_id", "event", "kind", "number"], "service_id IS NULL")
    _unique(
        "of_service",
        ["post_id", "service_id", "event", "kind", "number"],
        "service_id IS NOT NULL",
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    # Alembic cannot add a column of SQLite together with what it refers to.
    big = "INTEGER" if sqlite else "BIGINT"
    named = "" if sqlite else "CONSTRAINT fk_message_template_id"
    op.execute(
        f"ALTER TABLE message ADD COLUMN template_id {big} {named} REFERENCES message_template (id)"
    )
    op.add_column("message", sa.Column("text_release", sa.String(12), nullable=True))
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def _unique(name: str, columns: list[str], where: str) -> None:
    numbered = sa.text(f"{where} AND number IS NOT NULL")
    op.create_index(
        f"uq_message_template_{name}",
        "message_template",
        columns,
        unique=True,
        sqlite_where=numbered,
        postgresql_where=numbered,
    )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_column("message", "text_release")
    op.drop_column("message", "template_id")
    op.drop_table("message_template")
    if not sqlite:
        op.execute("DROP FUNCTION tg_message_template_kept()")
