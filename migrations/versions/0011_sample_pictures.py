"""Pictures of how a paper is accepted, which services may show."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sample_picture",
        sa.Column("id", KEY, nullable=False),
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("says", JSON, nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_sample_picture_post_id_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_picture")),
        sa.UniqueConstraint("post_id", "key", name=op.f("uq_sample_picture_post_id_key")),
    )


def downgrade() -> None:
    op.drop_table("sample_picture")
