"""The paper by which somebody acts for another: a court's decision or a power of attorney."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Authority
from app.accounts.rules import AuthorityKind
from app.cases.mandates.rules import MandateState
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice
from app.core.shapes import JsonList
from app.documents.models import Document

ONE_STANDS = text("state IN ('received', 'accepted')")


class Mandate(Named, Model):
    """One paper of an authority, sealed with the key of the person; an older one is kept."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint(
            "state NOT IN ('rejected', 'revoked') OR settled_at IS NOT NULL", name="settled_once"
        ),
        Index(None, "authority_id", "id"),
        Index(
            "uq_mandate_standing",
            "authority_id",
            unique=True,
            sqlite_where=ONE_STANDS,
            postgresql_where=ONE_STANDS,
        ),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    kind: Mapped[AuthorityKind] = mapped_column(choice(AuthorityKind, name="kind_known"))
    state: Mapped[MandateState] = mapped_column(choice(MandateState, name="state_known"))
    sealed_number: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_issuer: Mapped[bytes] = mapped_column(LargeBinary)
    services: Mapped[Any] = mapped_column(JsonList)
    """Codes of the services that it covers, none for all (Any: JSON list of str)."""
    valid_until: Mapped[date | None] = mapped_column(Date)
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_principal: Mapped[bytes | None] = mapped_column(LargeBinary)
    principal_confirmed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(2))
    """In which the principal is written to."""
    given_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(BigKey)
    """The member of staff who accepted, rejected or revoked it; nobody of the post: None."""

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    authority: Mapped[Authority] = relationship(lazy="joined", innerjoin=True)
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)
    number = Sealed[str](cannot_be_read)
    issuer = Sealed[str](cannot_be_read)
    reason = Sealed[str](cannot_be_read)
    """Why it was rejected or revoked, as its agent reads it."""
    principal = Sealed[str](cannot_be_read)
    """The e-mail address of the principal, as their agent gave it."""
