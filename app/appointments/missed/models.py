"""Visits to which nobody came, what follows from them, and what was said against it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking
from app.cases.models import Case
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice

WAITS = text("state = 'objected'")


class MissedVisit(Named, Model):
    """A booking to which nobody came; the person is known by fingerprint, whatever the account."""

    __tablename__ = "missed_visit"
    __table_args__ = (
        CheckConstraint("(objected_at IS NULL) = (sealed_words IS NULL)", name="objected_whole"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (state IN ('noted', 'objected'))",
            name="decided_whole",
        ),
        Index("ix_missed_visit_person", "post_id", "fingerprint", "missed_at"),
        Index(
            "ix_missed_visit_waiting",
            "post_id",
            "id",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(32))
    missed_at: Mapped[datetime]
    """When the visit was to begin."""
    blocked_until: Mapped[date | None] = mapped_column(Date)
    """The last day on which no new time is given out online; None for a mere notice."""
    state: Mapped[MissedState] = mapped_column(choice(MissedState, name="state_known"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_words: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    objected_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BigKey)

    booking: Mapped[Booking] = relationship()
    case: Mapped[Case] = relationship()
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    words = Sealed[str](cannot_be_read)
    """What the citizen says against it."""
    answer = Sealed[str](cannot_be_read)
