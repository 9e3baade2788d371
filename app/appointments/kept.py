"""The time that is kept for a request, and the one that its owner read when they confirmed."""

from dataclasses import dataclass
from datetime import datetime

from app.appointments import claiming
from app.appointments.models import Booking, BookingState, Pool
from app.appointments.refusals import Drawn, HoldOver, KeptChanged, Offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Place and moment of a time as a page showed it; None and empty where a form named none."""

    site: str
    at: datetime | None


def own(booking: Booking) -> Seen:
    """Return the time of a booking itself."""
    return Seen(site=booking.pool.site.code, at=booking.starts_at)


def other(booking: Booking) -> Seen:
    """Return the time to which a booking can be moved; raise HoldOver without one."""
    return Seen(site=other_pool(booking).site.code, at=booking.offer_starts_at)


def other_pool(booking: Booking) -> Pool:
    """Return the counters of the other time, maybe at another place; raise HoldOver without one."""
    if booking.offer_starts_at is None:
        raise HoldOver()
    return claiming.offered_slot(booking, booking.offer_starts_at).pool


def is_offered(booking: Booking, now: datetime) -> bool:
    """Return whether the waiting list keeps a time for a booking, own or other, until an answer."""
    until = booking.expires_at or booking.offer_expires_at
    return booking.waiting_id is not None and until is not None and until > now


def refuse_other(booking: Booking, seen: Seen, now: datetime) -> None:
    """Refuse to make a locked hold firm whose time is not the one that was read.

    One that a draw or the waiting list keeps is answered on their pages. Raises KeptChanged,
    Drawn or Offered.
    """
    is_held = booking.state is BookingState.HELD and not claiming.is_over(booking, now)
    if is_held and booking.release_id is not None:
        raise Drawn()
    if is_held and booking.waiting_id is not None:
        raise Offered()
    if seen != own(booking):
        raise KeptChanged()


def refuse_other_move(booking: Booking, seen: Seen) -> None:
    """Refuse to move a locked booking to another time than the one that was read.

    Raises KeptChanged, Offered, or HoldOver.
    """
    if booking.waiting_id is not None:
        raise Offered()
    if seen != other(booking):
        raise KeptChanged()
