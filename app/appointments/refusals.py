"""Why a seat cannot be had, each as a sentence for its reader."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, Invalid, SlotTaken


class NotYet(Conflict):
    """The papers come first, the seat second."""

    message = _l("A time can be booked as soon as the papers of this request have been accepted.")


class MissedBefore(Conflict):
    """Visits were missed, so that no time is given out online for a while."""

    message = _l(
        "Because appointments were missed, no new time can be booked online until %(day)s. The "
        "post itself can still give you one."
    )


class NotOffered(Conflict):
    """The time is past, closed, beyond the horizon, or not for this service."""

    message = _l("This time is not offered. Please choose one from the list.")


class Withheld(SlotTaken):
    """Nobody chooses this seat: a draw, a queue or the waiting list has it to give."""

    message = _l(
        "This time is not open to everybody: it is given out by draw, in a queue or from the "
        "waiting list. Please choose another one."
    )


class PlaceGone(Conflict):
    """The place was closed or cancelled meanwhile, or is none of this service."""

    message = _l("This place is not offered any more. Please choose a time at another one.")


class HoldOver(Conflict):
    """The time was not confirmed while it was held."""

    message = _l(
        "The time was not confirmed while it was kept, so it went back to the list. "
        "Nothing else is lost: please choose again."
    )


class KeptChanged(Conflict):
    """A page was confirmed that shows another time than the one that is kept now."""

    message = _l(
        "The time that is kept for you has changed meanwhile, so nothing was confirmed. "
        "This is the present one: please look at it."
    )


class ClosedMeanwhile(Conflict):
    """The day was closed, or its hours removed, while the time was kept."""

    message = _l(
        "The post does not work at this time any more, so it cannot be confirmed. "
        "Please choose another time; nothing else is lost."
    )


class AlreadyBooked(Conflict):
    """The request, or another one of the same account, has its appointment."""

    message = _l(
        "There already is an appointment for this person and this service. "
        "It can be moved to another time."
    )


class Clash(Conflict):
    """The same person has a seat by another account: the answer tells nothing of it."""

    message = _l(
        "No time can be booked online for this request at the moment. "
        "The post has been told and will look at it; nothing has to be done now."
    )


class ManyAlready(Conflict):
    """An account has as many appointments to come as it may have by itself."""

    message = _l(
        "Your account has %(most)d appointments to come, and cannot book more by itself. When one"
        " of them is over or given up, another can be booked; for a large family, write to the"
        " post, whose staff can give more."
    )


class OneAtATime(Conflict):
    """A seat is held for the person in another request."""

    message = _l(
        "Another time is being kept for this person. Please confirm it first, or wait ten minutes."
    )


class Drawn(Conflict):
    """A time that was drawn waits for an answer."""

    message = _l(
        "A time was drawn for this request and is kept. Please accept or decline it first."
    )


class Offered(Conflict):
    """A time from the waiting list waits for an answer."""

    message = _l(
        "A time from the waiting list is kept for this request. Please accept or decline it first."
    )


class NotForAll(Conflict):
    """A household is given one time or none, and for some of it something is in the way."""

    message = _l("The time was given to nobody, because it cannot be given to all.")

    def __init__(self, refused: Mapping[int, DomainError]) -> None:
        super().__init__()
        self.refused = refused
        """What is in the way, by the key of the request."""


class TooLate(Conflict):
    """The visit has begun, or is over, or was never booked."""

    message = _l("This appointment can no longer be changed.")


class MovedOften(Conflict):
    """An appointment that was moved again and again."""

    message = _l(
        "This appointment was moved as often as is possible online (%(count)s). It stays as it is, "
        "it can be cancelled, and the post itself can still move it."
    )


class SameTime(Invalid):
    """A move to where the booking is already."""

    message = _l("This is the present time of the appointment. Please choose another one.")


class NoAppointment(Conflict):
    """Somebody stands at the desk without a booking."""

    message = _l("There is no confirmed appointment for this request.")


class AnotherDay(Conflict):
    """Somebody stands at the desk on another day than the booked one."""

    message = _l("This appointment is not today: %(day)s, %(time)s.")


class HoursOverlap(Invalid):
    """Two lines of the week would make the same seats twice."""

    message = _l("These hours overlap with others of the same weekday and kind of seats.")
