"""What can be done for bookings that a change of the schedule leaves without a place."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from app.appointments.rules import Start

NOTICE = timedelta(days=3)
"""Nobody is moved to a time that is nearer, unless it is later than the one they had."""
PRIORITY = timedelta(days=90)
"""So long somebody whose time was cancelled by the post is offered seats of the priority lane."""
SPANS = (3, 14, 366)
"""So many days before and after are looked through, until there is a place."""
MOST_TRIED = 5


class Way(StrEnum):
    """What becomes of the bookings that a change hits."""

    KEEP = "keep"
    MOVE = "move"
    CANCEL = "cancel"


class Ground(StrEnum):
    """Why a booking has no place any more; the citizen reads it."""

    HOURS = "hours"
    CLOSURE = "closure"
    HORIZON = "horizon"
    SCHEDULE = "schedule"


class Outcome(StrEnum):
    """What became of one booking of a run."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    STAYS = "stays"
    """It has its place after all: others left, or the hours are back."""
    NO_PLACE = "no_place"
    NOT_FIRM = "not_firm"
    """A time that nobody has confirmed yet, or somebody who has come already."""
    ENDED = "ended"
    FAILED = "failed"


UNSETTLED = (Outcome.NO_PLACE, Outcome.NOT_FIRM, Outcome.FAILED)


def candidates(found: Iterable[Start], starts_at: datetime, now: datetime) -> list[Start]:
    """Return the times to which a booking is moved, the nearest first, never its own."""
    earliest = min(starts_at, now + NOTICE)
    fitting = (one for one in found if one.starts_at >= earliest and one.starts_at != starts_at)
    return sorted(fitting, key=lambda one: (abs(one.starts_at - starts_at), one.starts_at))
