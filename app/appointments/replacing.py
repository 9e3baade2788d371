"""A citizen chooses a time while the waiting list offers one: the choice declines the offer."""

from datetime import datetime

from app.appointments import claiming
from app.appointments.models import Booking
from app.appointments.refusals import Drawn
from app.appointments.waiting import queries as waiting
from app.appointments.waiting.rules import Answer, EntryState
from app.core.db import db


def find_for_choice(case_id: int, now: datetime) -> tuple[Booking | None, list[Booking]]:
    """Return the active booking of a locked case, and apart from it an offer that is over.

    An offer of the waiting list is over with this: whoever can choose need not wait for its end.
    Nothing is lost unless the choice is kept, in the same transaction. Raises Drawn while a time
    that was drawn waits for an answer: there is no other way back to it.
    """
    booking = claiming.find_active(case_id)
    if booking is None or booking.expires_at is None or claiming.is_brief(booking):
        return booking, []
    if booking.expires_at > now:
        if booking.waiting_id is None:
            raise Drawn()
        decline(booking, now)
    return None, [booking]


def decline(booking: Booking, now: datetime) -> None:
    """Note that the owner of a locked booking, which keeps an offer, leaves it to the next.

    Those of its entry who do not choose now keep theirs.
    """
    entry = waiting.lock(booking.waiting_id or 0)
    others = [one for one in waiting.list_keeping(entry.id) if one.id != booking.id]
    offer = waiting.open_offer(entry.id)
    if others or offer is None:
        return
    offer.outcome, offer.ended_at = Answer.DECLINED, now
    if entry.state is EntryState.OFFERED:
        entry.state = EntryState.WAITING
    db.session.flush()
