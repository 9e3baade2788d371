"""A time that is offered from the waiting list is accepted or declined, for all who come."""

from app.appointments import together
from app.appointments.models import BookingState
from app.appointments.refusals import HoldOver
from app.appointments.waiting import queries
from app.appointments.waiting import services as waiting
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.refusals import NothingOffered
from app.appointments.waiting.rules import Answer, EntryState
from app.core.actor import Actor


def accept(entry: WaitingEntry, *, actor: Actor) -> None:
    """Make the time that is offered the appointment; a second time changes nothing.

    Whoever had an appointment is moved: the old time is given up last. Raises NothingOffered
    when nothing is kept any more.
    """
    entry = waiting.locked(entry.uid)
    if entry.state is EntryState.SERVED:
        return
    kept = queries.kept_for(entry.id)
    if kept is None:
        raise NothingOffered()
    try:
        if kept.state is BookingState.HELD:
            together.confirm(kept.uid, actor=actor)
        else:
            together.confirm_move(kept.uid, actor=actor)
    except HoldOver:
        raise NothingOffered() from None
    waiting.settle(entry, Answer.ACCEPTED)
    waiting.end(entry, EntryState.SERVED)


def decline(entry: WaitingEntry) -> None:
    """Leave the time that is offered to the next; the place on the list stays, as does a seat.

    A second time changes nothing. Raises NothingOffered for one that is accepted already.
    """
    entry = waiting.locked(entry.uid)
    if entry.state is EntryState.WAITING:
        return
    if entry.state is not EntryState.OFFERED:
        raise NothingOffered()
    waiting.give_up_kept(entry)
    entry.state = EntryState.WAITING
