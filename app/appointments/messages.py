"""What the citizen is told of a booking, and the reminders that are planned for it."""

from datetime import timedelta

from app.appointments import rules
from app.appointments.models import Booking
from app.cases.rules import Action
from app.core import clock
from app.jobs import services as jobs
from app.notifications import services as notifications

REMIND = "appointments.remind"
EVENTS = {
    Action.BOOKED: "booking_confirmed",
    Action.MOVED: "booking_moved",
    Action.BOOKING_CANCELLED: "booking_cancelled",
}


def tell(booking: Booking, action: Action) -> None:
    """Write the message of a change of a booking, and plan its reminders anew."""
    event = EVENTS[action]
    _call_off_reminders(booking)
    if action is not Action.BOOKING_CANCELLED:
        _plan_reminders(booking)
    _tell(booking, event, dedupe=f"{event}:{booking.uid}:{booking.sequence}")


def remind(booking: Booking, *, days: int) -> None:
    """Write the reminder of a visit that is some days away."""
    dedupe = f"booking_reminder:{booking.uid}:{booking.sequence}:{days}"
    _tell(booking, "booking_reminder", dedupe=dedupe)


def _tell(booking: Booking, event: str, *, dedupe: str) -> None:
    account_id = booking.case.account_id
    if account_id is None:
        return
    notifications.tell(
        event,
        account_id=account_id,
        dedupe=dedupe,
        payload=payload_of(booking),
        post_id=booking.post_id,
        case_id=booking.case_id,
        not_after=booking.starts_at + timedelta(minutes=booking.minutes),
    )


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


def _plan_reminders(booking: Booking) -> None:
    for days, due_at in rules.reminders(booking.starts_at, clock.now()):
        jobs.schedule(
            REMIND,
            dedupe=_reminder_key(booking, booking.sequence, days),
            due_at=due_at,
            arguments={"booking": booking.uid, "sequence": booking.sequence, "days": days},
        )


def _call_off_reminders(booking: Booking) -> None:
    for sequence in range(booking.sequence):
        for days in rules.REMINDER_DAYS:
            jobs.cancel(_reminder_key(booking, sequence, days))


def _reminder_key(booking: Booking, sequence: int, days: int) -> str:
    return f"remind:{booking.uid}:{sequence}:{days}"
