"""What is said about a case, in three lanes: with the citizen, among staff, and second opinions."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case
from app.cases.talk.rules import Side
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model, Named, Texts, choice
from app.core.shapes import JsonMap
from app.documents.models import Document

UNREAD = text("read_at IS NULL")
OPEN_OPINION = text("answered_at IS NULL AND revoked_at IS NULL")
ENDED_UNREAD = text("read_at IS NULL AND (answered_at IS NOT NULL OR revoked_at IS NOT NULL)")


class OfCase(Named):
    """A row whose text is sealed with the key of its case."""

    case: Mapped[Case]

    @property
    def data_key(self) -> DataKey:
        """Return the key of the case."""
        return self.case.data_key


class ThreadMessage(OfCase, Model):
    """One message between the citizen and the post; it is never changed or taken back."""

    __tablename__ = "thread_message"
    __table_args__ = (
        Index(None, "case_id", "id"),
        Index(
            "ix_thread_message_unread",
            "case_id",
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
            postgresql_using="hash",
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    side: Mapped[Side] = mapped_column(choice(Side, name="side_known"))
    author_id: Mapped[int] = mapped_column(BigKey)
    """The account or the member of staff."""
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
    expects_answer: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    """When the other side read it."""
    settled_at: Mapped[datetime | None]
    """When the answer that it asked for came, or was said not to be needed."""

    case: Mapped[Case] = relationship()
    files: Mapped[list["ThreadFile"]] = relationship(
        back_populates="message", lazy="raise_on_sql", order_by="ThreadFile.id"
    )
    text = Sealed[str](cannot_be_read)


class ThreadFile(Keyed, Model):
    """A file that came with a message."""

    __tablename__ = "thread_file"
    __table_args__ = (Index(None, "message_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("thread_message.id", ondelete="CASCADE"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)

    message: Mapped[ThreadMessage] = relationship(back_populates="files")
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)


class CaseNote(OfCase, Model):
    """A note among staff; no citizen ever reads it."""

    __tablename__ = "case_note"
    __table_args__ = (Index(None, "case_id", "id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime]

    case: Mapped[Case] = relationship()
    mentions: Mapped[list["NoteMention"]] = relationship(
        back_populates="note", lazy="raise_on_sql", order_by="NoteMention.id"
    )
    text = Sealed[str](cannot_be_read)


class NoteMention(Keyed, Model):
    """A colleague who is asked to read a note; it waits on their day until they have."""

    __tablename__ = "note_mention"
    __table_args__ = (
        UniqueConstraint("note_id", "staff_id"),
        Index(
            "ix_note_mention_unread",
            "staff_id",
            "id",
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        ),
    )

    note_id: Mapped[int] = mapped_column(ForeignKey("case_note.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    read_at: Mapped[datetime | None]

    note: Mapped[CaseNote] = relationship(back_populates="mentions")


class Opinion(OfCase, Model):
    """A second opinion that one member of staff asks of another."""

    __tablename__ = "opinion"
    __table_args__ = (
        CheckConstraint("answered_at IS NULL OR revoked_at IS NULL", name="one_end"),
        CheckConstraint("(answered_at IS NULL) = (sealed_answer IS NULL)", name="answered_whole"),
        CheckConstraint("asked_by <> asked_of", name="of_somebody_else"),
        Index(None, "case_id", "id"),
        Index(
            "ix_opinion_open_of",
            "asked_of",
            "until_on",
            sqlite_where=OPEN_OPINION,
            postgresql_where=OPEN_OPINION,
        ),
        Index(
            "ix_opinion_open_by",
            "asked_by",
            "until_on",
            sqlite_where=OPEN_OPINION,
            postgresql_where=OPEN_OPINION,
        ),
        Index(
            "ix_opinion_unread",
            "asked_by",
            "id",
            sqlite_where=ENDED_UNREAD,
            postgresql_where=ENDED_UNREAD,
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_of: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    until_on: Mapped[date] = mapped_column(Date)
    is_confidential: Mapped[bool] = mapped_column(default=False)
    """Whether only who asked, who is asked and the head see it."""
    sealed_question: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BigKey)
    """Who withdrew it; unknown for those of earlier versions."""
    read_at: Mapped[datetime | None]
    """When who asked had read how it ended."""

    case: Mapped[Case] = relationship()
    question = Sealed[str](cannot_be_read)
    answer = Sealed[str](cannot_be_read)


class CannedAnswer(Named, Model):
    """Words that officers use again and again, in every language, for one service or for all."""

    __tablename__ = "canned_answer"
    __table_args__ = (Index(None, "post_id", "service_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    title: Mapped[Texts] = mapped_column(JsonMap)
    """What officers call it."""
    body: Mapped[Texts] = mapped_column(JsonMap)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes; an admin names the one that was seen."""
    updated_at: Mapped[datetime]
