"""What the citizen is told of a booking, and the reminders that are planned for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain, zip_longest

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.appointments import rules
from app.appointments.models import Booking, BookingState
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.crypto import keyed_hash
from app.core.db import db
from app.jobs import services as jobs
from app.notifications import services as notifications

REMIND = "appointments.remind"
EVENTS = {
    Action.BOOKED: "booking_confirmed",
    Action.MOVED: "booking_moved",
    Action.BOOKING_CANCELLED: "booking_cancelled",
}


def tell(party: Sequence[Booking], action: Action) -> None:
    """Write the one message of a change of bookings of a visit, and plan their reminders anew."""
    tell_all([party], action, event=EVENTS[action])


def tell_all(
    visits: Sequence[Sequence[Booking]],
    action: Action,
    *,
    event: str,
    more: Sequence[Mapping[str, str]] = (),
) -> None:
    """Write one message for each of several visits, and plan their reminders anew.

    `event` is the message, `more` what it needs besides, visit by visit.
    """
    bookings = [booking for party in visits for booking in party]
    _call_off_reminders(bookings)
    if action is not Action.BOOKING_CANCELLED:
        _plan_reminders(bookings)
    told = (_news(party, event, needed) for party, needed in zip_longest(visits, more))
    notifications.tell_all(event, list(chain.from_iterable(told)))


def tell_who_still_comes(ended: Booking) -> None:
    """Tell a household anew of its visit, when the one in whose name it was told does not come.

    A calendar knows the visit by that one booking, and has just been told to take it off.
    """
    left = _booked_with(ended)
    if left and ended.case_id < left[0].case_id:
        _tell(left, EVENTS[Action.BOOKED], suffix=f":after:{ended.id}")


def remind(booking: Booking, *, days: int) -> None:
    """Write the reminder of a visit that is some days away; those who come together get one."""
    party = [booking, *_booked_with(booking)]
    party.sort(key=lambda one: one.case_id)
    path = f"/visit/{party[0].uid}/{proof_of(party[0])}"
    _tell(party, "booking_reminder", suffix=f":{days}", path=path)


def _booked_with(booking: Booking) -> Sequence[Booking]:
    """Return the other bookings of a household at the time of one, in order of their cases."""
    if booking.case.filing_id is None:
        return []
    return db.session.scalars(
        select(Booking)
        .join(Booking.case)
        .options(contains_eager(Booking.case))
        .where(
            Case.filing_id == booking.case.filing_id,
            Booking.id != booking.id,
            Booking.pool_id == booking.pool_id,
            Booking.starts_at == booking.starts_at,
            Booking.state == BookingState.BOOKED,
        )
        .order_by(Booking.case_id)
    ).all()


def proof_of(booking: Booking) -> str:
    """Return what only the server can make of a booking; a link with it asks for no sign-in."""
    return keyed_hash("visit", booking.uid)[:20]


def _tell(party: Sequence[Booking], event: str, *, suffix: str = "", path: str = "") -> None:
    """Tell the account of the first of a party, with the references of the others."""
    more = {"path": path} if path else {}
    notifications.tell_all(event, _news(party, event, more, suffix=suffix))


def _news(
    party: Sequence[Booking], event: str, more: Mapping[str, str] | None, *, suffix: str = ""
) -> list[notifications.News]:
    """Return what the account of the first of a party is told; nothing where there is none."""
    if not party or party[0].case.account_id is None:
        return []
    booking, *others = party
    payload = payload_of(booking) | dict(more or {})
    if others:
        payload["others"] = " ".join(one.case.reference for one in others)
    return [
        notifications.News(
            account_id=party[0].case.account_id,
            dedupe=f"{event}:{booking.uid}:{booking.sequence}{suffix}",
            payload=payload,
            post_id=booking.post_id,
            case_id=booking.case_id,
            not_after=booking.starts_at + timedelta(minutes=booking.minutes),
        )
    ]


def payload_of(booking: Booking) -> dict[str, str]:
    """Return what a message and its calendar entry say of a booking, nothing personal."""
    return {
        "reference": booking.case.reference,
        "uid": booking.uid,
        "sequence": str(booking.sequence),
        "starts_at": booking.starts_at.isoformat(),
        "local_at": booking.local_at,
        "zone": booking.pool.site.zone,
        "minutes": str(booking.minutes),
        "site_id": str(booking.pool.site_id),
    }


def _plan_reminders(bookings: Sequence[Booking]) -> None:
    now = clock.now()
    wanted = [
        jobs.Due(
            dedupe=_reminder_key(booking, booking.sequence, days),
            due_at=due_at,
            arguments={"booking": booking.uid, "sequence": booking.sequence, "days": days},
        )
        for booking in bookings
        for days, due_at in rules.reminders(booking.starts_at, now, booking.pool.site.zone)
    ]
    jobs.schedule_all(REMIND, wanted)


def _call_off_reminders(bookings: Sequence[Booking]) -> None:
    keys = [
        _reminder_key(booking, sequence, days)
        for booking in bookings
        for sequence in range(booking.sequence)
        for days in rules.REMINDER_DAYS
    ]
    if keys:
        jobs.cancel(*keys)


def _reminder_key(booking: Booking, sequence: int, days: int) -> str:
    return f"remind:{booking.uid}:{sequence}:{days}"
