"""The visit itself: somebody comes or does not, is served or leaves; the case goes on."""

from datetime import datetime

from app.appointments import claiming, overdue, queries, services
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import AnotherDay, NoAppointment
from app.cases import changing
from app.cases import queries as case_queries
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import WITHOUT_VISIT, Action
from app.core import clock, i18n
from app.core.actor import Actor


def check_in(reference: str, *, actor: Actor) -> Booking:
    """Note that somebody with a booking of today has come; a second time changes nothing."""
    booking = _expected(reference, actor)
    zone = booking.pool.site.zone
    on = clock.local(booking.starts_at, zone).date()
    if on != clock.today(zone):
        raise AnotherDay(day=i18n.day(on), time=i18n.time_of_day(booking.starts_at, zone))
    if booking.state is BookingState.CHECKED_IN:
        return booking
    booking.state = BookingState.CHECKED_IN
    booking.checked_in_at = booking.updated_at = clock.now()
    _note_arrival(booking, Action.CHECKED_IN, actor=actor)
    return booking


def undo_check_in(reference: str, *, actor: Actor) -> Booking:
    """Take back that somebody has come; a second time changes nothing."""
    booking = _expected(reference, actor)
    if booking.state is BookingState.BOOKED:
        return booking
    booking.state, booking.checked_in_at = BookingState.BOOKED, None
    booking.updated_at = clock.now()
    _note_arrival(booking, Action.ARRIVAL_UNDONE, actor=actor)
    return booking


def _expected(reference: str, actor: Actor) -> Booking:
    """Return, locked, the confirmed booking of a case; raise NoAppointment without one."""
    booking = claiming.find_active(changing.lock_named(reference, actor).id)
    if booking is None or booking.state is BookingState.HELD:
        raise NoAppointment()
    return booking


def _note_arrival(booking: Booking, action: Action, *, actor: Actor) -> None:
    undone = case_queries.count_events(booking.case_id, Action.ARRIVAL_UNDONE)
    key = f"{action.value}-{booking.uid}-{undone}"
    cases.record_booking(booking.case, action, actor=actor, key=key, details={})


def serve(reference: str, *, actor: Actor, seen: int, key: str) -> Booking:
    """End the visit of somebody who was checked in: the case goes on to its next step."""
    case = changing.lock_named(reference, actor)
    booking = claiming.find_active(case.id)
    if booking is None or booking.state is not BookingState.CHECKED_IN:
        latest = queries.last_booking_of(case.id)
        if latest is not None and latest.state is BookingState.SERVED:
            return latest
        raise NoAppointment()
    complete_visit(reference, actor=actor, seen=seen, key=key)
    return booking


def complete_visit(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Note that everything was done at the counter, with an appointment or without.

    A booking whose time has come counts as served; one that lies ahead is not needed any more:
    it gives its seats back, and its visitor is told not to come.
    """
    now = clock.now()
    # First the case, and with its end the person: a booking is locked after them.
    came = _is_kept(queries.booking_of(changing.lock_named(reference, actor).id), now)
    case = cases.visit_completed(
        reference, actor=actor, seen=seen, key=key, details=None if came else {WITHOUT_VISIT: True}
    )
    booking = claiming.find_active(case.id)
    if booking is not None:
        if _is_kept(booking, now):
            end_visit(booking)
        else:
            services.call_off(booking, now)
    return case


def end_visit(booking: Booking) -> None:
    """Note on a locked booking that its visitor was served, whatever becomes of the case."""
    booking.state, booking.updated_at = BookingState.SERVED, clock.now()
    claiming.set_inactive([booking.id])


def _is_kept(booking: Booking | None, now: datetime) -> bool:
    """Return whether an appointment counts as kept: somebody came, or its time has come."""
    if booking is None:
        return False
    is_due = booking.state is BookingState.BOOKED and booking.starts_at <= now
    return is_due or booking.state is BookingState.CHECKED_IN


def mark_missed(now: datetime) -> list[Booking]:
    """End bookings to which nobody came, or whose visitor left, so that a new one can be made.

    Return those to which nobody came.
    """
    ended = overdue.list_missed(now)
    for booking in ended:
        came = booking.state is BookingState.CHECKED_IN
        booking.state = BookingState.LEFT if came else BookingState.NO_SHOW
        booking.updated_at = now
    claiming.set_inactive([booking.id for booking in ended])
    return [booking for booking in ended if booking.state is BookingState.NO_SHOW]
