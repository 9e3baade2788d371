"""Who waits for a seat, what was offered to them, and seats that were given back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.appointments.models import Pool, Slot
from app.appointments.waiting.rules import Answer, EntryState, PartOfDay, Return
from app.cases.models import Case
from app.core.db import BigKey, Keyed, Model, Named, choice
from app.core.shapes import JsonObject

WAITS = text("state = 'waiting'")
OPEN_OFFER = text("outcome IS NULL")
KEPT = text("returned_at IS NULL")


class WaitingEntry(Named, Model):
    """A request, with those of its filing that come along, that waits for a seat."""

    __tablename__ = "waiting_entry"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint("notice_hours BETWEEN 2 AND 720", name="notice_sensible"),
        CheckConstraint(
            "(ended_at IS NULL) = (state IN ('waiting', 'offered'))", name="ended_whole"
        ),
        Index(
            "ix_waiting_entry_order",
            "post_id",
            "priority",
            "joined_at",
            "id",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
        Index(None, "case_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    state: Mapped[EntryState] = mapped_column(choice(EntryState, name="state_known"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    part: Mapped[PartOfDay] = mapped_column(choice(PartOfDay, name="part_known"))
    notice_hours: Mapped[int]
    keeps_seat: Mapped[bool]
    """It has an appointment and keeps it until an earlier one is accepted."""
    priority: Mapped[int] = mapped_column(default=0)
    """Smaller goes first; everybody has 0 unless the post cancelled their visit."""
    joined_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def goes_first(self) -> bool:
        """Whether it goes before all others, because the post cancelled its visit."""
        return self.priority < 0

    case: Mapped[Case] = relationship()
    places: Mapped[list["WaitingPlace"]] = relationship(
        cascade="all, delete-orphan", lazy="raise_on_sql"
    )
    persons: Mapped[list["WaitingPerson"]] = relationship(
        order_by="WaitingPerson.case_id", lazy="raise_on_sql"
    )


class WaitingPlace(Model):
    """Counters at which an entry would take a seat."""

    __tablename__ = "waiting_place"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("waiting_entry.id", ondelete="CASCADE"), primary_key=True
    )
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), primary_key=True, index=True)


class WaitingPerson(Keyed, Model):
    """Who would come; a person (by fingerprint) waits once for a service of a post."""

    __tablename__ = "waiting_person"
    __table_args__ = (
        Index(
            "uq_waiting_person_active",
            "post_id",
            "fingerprint",
            "service_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        Index(None, "entry_id"),
        Index(None, "case_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entry.id", ondelete="CASCADE"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(BigKey)
    service_id: Mapped[int] = mapped_column(BigKey)
    fingerprint: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool]


class WaitingOffer(Keyed, Model):
    """A time that was offered to an entry; the same one is not offered to it twice."""

    __tablename__ = "waiting_offer"
    __table_args__ = (
        UniqueConstraint("entry_id", "pool_id", "starts_at"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_whole"),
        Index(
            "uq_waiting_offer_open",
            "entry_id",
            unique=True,
            sqlite_where=OPEN_OFFER,
            postgresql_where=OPEN_OFFER,
        ),
        Index(None, "pool_id", "offered_at"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entry.id", ondelete="CASCADE"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    starts_at: Mapped[datetime]
    offered_at: Mapped[datetime]
    until: Mapped[datetime]
    outcome: Mapped[Answer | None] = mapped_column(choice(Answer, name="outcome_known"))
    ended_at: Mapped[datetime | None]

    pool: Mapped[Pool] = relationship(lazy="joined", innerjoin=True)
    entry: Mapped[WaitingEntry] = relationship(lazy="raise_on_sql")


class SeatReturn(Keyed, Model):
    """Seats of a slot that were given back: kept from the public until their hour, then free."""

    __tablename__ = "seat_return"
    __table_args__ = (
        CheckConstraint("(returned_at IS NULL) = (outcome IS NULL)", name="returned_whole"),
        Index(
            "uq_seat_return_kept",
            "slot_id",
            unique=True,
            sqlite_where=KEPT,
            postgresql_where=KEPT,
        ),
        Index(
            "ix_seat_return_due",
            "due_at",
            sqlite_where=KEPT,
            postgresql_where=KEPT,
        ),
        Index(None, "pool_id", "id"),
    )

    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    freed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    """When it was last found that it fits nobody."""
    reasons: Mapped[Any] = mapped_column(JsonObject)
    """Why it fits nobody: reason to number of entries (Any: JSON)."""
    returned_at: Mapped[datetime | None]
    outcome: Mapped[Return | None] = mapped_column(choice(Return, name="outcome_known"))

    slot: Mapped[Slot] = relationship(lazy="joined", innerjoin=True)
