"""The clock of a case: what was promised, how long the citizen took, whose turn it is to work."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.catalogue import workdays
from app.catalogue.workdays import Closure, ClosureScope

LEASE = timedelta(minutes=30)
"""For so long a case that was taken and left alone stays with the officer."""
ASSIGNED = timedelta(days=7)
"""For so long a case that was put into an officer's hands stays there untouched."""
SOON = timedelta(days=3)
"""A case that is due within so many days is soon late: a Friday shows what Monday asks for."""
REMIND_BEFORE = timedelta(days=3)
LONGEST_CORRECTION = timedelta(days=180)
WAY_BACK = timedelta(days=30)
"""For so long after a lapse the citizen opens the request again without asking anybody."""
NEW_TIME = timedelta(days=14)
"""How long a citizen who came back has to mend the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a post works on a service: ISO weekdays, closures, and which of them count."""

    week: AbstractSet[int]
    closures: tuple[Closure, ...] = ()
    stopped_by: AbstractSet[ClosureScope] = workdays.FREE_WORK


def due_on(sent_on: date, target_days: int, calendar: Calendar) -> date:
    """Return the working day by which a case sent on a day is promised."""
    return workdays.add_working_days(
        sent_on,
        target_days,
        week=calendar.week,
        closures=calendar.closures,
        stopped_by=calendar.stopped_by,
    )


def moved_by_waiting(due: date, waited_from: date, until: date, calendar: Calendar) -> date:
    """Return the promised day, later by the working days that the citizen took.

    The day on which the correction was asked does not count, the day of the answer does.
    """
    return due_on(due, working_days(waited_from, until, calendar), calendar)


def expected_on(sent_on: date, days: int, *, promised: int, due: date, calendar: Calendar) -> date:
    """Return when a case is done for which the post takes so many working days.

    `due` is the promised day as it has moved: what others took is added here as well.
    """
    waited = max(0, working_days(sent_on, due, calendar) - promised)
    return due_on(sent_on, days + waited, calendar)


def used_days(promised: int, due: date, today: date, calendar: Calendar) -> int:
    """Return how many working days were used of those promised, or beyond them.

    The promised day moves with the citizen's own time, so that what is left until it is not.
    """
    left = working_days(today, due, calendar)
    return max(promised - left, 0) + working_days(due, today, calendar)


def working_days(start: date, end: date, calendar: Calendar) -> int:
    """Return the working days after the start up to the end, the end included."""
    return sum(_is_open(start + timedelta(days=n), calendar) for n in range(1, _span(start, end)))


def _span(start: date, end: date) -> int:
    return max(0, (end - start).days) + 1


def _is_open(day: date, calendar: Calendar) -> bool:
    return workdays.is_open(
        day, week=calendar.week, closures=calendar.closures, stopped_by=calendar.stopped_by
    )


def is_held(holder_id: int | None, lease_until: datetime | None, now: datetime) -> bool:
    """Return whether an officer has the case in hand now."""
    return holder_id is not None and lease_until is not None and lease_until > now


def is_fresh(issued_on: date, today: date, freshness_days: int | None) -> bool:
    """Return whether a paper issued on a day is young enough today."""
    if issued_on > today:
        return False
    return freshness_days is None or (today - issued_on).days <= freshness_days


def may_come_back(lapsed_at: datetime, now: datetime, *, times: int) -> bool:
    """Return whether a citizen may open a lapsed request by themselves: once, and not too late."""
    return times == 0 and now <= lapsed_at + WAY_BACK


def is_deadline(until_on: date, today: date) -> bool:
    """Return whether a day can be set as the end of a correction."""
    return today < until_on <= today + LONGEST_CORRECTION
