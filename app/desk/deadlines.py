"""How late cases are: in working days of their post, by one rule for lists and pages."""

from collections.abc import Iterable
from datetime import date

from app.cases import pace, timing
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import OWED
from app.catalogue import queries as catalogue


def overdue(listed: Iterable[Case], today: date) -> dict[int, int]:
    """Return by how many working days each late case of a post is over its time, by key.

    The closures are read once for all of them.
    """
    late = {case: case.due_on for case in listed if case.due_on and is_late(case, today)}
    if not late:
        return {}
    post_id = next(iter(late)).post_id
    closures = catalogue.closed_days(post_id, min(late.values()), today)
    found = {}
    for case, due_on in late.items():
        calendar = timing.calendar_with(case.service.post, cases.definition(case), closures)
        found[case.id] = pace.working_days(due_on, today, calendar)
    return found


def is_late(case: Case, today: date) -> bool:
    """Return whether the promised day is over while the post has the next move."""
    if case.state not in OWED or case.due_on is None or case.waiting_since is not None:
        return False
    return case.due_on < today
