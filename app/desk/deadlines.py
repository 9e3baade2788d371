"""How late cases are: in working days of their post, by one rule for lists and pages."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from app.cases import pace, timing
from app.cases import queries as cases
from app.cases.listing import Listed
from app.cases.models import Case
from app.cases.pace import Calendar
from app.cases.rules import OWED
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition


def overdue(listed: Iterable[Case | Listed], today: date) -> dict[int, int]:
    """Return by how many working days each late case of a post is over its time, by key.

    The closures are read once for all of them, and days that are the same are counted once.
    """
    late = [(case, case.due_on) for case in listed if case.due_on and is_late(case, today)]
    if not late:
        return {}
    post = catalogue.get_post(late[0][0].post_id)
    closures = catalogue.closed_days(post.id, min(due_on for _case, due_on in late), today)

    @lru_cache
    def days(due_on: date, calendar: Calendar) -> int:
        return pace.working_days(due_on, today, calendar)

    return {
        case.id: days(due_on, timing.calendar_with(post, _definition(case), closures))
        for case, due_on in late
    }


def _definition(case: Case | Listed) -> Definition:
    return case.definition if isinstance(case, Listed) else cases.definition(case)


def is_late(case: Case | Listed, today: date) -> bool:
    """Return whether the promised day is over while the post has the next move."""
    if case.state not in OWED or case.due_on is None or case.waiting_since is not None:
        return False
    return case.due_on < today
