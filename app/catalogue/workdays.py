"""The working days of a post: its week and its closures."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# A post that closes for longer has no working day that could be promised.
_FARTHEST = timedelta(days=730)


class ClosureScope(StrEnum):
    """What stops on a closure: everything, or paid services only."""

    ALL = "all"
    PAID = "paid"


FREE_WORK = frozenset({ClosureScope.ALL})
PAID_WORK = frozenset({ClosureScope.ALL, ClosureScope.PAID})


class NoWorkingDay(ValueError):
    """The week is empty or the closures have no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which a post is closed, the first and the last included."""

    first: date
    last: date
    scope: ClosureScope = ClosureScope.ALL

    def covers(self, day: date) -> bool:
        """Return whether the day is one of the closed days."""
        return self.first <= day <= self.last


def is_open(
    day: date,
    *,
    week: AbstractSet[int],
    closures: Iterable[Closure],
    stopped_by: AbstractSet[ClosureScope] = FREE_WORK,
) -> bool:
    """Return whether the post works on the day.

    `week` holds ISO weekdays, Monday 1 to Sunday 7. A paid service passes
    PAID_WORK, because closures of the scope "paid" stop it too (the year-end
    accounting stop of the missions).
    """
    if day.isoweekday() not in week:
        return False
    return not any(closure.scope in stopped_by and closure.covers(day) for closure in closures)


def add_working_days(
    start: date,
    days: int,
    *,
    week: AbstractSet[int],
    closures: Iterable[Closure],
    stopped_by: AbstractSet[ClosureScope] = FREE_WORK,
) -> date:
    """Return the working day that lies `days` working days after the start.

    The day of the start does not count; zero days give the start itself.
    Raises NoWorkingDay when the post does not open within two years.
    """
    known = tuple(closures)
    day, left, latest_open = start, days, start
    while left > 0:
        day += timedelta(days=1)
        if day - latest_open > _FARTHEST:
            raise NoWorkingDay
        if is_open(day, week=week, closures=known, stopped_by=stopped_by):
            left, latest_open = left - 1, day
    return day
