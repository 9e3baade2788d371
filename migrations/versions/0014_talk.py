"""What is said about a case, marks by which likeness is found, and more actions on a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import checks

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MAP = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
UNREAD = sa.text("read_at IS NULL")
OPEN = sa.text("answered_at IS NULL AND revoked_at IS NULL")
ACTIONS = ("correction_extended", "revived")
TABLES = (
    "thread_file",
    "note_mention",
    "thread_message",
    "opinion",
    "case_note",
    "person_mark",
    "canned_answer",
)
"""Those that refer to others first."""


def upgrade() -> None:
    checks.add("case_event", "action", "ck_case_event_action_known", *ACTIONS)
    op.create_table(
        "canned_answer",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("service_id", KEY, nullable=True),
        sa.Column("title", MAP, nullable=False),
        sa.Column("body", MAP, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_canned_answer_post_id")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_canned_answer_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answer")),
        sa.UniqueConstraint("uid", name=op.f("uq_canned_answer_uid")),
    )
    op.create_index(
        op.f("ix_canned_answer_post_id_service_id"),
        "canned_answer",
        ["post_id", "service_id"],
        unique=False,
    )
    op.create_table(
        "person_mark",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_mark_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_person_mark")),
    )
    op.create_index(op.f("ix_person_mark_mark"), "person_mark", ["mark"], unique=False)
    op.create_table(
        "case_note",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("author_id", KEY, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_member.id"], name=op.f("fk_case_note_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_case_note_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_note_uid")),
    )
    op.create_index(op.f("ix_case_note_case_id_id"), "case_note", ["case_id", "id"], unique=False)
    op.create_table(
        "opinion",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("asked_by", KEY, nullable=False),
        sa.Column("asked_of", KEY, nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        sa.Column("sealed_question", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (sealed_answer IS NULL)",
            name=op.f("ck_opinion_answered_whole"),
        ),
        sa.CheckConstraint(
            "answered_at IS NULL OR revoked_at IS NULL", name=op.f("ck_opinion_one_end")
        ),
        sa.CheckConstraint("asked_by <> asked_of", name=op.f("ck_opinion_of_somebody_else")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["staff_member.id"], name=op.f("fk_opinion_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_of"], ["staff_member.id"], name=op.f("fk_opinion_asked_of")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_opinion_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("uid", name=op.f("uq_opinion_uid")),
    )
    op.create_index(op.f("ix_opinion_case_id_id"), "opinion", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_opinion_open_by",
        "opinion",
        ["asked_by", "until_on"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_opinion_open_of",
        "opinion",
        ["asked_of", "until_on"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "thread_message",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "citizen",
                "staff",
                name="side_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", KEY, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("expects_answer", sa.Boolean(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_thread_message_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_message")),
        sa.UniqueConstraint("uid", name=op.f("uq_thread_message_uid")),
    )
    op.create_index(
        op.f("ix_thread_message_case_id_id"), "thread_message", ["case_id", "id"], unique=False
    )
    op.create_index(
        "ix_thread_message_unread",
        "thread_message",
        ["case_id", "side"],
        unique=False,
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )
    op.create_table(
        "note_mention",
        sa.Column("note_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["case_note.id"], name=op.f("fk_note_mention_note_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_note_mention_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_mention")),
        sa.UniqueConstraint("note_id", "staff_id", name=op.f("uq_note_mention_note_id_staff_id")),
    )
    op.create_index(
        "ix_note_mention_unread",
        "note_mention",
        ["staff_id", "id"],
        unique=False,
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )
    op.create_table(
        "thread_file",
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_thread_file_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["thread_message.id"],
            name=op.f("fk_thread_file_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_file")),
        sa.UniqueConstraint("document_id", name=op.f("uq_thread_file_document_id")),
    )
    op.create_index(op.f("ix_thread_file_message_id"), "thread_file", ["message_id"], unique=False)


def downgrade() -> None:
    # Stops at a case that has such an event, as 0008 does.
    for table in TABLES:
        op.drop_table(table)
    checks.remove("case_event", "action", "ck_case_event_action_known", *ACTIONS)
