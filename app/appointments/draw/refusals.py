"""Why a draw, or a wish in one, cannot be had as wanted, each as a sentence for its reader."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Invalid


class NotOpen(Conflict):
    """Wishes are taken between the opening and the closing, and at no other time."""

    message = _l("Wishes for this draw are not taken now. Its page says from when until when.")


class NoSuchDays(Invalid):
    """Days that the draw does not give out, or none."""

    message = _l("Please choose at least one of the days of this draw.")


class AlreadyWished(Conflict):
    """Another request of the same account has a wish for this person."""

    message = _l("This person has a wish in this draw already, by another request.")


class WrongTicket(Conflict):
    """A ticket that was forged, or is that of another wish."""

    message = _l("This ticket does not belong to this request. Please open the page again.")


class NoOffer(Conflict):
    """Nothing is kept for this request by the draw, or not any more."""

    message = _l("No time of this draw is kept for this request any more.")


class WrongMoment(Conflict):
    """A step of a draw that is not the next one, or comes too early."""

    message = _l("This is not the next step of this draw, or its time has not come.")
