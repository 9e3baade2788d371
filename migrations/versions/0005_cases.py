"""Documents and cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# An event goes only with its whole case, when a retention period has ended.
SQLITE = (
    """
    CREATE TRIGGER tg_case_event_no_update BEFORE UPDATE ON case_event
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_case_event_append_only');
    END
    """,
    """
    CREATE TRIGGER tg_case_event_no_delete BEFORE DELETE ON case_event
    WHEN EXISTS (SELECT 1 FROM "case" WHERE id = OLD.case_id)
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_case_event_append_only');
    END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION tg_case_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM "case" WHERE id = OLD.case_id) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'the events of a case are append-only' USING
        ERRCODE = 'check_violation', CONSTRAINT = 'tg_case_event_append_only';
    END $$
    """,
    """
    CREATE TRIGGER tg_case_event_append_only BEFORE UPDATE OR DELETE ON case_event
    FOR EACH ROW EXECUTE FUNCTION tg_case_event_append_only()
    """,
)


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column(
            "data_key_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "quarantined",
                "clean",
                "refused",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_not_empty")),
        sa.ForeignKeyConstraint(
            ["data_key_id"], ["data_key.id"], name=op.f("fk_document_data_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("uid", name=op.f("uq_document_uid")),
    )
    op.create_table(
        "case",
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column(
            "post_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "service_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "data_key_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("variant", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "in_review",
                "action_needed",
                "in_progress",
                "ready",
                "completed",
                "refused",
                "withdrawn",
                "lapsed",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("follow_hash", sa.String(length=32), nullable=True),
        sa.Column("sealed_follow_code", sa.LargeBinary(), nullable=True),
        sa.Column(
            "assignee_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (submitted_at IS NULL)",
            name=op.f("ck_case_submitted_once"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_case_account_id")),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff_member.id"], name=op.f("fk_case_assignee_id")
        ),
        sa.ForeignKeyConstraint(["data_key_id"], ["data_key.id"], name=op.f("fk_case_data_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_case_post_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_case_service_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["service_version.id"], name=op.f("fk_case_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("reference", name=op.f("uq_case_reference")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_uid")),
    )
    op.create_index("ix_case_account", "case", ["account_id", "id"], unique=False)
    op.create_index("ix_case_mine", "case", ["assignee_id", "state", "due_on", "id"], unique=False)
    op.create_index(
        op.f("ix_case_person_id_service_id"),
        "case",
        ["person_id", "service_id"],
        unique=False,
    )
    op.create_index("ix_case_queue", "case", ["post_id", "state", "due_on", "id"], unique=False)
    op.create_table(
        "case_event",
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "started",
                "submitted",
                "taken",
                "released",
                "item_decided",
                "correction_asked",
                "resubmitted",
                "accepted",
                "refused",
                "booked",
                "moved",
                "booking_cancelled",
                "checked_in",
                "visit_completed",
                "produced",
                "handed_over",
                "withdrawn",
                "lapsed",
                name="action_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "in_review",
                "action_needed",
                "in_progress",
                "ready",
                "completed",
                "refused",
                "withdrawn",
                "lapsed",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "citizen",
                "staff",
                "system",
                name="actor_kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "actor_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_case_event_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_case_event_case_id_key")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_event_case_id_number")),
    )
    op.create_table(
        "case_item",
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "answers",
                "paper",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "missing",
                "received",
                "accepted",
                "rejected",
                "waived",
                "replaced",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason_code", sa.String(length=32), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.Column(
            "decided_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_case_item_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_item")),
        sa.UniqueConstraint("case_id", "kind", "key", name=op.f("uq_case_item_case_id_kind_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_item_uid")),
    )
    op.create_table(
        "case_step",
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "review",
                "second_review",
                "payment",
                "appointment",
                "consignment",
                "production",
                "hand_over",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "current",
                "done",
                "skipped",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_case_step_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_case_step_case_id_position")),
    )
    op.create_table(
        "correction_round",
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column(
            "opened_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_correction_round_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_round")),
        sa.UniqueConstraint("uid", name=op.f("uq_correction_round_uid")),
    )
    op.create_index(
        "uq_correction_round_open",
        "correction_round",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "case_answers",
        sa.Column(
            "item_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sealed_values", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["case_item.id"],
            name=op.f("fk_case_answers_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_answers")),
        sa.UniqueConstraint("item_id", "revision", name=op.f("uq_case_answers_item_id_revision")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_answers_uid")),
    )
    op.create_table(
        "case_file",
        sa.Column(
            "item_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "document_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_case_file_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["case_item.id"],
            name=op.f("fk_case_file_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("document_id", name=op.f("uq_case_file_document_id")),
    )
    op.create_index(op.f("ix_case_file_item_id"), "case_file", ["item_id"], unique=False)
    statements = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER tg_case_event_append_only ON case_event")
        op.execute("DROP FUNCTION tg_case_event_append_only()")
    op.drop_index(op.f("ix_case_file_item_id"), table_name="case_file")
    op.drop_table("case_file")
    op.drop_table("case_answers")
    op.drop_index(
        "uq_correction_round_open",
        table_name="correction_round",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("correction_round")
    op.drop_table("case_step")
    op.drop_table("case_item")
    op.drop_table("case_event")
    op.drop_index("ix_case_queue", table_name="case")
    op.drop_index(op.f("ix_case_person_id_service_id"), table_name="case")
    op.drop_index("ix_case_mine", table_name="case")
    op.drop_index("ix_case_account", table_name="case")
    op.drop_table("case")
    op.drop_table("document")
