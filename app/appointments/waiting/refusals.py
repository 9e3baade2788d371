"""Why somebody cannot wait for a seat as wanted, or have one, each as a sentence."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Invalid


class AlreadyWaiting(Conflict):
    """Another request of the same account waits for this person."""

    message = _l("This person is on the waiting list already, by another request.")


class NothingOffered(Conflict):
    """The time was not answered in time, or given back."""

    message = _l("No time is offered to this request any more. Its place on the list stays.")


class NotOnList(Conflict):
    """The entry was left, or ended otherwise."""

    message = _l("This request is not on the waiting list any more.")


class NoWayBack(Conflict):
    """Removed too long ago, or not in silence."""

    message = _l("The earlier place cannot be had back. Please join the list anew.")


class NoPlace(Invalid):
    """None of the places, or one that has no counters for the service."""

    message = _l("Please choose at least one of the places.")


class PastDays(Invalid):
    """A window that is over, or that ends before it begins."""

    message = _l("Please choose a last day that lies ahead and not before the first.")


class TooFar(Invalid):
    """Days of ten years from now."""

    message = _l("Please choose days within the next year.")
