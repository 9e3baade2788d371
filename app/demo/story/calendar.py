"""The days of the post around today, by which the story counts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.catalogue import queries as catalogue
from app.catalogue import workdays
from app.catalogue.models import Post
from app.catalogue.workdays import Closure
from app.core import clock

REACH = timedelta(days=400)
OPENS, CLOSES = 9 * 60, 16 * 60
"""Minutes of the day between which staff do their work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The working days of a post."""

    zone: str
    week: frozenset[int]
    closures: Sequence[Closure]
    today: date

    @classmethod
    def of(cls, post: Post) -> "Calendar":
        """Return the calendar of a post as it stands now."""
        today = clock.today(post.zone)
        closures = catalogue.closed_days(post.id, today - REACH, today + REACH)
        return cls(zone=post.zone, week=frozenset(post.week), closures=tuple(closures), today=today)

    def before(self, days: int) -> date:
        """Return the working day so many working days before today; 0 is today, open or not."""
        return self.today if days == 0 else self._walk(days, timedelta(days=-1))

    def after(self, days: int) -> date:
        """Return the working day so many working days from today; 0 is the first one from today."""
        start = 0 if self._is_open(self.today) else 1
        return self.today if days == start == 0 else self._walk(max(days, 1), timedelta(days=1))

    def moment(self, day: date, chance: random.Random) -> datetime:
        """Return a moment of a working day."""
        minutes = chance.randint(OPENS, CLOSES)
        at = time(minutes // 60, minutes % 60, chance.randint(0, 59))
        return datetime.combine(day, at, ZoneInfo(self.zone))

    def _walk(self, days: int, step: timedelta) -> date:
        day = self.today
        while days > 0:
            day += step
            days -= self._is_open(day)
        return day

    def _is_open(self, day: date) -> bool:
        return workdays.is_open(
            day, week=self.week, closures=self.closures, stopped_by=workdays.PAID_WORK
        )
