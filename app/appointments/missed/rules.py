"""What follows from a visit to which nobody came, and what may be said against it."""

from datetime import date, timedelta
from enum import StrEnum

REMEMBERED = timedelta(days=180)
"""An earlier visit that was missed counts for so long."""
WAITS = (timedelta(0), timedelta(days=14), timedelta(days=30))
"""How long after the first, the second and any later one no time is given out online.

An assumption: no source that we know names such a rule; a post must verify it.
"""
PERIOD = timedelta(days=30)
"""So many days after the missed day an objection is taken."""
NEVER_BLOCKED = frozenset({"emergency"})
"""Categories of services that nobody waits for, whatever they missed."""


class MissedState(StrEnum):
    """How a missed visit stands."""

    NOTED = "noted"
    OBJECTED = "objected"
    LIFTED = "lifted"
    UPHELD = "upheld"


COUNTED = (MissedState.NOTED, MissedState.OBJECTED, MissedState.UPHELD)


def blocked_until(missed_on: date, *, earlier: int) -> date | None:
    """Return the last day without new times, None where a notice is all that follows.

    `earlier` is how many other visits of the person were missed in the time that is remembered.
    """
    wait = WAITS[min(earlier, len(WAITS) - 1)]
    return missed_on + wait if wait else None


def may_object(state: MissedState, missed_on: date, today: date) -> bool:
    """Return whether an objection is taken: once, within its period."""
    return state is MissedState.NOTED and today <= missed_on + PERIOD
