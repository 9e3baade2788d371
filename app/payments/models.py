"""Charges, numbered receipts, cash desks of a day, bank slips and payments at a provider."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model, Named, choice
from app.core.shapes import JsonList
from app.documents.models import Document
from app.payments import rules
from app.payments.rules import ChargeState, Method, OnlineState, SlipState, Tally


def _some(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """Return an index over those rows that a condition holds for, on both engines."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class Charge(Named, Model):
    """What a case owes in one currency, with the lines that made it; a changed one is replaced."""

    __tablename__ = "charge"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="not_negative"),
        CheckConstraint("state = 'void' OR (state = 'waived') = (amount = 0)", name="waived_whole"),
        _some("uq_charge_live", "state <> 'void'", "case_id", "currency", unique=True),
        _some("ix_charge_due", "state = 'due'", "post_id", "id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    """In minor units."""
    lines: Mapped[Any] = mapped_column(JsonList)
    """The lines of the bill (Any: JSON list of maps: kind, key, label, amount, legal_basis)."""
    state: Mapped[ChargeState] = mapped_column(choice(ChargeState, name="state_known"))
    priced_on: Mapped[date] = mapped_column(Date)
    """The day whose fees count, by the rule of the service."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship()


class ReceiptCounter(Keyed, Model):
    """The last number that a post gave to a receipt in a year; locked, so that none is left out."""

    __tablename__ = "receipt_counter"
    __table_args__ = (UniqueConstraint("post_id", "year"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    year: Mapped[int]
    last: Mapped[int] = mapped_column("last_number")


class CashDesk(Named, Model):
    """What one cashier holds in one currency on one day; triggers keep a closed one as it is."""

    __tablename__ = "cash_desk"
    __table_args__ = (
        UniqueConstraint("post_id", "cashier_id", "on_day", "currency"),
        CheckConstraint("opening >= 0", name="opening_not_negative"),
        CheckConstraint(
            "(closed_at IS NULL) = (counted IS NULL)"
            " AND (closed_at IS NULL) = (received IS NULL)"
            " AND (closed_at IS NULL) = (voided IS NULL)",
            name="closed_whole",
        ),
        Index(None, "post_id", "on_day"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    cashier_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    on_day: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    opening: Mapped[int]
    """The float with which the day began, in minor units, as all that follows."""
    received: Mapped[int | None]
    voided: Mapped[int | None]
    counted: Mapped[int | None]
    remark: Mapped[str | None] = mapped_column(Text)
    """Why more or less was counted than must be there, without the name of any citizen."""
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def closed(self) -> Tally | None:
        """Return what a closed desk came to, None while it is open."""
        if self.received is None or self.voided is None:
            return None
        return Tally(opening=self.opening, received=self.received, voided=self.voided)


class Receipt(Named, Model):
    """Money that was taken, under a number without gaps; triggers refuse all but voiding it.

    One that names several persons of a filing has a row for each, all under its one number: they
    are written together and voided together.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("post_id", "year", "number", "line"),
        UniqueConstraint("case_id", "key"),
        CheckConstraint("amount > 0 AND number > 0 AND line > 0", name="positive"),
        CheckConstraint("(method = 'cash') = (desk_id IS NOT NULL)", name="cash_has_desk"),
        CheckConstraint(
            "(voided_at IS NULL) = (voided_by IS NULL)"
            " AND (voided_at IS NULL) = (sealed_reason IS NULL)"
            " AND (void_desk_id IS NULL OR voided_at IS NOT NULL)",
            name="voided_whole",
        ),
        _some("uq_receipt_valid", "voided_at IS NULL", "charge_id", unique=True),
        Index(None, "case_id"),
        Index(None, "desk_id"),
        Index(None, "void_desk_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    year: Mapped[int]
    number: Mapped[int]
    line: Mapped[int] = mapped_column(default=1, server_default="1")
    """Which person of the receipt this is, from 1 on."""
    prefix: Mapped[str] = mapped_column(String(2))
    key: Mapped[str] = mapped_column(String(64))
    """The idempotency key of what took the money."""
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    method: Mapped[Method] = mapped_column(choice(Method, name="method_known"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("cash_desk.id"))
    """Where the cash lies."""
    taken_by: Mapped[int | None] = mapped_column(BigKey)
    """The member of staff; None where a provider took it."""
    taken_on: Mapped[date] = mapped_column(Date)
    taken_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[int | None] = mapped_column(BigKey)
    void_desk_id: Mapped[int | None] = mapped_column(ForeignKey("cash_desk.id"))
    """Out of which desk the cash was given back."""
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)

    case: Mapped[Case] = relationship()
    charge: Mapped[Charge] = relationship(lazy="joined", innerjoin=True)
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    reason = Sealed[str](cannot_be_read)
    """Why it was voided, in the words of who did it."""

    @property
    def label(self) -> str:
        """Return the number as it is printed."""
        return rules.receipt_number(self.prefix, self.year, self.number)


class Slip(Named, Model):
    """A bank slip that a citizen sent as proof; one at a time waits to be confirmed."""

    __tablename__ = "payment_slip"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("(state = 'sent') = (decided_at IS NULL)", name="decided_once"),
        _some("uq_payment_slip_sent", "state = 'sent'", "case_id", "currency", unique=True),
        _some(
            "uq_payment_slip_together",
            "state = 'sent' AND filing_id IS NOT NULL",
            *("filing_id", "currency"),
            unique=True,
        ),
        _some("ix_payment_slip_waiting", "state = 'sent'", "post_id", "id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    filing_id: Mapped[int | None] = mapped_column(BigKey)
    """Whose whole fee it pays; None where it is that of the case alone."""
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    paid_on: Mapped[date] = mapped_column(Date)
    """As the citizen read it from the slip, like the amount."""
    state: Mapped[SlipState] = mapped_column(choice(SlipState, name="state_known"))
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BigKey)
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)

    case: Mapped[Case] = relationship()
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    reason = Sealed[str](cannot_be_read)
    """Why it was refused, for the citizen to read."""


class OnlinePayment(Named, Model):
    """A way to a provider that a citizen was led on; its uid is what the provider knows."""

    __tablename__ = "online_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("(state = 'started') = (settled_at IS NULL)", name="settled_once"),
        CheckConstraint(
            "(state = 'returned') = (returned_at IS NOT NULL)"
            " AND (returned_at IS NULL) = (returned_by IS NULL)"
            " AND (returned_at IS NULL) = (sealed_reason IS NULL)",
            name="returned_whole",
        ),
        _some("ix_online_payment_stray", "state = 'stray'", "post_id", "id"),
        _some("ix_online_payment_returned", "state = 'returned'", "post_id", "returned_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    """What it was begun for; of a filing, the first of its charges."""
    filing_id: Mapped[int | None] = mapped_column(BigKey)
    """Whose whole fee it pays; None where it is that of the case alone."""
    provider: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    received_currency: Mapped[str | None] = mapped_column(String(3))
    received_amount: Mapped[int | None]
    """What the provider says that it took, which may be other than what was asked for."""
    state: Mapped[OnlineState] = mapped_column(choice(OnlineState, name="state_known"))
    started_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[int | None] = mapped_column(BigKey)
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)

    case: Mapped[Case] = relationship()
    charge: Mapped[Charge] = relationship()
    reason = Sealed[str](cannot_be_read)
    """How and why it was given back, in the words of who did it."""

    @property
    def data_key(self) -> DataKey:
        """Return the key of the person whose request it was begun for."""
        return self.case.data_key

    @property
    def received(self) -> tuple[int, str]:
        """Return amount in minor units and currency of what came, else of what was asked for."""
        if self.received_amount is None or self.received_currency is None:
            return self.amount, self.currency
        return self.received_amount, self.received_currency
