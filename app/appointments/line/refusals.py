"""Why a place in a queue, or a seat of its opening, cannot be had, as sentences for readers."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict


class NotAdmitted(Conflict):
    """Seats of an opening are for those whose turn it is."""

    message = _l("These times are given out in a queue. Line up there and wait for your turn.")


class TurnOver(Conflict):
    """Somebody chose no time while it was their turn."""

    message = _l("Your turn is over. You can line up again.")


class NotComeIn(Conflict):
    """One can line up from an hour before the opening until it is over."""

    message = _l("Nobody can line up for this opening now. Its page says from when until when.")


class AlreadyInLine(Conflict):
    """Another request of the same account has a place for this person."""

    message = _l("This person has a place in this queue already, by another request.")


class WrongStep(Conflict):
    """A step of an opening that is not the next one, or comes too early."""

    message = _l("This is not the next step of this opening, or its time has not come.")
