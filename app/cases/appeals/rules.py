"""When an appeal against a refusal may be filed, and who may decide it."""

from datetime import date, timedelta

from app.cases.rules import State
from app.core.actor import Actor, Role

MOST_FILES = 3


def last_day(refused_on: date, days: int) -> date | None:
    """Return the last day of the post on which an appeal is taken, None where none is.

    `days` are the calendar days that the post sets; 0: it takes no appeals.
    """
    return refused_on + timedelta(days=days) if days else None


def may_file(state: State, until: date | None, today: date, *, is_first: bool) -> bool:
    """Return whether the refusal of a case can be appealed against on a day; once for a case."""
    if state is not State.REFUSED or until is None or not is_first:
        return False
    return today <= until


def may_decide(actor: Actor, *, refused_by: int | None) -> bool:
    """Return whether somebody may decide an appeal: the head, never who refused."""
    return actor.has_role(Role.HEAD) and actor.id != refused_by
