"""Uploaded files: quarantined, looked at in a limited process, served as page images only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.crypto import DataKey, Sealed
from app.core.db import Model, Named, choice


class DocumentState(StrEnum):
    """How far the checks have come; only a clean document is shown to staff."""

    QUARANTINED = "quarantined"
    CLEAN = "clean"
    REFUSED = "refused"


class Document(Named, Model):
    """One stored file, immutable; its bytes and pages are sealed with the person's key."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(64))
    state: Mapped[DocumentState] = mapped_column(choice(DocumentState, name="state_known"))
    reason: Mapped[str | None] = mapped_column(String(32))
    """Why it was refused: a code of documents.rules."""
    pages: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    name = Sealed[str]()
    """The file's name as the citizen's device gave it; never a key."""
