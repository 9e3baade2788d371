"""When an appeal against a refusal may be filed, and who may decide it."""

from datetime import date, timedelta

from app.cases.rules import State
from app.core.actor import Actor, Role

PERIOD = timedelta(days=30)
"""So many days after the day of a refusal an appeal is taken.

An assumption: no source of the ministry that we know names a period; a post must verify it.
"""
MOST_FILES = 3


def last_day(refused_on: date) -> date:
    """Return the last day of the post on which an appeal is taken."""
    return refused_on + PERIOD


def may_file(state: State, refused_on: date | None, today: date, *, is_first: bool) -> bool:
    """Return whether the refusal of a case can be appealed against on a day; once for a case."""
    if state is not State.REFUSED or refused_on is None or not is_first:
        return False
    return today <= last_day(refused_on)


def may_decide(actor: Actor, *, refused_by: int | None) -> bool:
    """Return whether somebody may decide an appeal: the head, never who refused."""
    return actor.has_role(Role.HEAD) and actor.id != refused_by
