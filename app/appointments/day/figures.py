"""What a hall measured of itself by day: waiting, serving, visits missed, seats used."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from app.appointments.day import rules
from app.appointments.day.models import Ticket, TicketCall
from app.appointments.day.rules import Outcome, TicketState
from app.appointments.models import Booking, BookingState, Pool, Slot
from app.appointments.rules import CancelReason, day_start
from app.catalogue.models import Site
from app.core.db import db

LOCAL_ON = func.substr(Booking.local_at, 1, 10)
COUNTED = (
    BookingState.BOOKED,
    BookingState.CHECKED_IN,
    BookingState.SERVED,
    BookingState.NO_SHOW,
)


@dataclass(slots=True, kw_only=True)
class DayFigures:
    """What was counted on one day at one place, or on several."""

    tickets: int = 0
    served: int = 0
    not_come: int = 0
    """Called, and nobody came to the counter."""
    waits: list[timedelta] = field(default_factory=list)
    visits: list[timedelta] = field(default_factory=list)
    cancelled: Counter[CancelReason | None] = field(default_factory=Counter)
    """Appointments that were given up, by the reason that was said."""
    booked: int = 0
    missed: int = 0
    """Appointments to which nobody came."""
    seats: int = 0
    taken: int = 0

    def wait(self, share: float) -> timedelta | None:
        """Return the wait that this share did not exceed, from coming to the first call."""
        return rules.percentile(self.waits, share)

    def visit(self, share: float) -> timedelta | None:
        """Return the time at a counter that this share did not exceed."""
        return rules.percentile(self.visits, share)

    @property
    def missed_percent(self) -> int | None:
        """The share of appointments to which nobody came, None without any."""
        return round(100 * self.missed / self.booked) if self.booked else None

    @property
    def use_percent(self) -> int | None:
        """The share of the planned seats that were taken, None without any."""
        return round(100 * self.taken / self.seats) if self.seats else None

    def add(self, other: "DayFigures") -> None:
        """Count another day in."""
        self.tickets += other.tickets
        self.served += other.served
        self.not_come += other.not_come
        self.booked += other.booked
        self.missed += other.missed
        self.seats += other.seats
        self.taken += other.taken
        self.cancelled.update(other.cancelled)
        self.waits.extend(other.waits)
        self.visits.extend(other.visits)


Days = defaultdict[date, DayFigures]


def by_day(site: Site, first: date, last: date) -> Mapping[date, DayFigures]:
    """Return the figures of each day on which there is something to count, the newest first."""
    found: Days = defaultdict(DayFigures)
    _count_tickets(site, first, last, found)
    _count_calls(site, first, last, found)
    _count_bookings(site, first, last, found)
    _count_cancelled(site, first, last, found)
    _count_seats(site, first, last, found)
    return {day: found[day] for day in sorted(found, reverse=True)}


def _count_tickets(site: Site, first: date, last: date, found: Days) -> None:
    rows = db.session.execute(
        select(Ticket.on_day, Ticket.state, func.count())
        .where(Ticket.site_id == site.id, Ticket.on_day.between(first, last))
        .group_by(Ticket.on_day, Ticket.state)
    )
    for day, state, count in rows:
        found[day].tickets += count
        found[day].served += count if state is TicketState.SERVED else 0
        found[day].not_come += count if state is TicketState.MISSED else 0


def _count_calls(site: Site, first: date, last: date, found: Days) -> None:
    rows = db.session.execute(
        select(
            Ticket.on_day,
            Ticket.arrived_at,
            TicketCall.turn,
            TicketCall.called_at,
            TicketCall.ended_at,
            TicketCall.outcome,
        )
        .join(Ticket, Ticket.id == TicketCall.ticket_id)
        .where(Ticket.site_id == site.id, Ticket.on_day.between(first, last))
    )
    for row in rows:
        if row.turn == 1:
            found[row.on_day].waits.append(row.called_at - row.arrived_at)
        if row.outcome in (Outcome.SERVED, Outcome.MOVED):
            found[row.on_day].visits.append(row.ended_at - row.called_at)


def _count_bookings(site: Site, first: date, last: date, found: Days) -> None:
    rows = db.session.execute(
        select(LOCAL_ON, Booking.state, Ticket.id.is_(None), func.count())
        .join(Pool, Pool.id == Booking.pool_id)
        .outerjoin(Ticket, Ticket.booking_id == Booking.id)
        .where(_is_of(site, first, last), Booking.state.in_(COUNTED))
        .group_by(LOCAL_ON, Booking.state, Ticket.id.is_(None))
    )
    for text, state, never_came, count in rows:
        day = date.fromisoformat(text)
        found[day].booked += count
        found[day].missed += count if never_came and state is BookingState.NO_SHOW else 0


def _is_of(site: Site, first: date, last: date) -> ColumnElement[bool]:
    """Return the condition for bookings, joined with their pools, of some local days of a site."""
    return and_(
        Booking.post_id == site.post_id,
        Pool.site_id == site.id,
        Booking.starts_at >= day_start(first, site.zone),
        Booking.starts_at < day_start(last + timedelta(days=1), site.zone),
    )


def _count_cancelled(site: Site, first: date, last: date, found: Days) -> None:
    """Count what was confirmed once; a time that was only kept has no other version of itself."""
    rows = db.session.execute(
        select(LOCAL_ON, Booking.cancel_reason, func.count())
        .join(Pool, Pool.id == Booking.pool_id)
        .where(
            _is_of(site, first, last),
            Booking.state == BookingState.CANCELLED,
            Booking.sequence > 0,
        )
        .group_by(LOCAL_ON, Booking.cancel_reason)
    )
    for text, reason, count in rows:
        found[date.fromisoformat(text)].cancelled[reason] += count


def _count_seats(site: Site, first: date, last: date, found: Days) -> None:
    rows = db.session.execute(
        select(Slot.local_on, func.sum(Slot.planned), func.sum(Slot.taken))
        .join(Pool, Pool.id == Slot.pool_id)
        .where(Pool.site_id == site.id, Slot.local_on.between(first, last))
        .group_by(Slot.local_on)
        .having(func.sum(Slot.planned) > 0)
    )
    for day, planned, taken in rows:
        found[day].seats, found[day].taken = int(planned), int(taken)
