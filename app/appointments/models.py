"""Pools of counters, their hours, slots with a counter that only claims may move, bookings."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.appointments import rules
from app.appointments.rules import CancelReason
from app.cases.models import Case
from app.catalogue.models import Site
from app.core.db import BigKey, Keyed, Model, Named, Texts, choice
from app.core.shapes import JsonMap


class Lane(StrEnum):
    """For whom seats are kept; each lane has slots of its own."""

    PUBLIC = "public"
    STAFF = "staff"
    EMERGENCY = "emergency"
    PRIORITY = "priority"


class BookingState(StrEnum):
    """Where a booking stands."""

    HELD = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    SERVED = "served"
    NO_SHOW = "no_show"
    LEFT = "left"
    """Came, and was not served on that day: no reproach, unlike one who did not come."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ClaimKind(StrEnum):
    """Whether seats belong to the booking, or are held while a move is confirmed."""

    MAIN = "main"
    OFFER = "offer"


class Pool(Keyed, Model):
    """Interchangeable counters of a site."""

    __tablename__ = "pool"
    __table_args__ = (UniqueConstraint("site_id", "code"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code: Mapped[str] = mapped_column(String(32))
    """What a service's definition names in `appointment.pool`."""
    name: Mapped[Texts] = mapped_column(JsonMap)
    unit_minutes: Mapped[int]
    horizon_days: Mapped[int] = mapped_column(default=60)
    pass_on_hours: Mapped[int | None]
    """So long before, emergency seats that nobody took are the public's; None for never."""

    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)


class WeeklyHours(Named, Model):
    """Hours of one weekday, or of one day, in local wall time; `closes_at` is excluded."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="in_order"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_iso"),
        CheckConstraint("seats BETWEEN 1 AND 50", name="seats_sensible"),
        Index(None, "pool_id", "weekday"),
    )

    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id", ondelete="CASCADE"))
    weekday: Mapped[int]
    opens_at: Mapped[str] = mapped_column(String(5))
    closes_at: Mapped[str] = mapped_column(String(5))
    lane: Mapped[Lane] = mapped_column(choice(Lane, name="lane_known"))
    seats: Mapped[int]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    on_day: Mapped[date | None] = mapped_column(Date)
    """The one day on which the lane has these hours in place of those of its weekday."""


FREE = text("taken < capacity")


class Slot(Keyed, Model):
    """A unit of time of a pool's lane; `taken` moves only with a claim (trigger)."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("pool_id", "lane", "starts_at"),
        CheckConstraint("taken BETWEEN 0 AND capacity", name="not_overbooked"),
        Index(
            "ix_slot_free",
            "pool_id",
            "lane",
            "starts_at",
            "local_on",
            "id",
            sqlite_where=FREE,
            postgresql_where=FREE,
        ),
    )

    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    lane: Mapped[Lane] = mapped_column(choice(Lane, name="lane_known"))
    starts_at: Mapped[datetime]
    local_on: Mapped[date] = mapped_column(Date)
    wall_time: Mapped[str] = mapped_column(String(5), server_default=text("''"))
    """HH:MM: with the day what it was made for; `starts_at` follows when its zone has new rules."""
    planned: Mapped[int]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    release_id: Mapped[int | None] = mapped_column(BigKey)
    """The draw by which its seats are, or were, given out."""
    is_withheld: Mapped[bool] = mapped_column(default=False, server_default=false())
    """While a draw goes on, seats are free only as far as `capacity` says, whatever is planned,
    and one that is given back goes to the draw (trigger)."""
    opening_id: Mapped[int | None] = mapped_column(BigKey)
    """The opening by which its seats are, or were, given out in a queue."""
    is_gated: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Only those whom the queue of its opening lets in may take its seats."""

    pool: Mapped[Pool] = relationship(lazy="joined", innerjoin=True)

    @property
    def local_at(self) -> str:
        """Return the wall time at which it begins, as bookings keep it."""
        return local_moment(self.local_on, self.wall_time)


def local_moment(on: date, wall_time: str) -> str:
    """Return a day and its wall time as bookings keep them ("2026-12-03T10:20")."""
    return f"{on.isoformat()}T{wall_time}"


BY_POST = text("cancel_reason = 'by_post'")
"""As its index has it, written out: a parameter would keep a database from using it."""
ACTIVE = text("state IN ('held', 'booked', 'checked_in')")


class Booking(Named, Model):
    """Seats of one visit; a hold is a booking with an expiry."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="hold_expires"),
        Index(
            "ix_booking_holds",
            "expires_at",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        CheckConstraint(
            "(offer_starts_at IS NULL) = (offer_expires_at IS NULL)",
            name="offer_expires",
        ),
        Index(
            "ix_booking_offers",
            "offer_expires_at",
            sqlite_where=text("offer_expires_at IS NOT NULL"),
            postgresql_where=text("offer_expires_at IS NOT NULL"),
        ),
        Index(
            "uq_booking_case_active",
            "case_id",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
        Index(
            "ix_booking_waiting_id",
            "waiting_id",
            sqlite_where=text("waiting_id IS NOT NULL"),
            postgresql_where=text("waiting_id IS NOT NULL"),
        ),
        Index(None, "case_id"),
        Index(
            "ix_booking_called_off",
            "case_id",
            "updated_at",
            sqlite_where=BY_POST,
            postgresql_where=BY_POST,
        ),
        Index("ix_booking_day", "post_id", "starts_at", "id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    starts_at: Mapped[datetime]
    local_at: Mapped[str] = mapped_column(String(16))
    """The wall time that was promised ("2026-12-03T10:20"), should a zone's rules change."""
    minutes: Mapped[int]
    party: Mapped[int] = mapped_column(default=1)
    state: Mapped[BookingState] = mapped_column(choice(BookingState, name="state_known"))
    expires_at: Mapped[datetime | None]
    offer_starts_at: Mapped[datetime | None]
    """Another time that is held for this booking while its owner confirms the move."""
    offer_local_at: Mapped[str | None] = mapped_column(String(16))
    offer_expires_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    moves: Mapped[int] = mapped_column(default=0)
    release_id: Mapped[int | None] = mapped_column(BigKey)
    """The draw that gave this time; then a hold waits for days, not minutes."""
    waiting_id: Mapped[int | None] = mapped_column(BigKey)
    """The entry of the waiting list to which the held, or the other, time is offered."""
    cancel_reason: Mapped[CancelReason | None] = mapped_column(
        choice(CancelReason, name="cancel_reason_known")
    )
    """Why it was cancelled, where that was said."""
    coming_at: Mapped[datetime | None]
    """When its owner said, by the link of a reminder, that they will come."""
    checked_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    case: Mapped[Case] = relationship()
    pool: Mapped[Pool] = relationship(lazy="joined", innerjoin=True)

    def can_be_changed(self, now: datetime) -> bool:
        """Return whether its owner may still move it, give it up, or say that they come."""
        is_booked = self.state is BookingState.BOOKED
        return rules.can_be_changed(is_booked=is_booked, starts_at=self.starts_at, now=now)


class BookingPerson(Keyed, Model):
    """Who comes; one active booking per person (by fingerprint) and service of a post."""

    __tablename__ = "booking_person"
    __table_args__ = (
        UniqueConstraint("booking_id", "fingerprint"),
        Index(
            "uq_booking_person_active",
            "post_id",
            "fingerprint",
            "service_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    post_id: Mapped[int] = mapped_column(BigKey)
    service_id: Mapped[int] = mapped_column(BigKey)
    fingerprint: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool]


class Claim(Keyed, Model):
    """Seats taken of a slot; inserted and deleted, never updated, never OR IGNORE."""

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("booking_id", "slot_id", "kind"),
        CheckConstraint("n > 0", name="takes_something"),
        Index(None, "slot_id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    n: Mapped[int]
    kind: Mapped[ClaimKind] = mapped_column(choice(ClaimKind, name="kind_known"))
