"""The words of runs that move and cancel bookings."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.appointments import presenting
from app.appointments.resettling.rules import Ground, Outcome, Way
from app.core import i18n

QUESTION = _l("What becomes of these appointments")
WAYS = {
    Way.KEEP: _l("They keep their time"),
    Way.MOVE: _l("Move them to the nearest free time"),
    Way.CANCEL: _l("Cancel them, with priority for a new time"),
}
HINTS = {
    Way.KEEP.value: _l("Nobody is told. They stay listed on the page of the schedule."),
    Way.MOVE.value: _l(
        "At the same counters, those who come together at one time, never sooner than in three "
        "days unless it is later than before. Each gets one message with both times and can "
        "choose another or cancel. Who booked first keeps what is left."
    ),
    Way.CANCEL.value: _l(
        "Each gets a message with the reason, goes first on the waiting list and, for ninety "
        "days, is also offered the seats of the kind “With priority”. Give these counters such "
        "hours."
    ),
}
TITLES = {
    Way.MOVE: _l("Moving of appointments"),
    Way.CANCEL: _l("Cancelling of appointments"),
}
GROUNDS = {
    Ground.HOURS: _l("Hours were changed"),
    Ground.CLOSURE: _l("A closure was added"),
    Ground.HORIZON: _l("Fewer days can be booked ahead"),
    Ground.MISSION: _l("A mission was cancelled"),
    Ground.SCHEDULE: _l("Appointments without a place in the schedule"),
}
WAITS = ("waits", _l("Waits for its turn"))
OUTCOMES = {
    None: WAITS,
    Outcome.MOVED: ("done", _l("Moved")),
    Outcome.CANCELLED: ("done", _l("Cancelled")),
    Outcome.STAYS: ("done", _l("Keeps its time: there is a place again")),
    Outcome.NO_PLACE: ("stopped", _l("Not moved: no free time was found")),
    Outcome.NOT_FIRM: ("waits", _l("Left alone: not confirmed yet, or arrived")),
    Outcome.ENDED: ("done", _l("Changed or ended by its owner meanwhile")),
    Outcome.FAILED: ("stopped", _l("Not done: an error of the program")),
}


def wall(local_at: str | None) -> Markup:
    """Return a wall time as it was promised, empty for none."""
    if not local_at:
        return Markup()
    moment = datetime.fromisoformat(local_at)
    return Markup("{} {}").format(
        i18n.short_day(moment.date()), presenting.isolated(moment.strftime("%H:%M"))
    )
