"""Tickets of a day and site, counters that are open, calls, and the devices of a hall."""

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

from app.accounts.models import StaffMember
from app.appointments.day import rules
from app.appointments.day.rules import DeviceKind, Ground, Outcome, TicketLane, TicketState
from app.appointments.models import Booking, Pool
from app.catalogue.models import Service, Site
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model, Named, choice

OPEN = text("closed_at IS NULL")
CALLED = text("state = 'called'")


class Counter(Named, Model):
    """A window of a site that an officer has opened for a day."""

    __tablename__ = "counter"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 99", name="numbered"),
        Index(
            "uq_counter_open_number",
            "site_id",
            "number",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(
            "uq_counter_open_staff",
            "staff_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    on_day: Mapped[date] = mapped_column(Date)
    number: Mapped[int]
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"))
    """Whose visitors are called here; None: everybody's."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)
    pool: Mapped[Pool | None] = relationship()
    staff: Mapped[StaffMember] = relationship()


class Ticket(Named, Model):
    """The number of somebody who came, with an appointment or without; no name stands in it."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("site_id", "on_day", "lane", "number"),
        UniqueConstraint("booking_id"),
        UniqueConstraint("code"),
        CheckConstraint("number > 0", name="numbered"),
        CheckConstraint("(booking_id IS NULL) = (booked_at IS NULL)", name="booked_whole"),
        CheckConstraint(
            "(state = 'called') = (counter_id IS NOT NULL)", name="called_at_a_counter"
        ),
        CheckConstraint("sealed_note IS NULL OR data_key_id IS NOT NULL", name="note_has_key"),
        Index(
            "uq_ticket_at_counter",
            "counter_id",
            unique=True,
            sqlite_where=CALLED,
            postgresql_where=CALLED,
        ),
        Index("ix_ticket_state", "site_id", "on_day", "state"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    on_day: Mapped[date] = mapped_column(Date)
    """The local day of the site."""
    lane: Mapped[TicketLane] = mapped_column(choice(TicketLane, name="lane_known"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(22))
    """Whoever knows it may see how far the ticket is, and nothing else."""
    state: Mapped[TicketState] = mapped_column(choice(TicketState, name="state_known"))
    ground: Mapped[Ground | None] = mapped_column(choice(Ground, name="ground_known"))
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    booked_at: Mapped[datetime | None]
    counter_id: Mapped[int | None] = mapped_column(ForeignKey("counter.id"))
    """Where it is called to now."""
    sent_to_id: Mapped[int | None] = mapped_column(ForeignKey("counter.id"))
    """The one counter that may call it next."""
    turn: Mapped[int] = mapped_column(default=1)
    """How often it has begun to wait; it is called once in each turn."""
    arrived_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    """When it was called last, or called again."""
    ended_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = mapped_column(BigKey)
    """The member of staff who gave it out; None for a kiosk."""
    data_key_id: Mapped[int | None] = mapped_column(ForeignKey("data_key.id"))
    sealed_note: Mapped[bytes | None] = mapped_column(LargeBinary)

    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)
    booking: Mapped[Booking | None] = relationship()
    service: Mapped[Service | None] = relationship()
    pool: Mapped[Pool | None] = relationship()
    counter: Mapped[Counter | None] = relationship(foreign_keys=[counter_id])
    data_key: Mapped[DataKey | None] = relationship()
    note = Sealed[str](cannot_be_read)
    """What staff wrote for each other; forgotten when the day is over."""

    @property
    def label(self) -> str:
        """The number as it is shown."""
        return rules.label(self.lane, self.number)

    @property
    def as_waiting(self) -> rules.Waiting:
        """The ticket as the order looks at it."""
        return rules.Waiting(
            id=self.id,
            arrived_at=self.arrived_at,
            booked_at=self.booked_at,
            ground=self.ground,
            pool_id=self.pool_id,
            counter_id=self.sent_to_id,
        )


class TicketCall(Keyed, Model):
    """That a ticket was called to a counter; the key of ticket and turn lets it happen once."""

    __tablename__ = "ticket_call"
    __table_args__ = (
        UniqueConstraint("ticket_id", "turn"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_whole"),
        Index(None, "counter_id"),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    turn: Mapped[int]
    counter_id: Mapped[int] = mapped_column(ForeignKey("counter.id"))
    called_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, name="outcome_known"))


class Device(Named, Model):
    """A board or a kiosk of a site; its address is made from its name by a key of the server."""

    __tablename__ = "device"
    __table_args__ = (Index(None, "post_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[DeviceKind] = mapped_column(choice(DeviceKind, name="kind_known"))
    name: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)
