"""Consignments to the capital, and which cases lie in them."""

from datetime import date, datetime

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

from app.cases.bulk_models import BulkRun
from app.cases.consignments.rules import ConsignmentState, Result
from app.cases.models import Case
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice
from app.documents.models import Document

__all__ = ["Consignment", "ConsignmentItem", "ConsignmentState", "Result"]


class Consignment(Named, Model):
    """Papers of many cases that travel together; a post fills one at a time."""

    __tablename__ = "consignment"
    __table_args__ = (
        UniqueConstraint("post_id", "year", "number"),
        CheckConstraint("(state = 'open') = (number IS NULL)", name="numbered_when_sealed"),
        CheckConstraint("(state IN ('open', 'sealed')) = (sent_on IS NULL)", name="sent_once"),
        CheckConstraint("(state = 'returned') = (returned_on IS NOT NULL)", name="returned_once"),
        Index(
            "uq_consignment_open",
            "post_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_consignment_of_post", "post_id", "id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    state: Mapped[ConsignmentState] = mapped_column(choice(ConsignmentState, name="state_known"))
    opened_by: Mapped[int] = mapped_column(BigKey)
    opened_at: Mapped[datetime]
    year: Mapped[int | None]
    number: Mapped[int | None]
    """Counts the sealed consignments of a post and year, without a gap."""
    seal: Mapped[str | None] = mapped_column(String(40))
    """The number on the seal, as the officer read it."""
    language: Mapped[str | None] = mapped_column(String(2))
    """The language of the manifest besides Arabic."""
    sealed_by: Mapped[int | None] = mapped_column(BigKey)
    sealed_at: Mapped[datetime | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)
    sent_on: Mapped[date | None] = mapped_column(Date)
    sealed_courier: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_tracking: Mapped[bytes | None] = mapped_column(LargeBinary)
    send_run_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_run.id"))
    received_on: Mapped[date | None] = mapped_column(Date)
    sealed_reported_by: Mapped[bytes | None] = mapped_column(LargeBinary)
    returned_on: Mapped[date | None] = mapped_column(Date)
    return_run_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_run.id"))

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    document: Mapped[Document | None] = relationship(lazy="joined")
    send_run: Mapped[BulkRun | None] = relationship(foreign_keys=[send_run_id])
    return_run: Mapped[BulkRun | None] = relationship(foreign_keys=[return_run_id])
    courier = Sealed[str](cannot_be_read)
    tracking = Sealed[str](cannot_be_read)
    reported_by = Sealed[str](cannot_be_read)
    """Who said that it arrived in the capital."""

    @property
    def label(self) -> str:
        """Return number and year, empty before it is sealed."""
        return f"{self.number}/{self.year}" if self.number else ""


class ConsignmentItem(Named, Model):
    """A case in a consignment; in one that is not back, a case lies once at most."""

    __tablename__ = "consignment_item"
    __table_args__ = (
        UniqueConstraint("consignment_id", "case_id"),
        CheckConstraint("released_at IS NULL OR result IS NOT NULL", name="released_with_result"),
        Index(
            "uq_consignment_item_out",
            "case_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_consignment_item_case", "case_id"),
    )

    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    is_unexpected: Mapped[bool] = mapped_column(default=False)
    """It came back with this consignment without standing on its list."""
    sheets: Mapped[int] = mapped_column(default=0)
    """Pages of its papers, counted when the list was fixed."""
    added_by: Mapped[int] = mapped_column(BigKey)
    added_at: Mapped[datetime]
    result: Mapped[Result | None] = mapped_column(choice(Result, name="result_known"))
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    released_at: Mapped[datetime | None]
    """When it was counted as back, or as missing: from then on it may travel again."""

    consignment: Mapped[Consignment] = relationship()
    case: Mapped[Case] = relationship()
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    reason = Sealed[str](cannot_be_read)
    """What the capital said, in the words of the officer who wrote it down."""
