"""Posts, sites, closures and services with their versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What was published is what a citizen saw: nobody may change it afterwards.
SQLITE = (
    """
    CREATE TRIGGER tg_service_version_immutable
    BEFORE UPDATE OF service_id, number, content, content_hash ON service_version
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_service_version_immutable');
    END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION tg_service_version_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a published version is immutable' USING
        ERRCODE = 'check_violation', CONSTRAINT = 'tg_service_version_immutable';
    END $$
    """,
    """
    CREATE TRIGGER tg_service_version_immutable
    BEFORE UPDATE OF service_id, number, content, content_hash ON service_version
    FOR EACH ROW EXECUTE FUNCTION tg_service_version_immutable()
    """,
)


def upgrade() -> None:
    op.create_table(
        "post",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("prefix", sa.String(length=2), nullable=False),
        sa.Column(
            "name",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column(
            "week",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "languages",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("code", name=op.f("uq_post_code")),
        sa.UniqueConstraint("prefix", name=op.f("uq_post_prefix")),
    )
    op.create_table(
        "closure",
        sa.Column(
            "post_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "all",
                "paid",
                name="scope_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "title",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_closure_in_order")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_closure_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("uid", name=op.f("uq_closure_uid")),
    )
    op.create_index(
        op.f("ix_closure_post_id_first_on"),
        "closure",
        ["post_id", "first_on"],
        unique=False,
    )
    op.create_table(
        "service",
        sa.Column(
            "post_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "draft",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("draft_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_service_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("post_id", "code", name=op.f("uq_service_post_id_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_service_uid")),
    )
    op.create_table(
        "site",
        sa.Column(
            "post_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column(
            "name",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "address",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_site_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("post_id", "code", name=op.f("uq_site_post_id_code")),
    )
    op.create_table(
        "service_version",
        sa.Column(
            "service_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "published",
                "retired",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "published_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_version_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_version")),
        sa.UniqueConstraint(
            "service_id", "number", name=op.f("uq_service_version_service_id_number")
        ),
    )
    op.create_index(
        "uq_service_version_published",
        "service_version",
        ["service_id"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    statements = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER tg_service_version_immutable ON service_version")
        op.execute("DROP FUNCTION tg_service_version_immutable()")
    op.drop_index(
        "uq_service_version_published",
        table_name="service_version",
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_table("service_version")
    op.drop_table("site")
    op.drop_table("service")
    op.drop_index(op.f("ix_closure_post_id_first_on"), table_name="closure")
    op.drop_table("closure")
    op.drop_table("post")
