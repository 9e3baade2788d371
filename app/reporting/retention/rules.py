"""For how long a request is kept after its end, and in what steps it goes."""

import calendar
from datetime import date, timedelta

ANNOUNCED = timedelta(days=30)
"""So long before it is closed a citizen is told."""
CLOSED = timedelta(days=14)
"""So long it is closed and can still be brought back: two cycles of backups."""
LONGEST_REASON = 500


def due_on(ended_on: date, months: int, days: int = 0, *, least_months: int = 0) -> date:
    """Return the last day on which a request is kept that ended on a day.

    Months come first, then days; it is never before what a law demands at least.
    """
    wanted = months_after(ended_on, months) + timedelta(days=days)
    return max(wanted, months_after(ended_on, least_months))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, the last of its month where there is none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def announced_until(due: date, today: date) -> date:
    """Return the day until which a request is kept when its end is announced today."""
    return max(due, today + ANNOUNCED)
