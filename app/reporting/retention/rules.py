"""For how long a request is kept after its end, and in what steps it goes."""

import calendar
from datetime import date, timedelta

ANNOUNCED = timedelta(days=30)
"""So long before it is closed a citizen is told."""
CLOSED = timedelta(days=14)
"""So long it is closed and can still be brought back: two cycles of backups."""
LONGEST_REASON = 500


def due_on(ended_on: date, months: int) -> date:
    """Return the last day on which a request is kept that ended on a day."""
    month = ended_on.month - 1 + months
    year, month = ended_on.year + month // 12, month % 12 + 1
    return date(year, month, min(ended_on.day, calendar.monthrange(year, month)[1]))


def announced_until(due: date, today: date) -> date:
    """Return the day until which a request is kept when its end is announced today."""
    return max(due, today + ANNOUNCED)
