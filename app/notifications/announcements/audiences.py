"""Groups that can be told something: the domains say who belongs to them, the factory joins them.

Messages know accounts only. What a request or an appointment is, is known to those who are above.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select

from app.core import clock
from app.core.errors import Invalid

DAY = "day"
FURTHEST = timedelta(days=366)
"""Nobody has an appointment on a day that is further away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A group of accounts, narrowed down by one value."""

    code: str
    name: Any
    """A lazy string (Any: it has no public type)."""
    accounts: Callable[[int, str], Select[int | None]]
    """Return the keys of the accounts at a post for a value, each once and none NULL."""
    choices: Callable[[int], Sequence[tuple[str, str]]] | None = None
    """Return the values of a post and their names; None where a day is asked for."""

    def check(self, post_id: int, value: str) -> None:
        """Raise Invalid for a value that the group does not know."""
        if self.choices is None:
            _check_day(value)
        elif value not in dict(self.choices(post_id)):
            raise Invalid(field=self.code)


_audiences: dict[str, Audience] = {}


def register(audience: Audience) -> None:
    """Have a group be one that announcements can go to."""
    _audiences[audience.code] = audience


def list_all() -> list[Audience]:
    """Return all groups, in the order in which they were registered."""
    return list(_audiences.values())


def get(code: str) -> Audience:
    """Return a group; raise LookupError when no domain registered it."""
    return _audiences[code]


def day_of(value: str) -> date:
    """Return the day to which a group is narrowed down, however long ago; raise Invalid for none.

    An announcement that was written once is shown for ever.
    """
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Invalid(field=DAY) from None


def _check_day(value: str) -> None:
    if abs(day_of(value) - clock.now().date()) > FURTHEST:
        raise Invalid(field=DAY)
