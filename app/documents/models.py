"""Files: uploads, served as page images only, and the documents that the post issues."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import ServiceVersion
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice


class DocumentState(StrEnum):
    """How far the checks have come; only a clean document is shown to staff."""

    QUARANTINED = "quarantined"
    CLEAN = "clean"
    REFUSED = "refused"


WAITING = f"state = '{DocumentState.QUARANTINED.value}'"
"""What still has to be looked at; written out, so that an index of it serves every plan."""

DAMAGED = "damaged_at IS NOT NULL"


class Document(Named, Model):
    """One stored file, immutable; its bytes and pages are sealed with the person's key."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("size > 0", name="not_empty"),
        Index(
            "ix_document_waiting", "id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)
        ),
        Index(
            "ix_document_damaged", "id", sqlite_where=text(DAMAGED), postgresql_where=text(DAMAGED)
        ),
    )

    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(64))
    state: Mapped[DocumentState] = mapped_column(choice(DocumentState, name="state_known"))
    reason: Mapped[str | None] = mapped_column(String(32))
    """Why it was refused: a code of documents.rules."""
    trouble: Mapped[str | None] = mapped_column(String(32))
    """Why it still waits in quarantine: a code of documents.rules."""
    damaged_at: Mapped[datetime | None]
    """When its bytes were first found missing or changed; empty while they are whole."""
    proved_at: Mapped[datetime | None]
    """When its bytes were last compared with its hash."""
    pages: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    name = Sealed[str](cannot_be_read)
    """The file's name as the citizen's device gave it; never a key."""


class IssuedState(StrEnum):
    """What a document that the post issued is worth; `ordered` is not made yet."""

    ORDERED = "ordered"
    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class IssuedDocument(Named, Model):
    """A document that was made for a case, kept as long as the case; one is valid at a time."""

    __tablename__ = "issued_document"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "key"),
        CheckConstraint("(state = 'ordered') = (document_id IS NULL)", name="made_once"),
        CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_once"),
        Index(
            "uq_issued_document_valid",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'valid'"),
            postgresql_where=text("state = 'valid'"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("service_version.id"))
    """The version of the service that says which document this is and what stands in it."""
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)
    number: Mapped[int]
    """Counts the documents of a case."""
    key: Mapped[str] = mapped_column(String(64))
    """The idempotency key of the order."""
    code: Mapped[str] = mapped_column(String(16), unique=True)
    """Printed on it and typed by whoever verifies it; ends with a check character."""
    state: Mapped[IssuedState] = mapped_column(choice(IssuedState, name="state_known"))
    template: Mapped[str] = mapped_column(String(32))
    template_sha256: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date] = mapped_column(Date)
    issued_by: Mapped[int] = mapped_column(BigKey)
    ordered_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BigKey)
    sealed_ending: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_statement: Mapped[bytes | None] = mapped_column(LargeBinary)

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    document: Mapped[Document | None] = relationship(lazy="joined")
    version: Mapped[ServiceVersion] = relationship()
    ending = Sealed[str](cannot_be_read)
    """The last characters of the number that stands on it, shown to whoever verifies it."""
    statement = Sealed[dict[str, str]](dict)
    """What its officer wrote in it, by language, where the service asks for it."""
    reason = Sealed[str](cannot_be_read)
    """Why it was revoked, or why another one takes its place, in the words of who did it."""
