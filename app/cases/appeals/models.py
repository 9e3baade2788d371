"""An appeal against the refusal of a case; there is one at most for a case."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model, Named
from app.documents.models import Document

OPEN = text("decided_at IS NULL")


class Appeal(Named, Model):
    """What a citizen says against a refusal, and how it was decided."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint(
            "(decided_at IS NULL) = (sealed_answer IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_whole",
        ),
        Index("ix_appeal_open", "case_id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), unique=True)
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_words: Mapped[bytes] = mapped_column(LargeBinary)
    filed_at: Mapped[datetime]
    refused_by: Mapped[int | None] = mapped_column(BigKey)
    """Who refused the case, and therefore does not decide."""
    sealed_answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[int | None] = mapped_column(BigKey)
    decided_at: Mapped[datetime | None]
    is_granted: Mapped[bool] = mapped_column(default=False)
    """Whether the case was opened again for it."""

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    files: Mapped[list["AppealFile"]] = relationship(
        back_populates="appeal", lazy="raise_on_sql", order_by="AppealFile.id"
    )
    words = Sealed[str](cannot_be_read)
    answer = Sealed[str](cannot_be_read)
    """The reasons of the decision, as the citizen reads them."""


class AppealFile(Keyed, Model):
    """A file that came with an appeal."""

    __tablename__ = "appeal_file"
    __table_args__ = (Index(None, "appeal_id"),)

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeal.id", ondelete="CASCADE"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)

    appeal: Mapped[Appeal] = relationship(back_populates="files")
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)
