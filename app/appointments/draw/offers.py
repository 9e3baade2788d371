"""A time that was drawn is accepted or declined, for all who come together."""

from app.appointments import claiming, together
from app.appointments import queries as seats
from app.appointments.draw import queries
from app.appointments.draw.models import Release
from app.appointments.draw.refusals import NoOffer, WrongTicket
from app.appointments.models import Booking, BookingState
from app.cases import changing
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor

ANSWERED = seats.SHOWN
"""What becomes of a drawn time that was accepted."""


def accept(case: Case, release: Release, ticket: str, *, actor: Actor) -> None:
    """Make a drawn time the appointment; a second time changes nothing.

    Raises WrongTicket, NoOffer, or HoldOver when it was kept long enough.
    """
    booking = _offered(case, release, ticket)
    if booking.state in ANSWERED:
        return
    if booking.state is not BookingState.HELD:
        raise NoOffer()
    together.confirm(booking.uid, actor=actor)


def decline(case: Case, release: Release, ticket: str, *, actor: Actor) -> None:
    """Give a drawn time up: it goes to the next of the draw. A second time changes nothing.

    Raises WrongTicket, or NoOffer for one that is accepted already.
    """
    booking = _offered(case, release, ticket)
    if booking.state in (BookingState.CANCELLED, BookingState.EXPIRED):
        return
    party = together.at_one_time(booking, actor)
    for one in party:
        changing.lock(one.case_id)
    claiming.lock_bookings([one.id for one in party])
    if any(one.state is not BookingState.HELD for one in party):
        raise NoOffer()
    claiming.end(party, BookingState.CANCELLED, clock.now())


def _offered(case: Case, release: Release, ticket: str) -> Booking:
    check_ticket(case, release, ticket)
    booking = queries.offer_of(release.id, case.id)
    if booking is None:
        raise NoOffer()
    return booking


def check_ticket(case: Case, release: Release, ticket: str) -> None:
    """Refuse a ticket that is not that of the wish of this very case: forged, or of another."""
    entry = queries.find_entry(release.id, case.id)
    if entry is None:
        raise NoOffer()
    if entry.ticket != ticket:
        raise WrongTicket()
