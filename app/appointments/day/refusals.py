"""Why somebody cannot be taken in, called or sent on, each as a sentence for its reader."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Invalid, NotFound, TooMany


class NoSuchAppointment(NotFound):
    """An unknown number, one of another post, or one without an appointment: all look the same."""

    message = _l(
        "No appointment of this place has this number. Please check the number, or ask at the "
        "reception."
    )


class WasCancelled(Conflict):
    """The appointment was given up."""

    message = _l("This appointment was cancelled. Please ask at the reception.")


class IsOver(Conflict):
    """The visit was completed, or its time is long past."""

    message = _l("This appointment is over. Please ask at the reception.")


class OtherDay(Conflict):
    """The right place on the wrong day: which is the right one stands on the slip alone."""

    message = _l("This appointment is on another day. The day and the time stand on your slip.")


class OtherPlace(Conflict):
    """The right day at the wrong place."""

    message = _l("This appointment is at another place. The address stands on your slip.")


class TooEarly(Conflict):
    """The kiosk takes nobody in hours before."""

    message = _l(
        "You are early. A number is given out from one hour before the appointment; the reception "
        "helps you sooner if you need it."
    )


class NumberTaken(Invalid):
    """Somebody else has opened a counter of this number."""

    message = _l("A counter with this number is open already.")


class AtCounter(Conflict):
    """An arrival cannot be taken back while an officer has the visitor at the counter."""

    message = _l("This person has been called to a counter. Their visit is ended there.")


class HasCounter(Conflict):
    """One person works at one counter."""

    message = _l("You have a counter open already. Close it first.")


class CounterClosed(Conflict):
    """Nothing is called to a counter that is closed, or was opened on another day."""

    message = _l("This counter is closed. Open it to call somebody.")


class StillCalled(Conflict):
    """Somebody is at the counter."""

    message = _l("Somebody is at this counter. End that visit first.")


class NobodyHere(Conflict):
    """Nobody is at the counter any more."""

    message = _l("Nobody is called to this counter now.")


class SomebodyElse(Conflict):
    """A second click, or an old page: the next visitor has been called meanwhile."""

    message = _l("Somebody else is at this counter by now. Nothing was changed.")


class CalledAlready(Conflict):
    """A colleague was faster."""

    message = _l("This number was just called to another counter.")


class OtherCounters(Conflict):
    """The number waits for a counter that it was sent to, or for those of another pool."""

    message = _l("This number waits for other counters.")


class WrongTooOften(TooMany):
    """Somebody guesses at a kiosk, or its reader is broken."""

    message = _l("Too many wrong numbers were entered here. Please ask at the reception.")


class GiveThemTime(Conflict):
    """The number was called a moment ago."""

    message = _l("This number was called less than two minutes ago. Please give them time to come.")


class NothingToBringBack(Conflict):
    """The ticket is not one to which nobody came today."""

    message = _l("This number cannot be put back: it waits, was served, or is of another day.")
