"""What the page of times says of queues, and the token of those whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.appointments.line import admitting, queries
from app.appointments.line.models import Opening
from app.appointments.queries import Visit
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The openings that go on for a case, and its turn in one of them."""

    openings: Sequence[Opening]
    visit: Visit
    """With the seats of the opening in whose queue it is the turn."""
    token: str = ""
    until: datetime | None = None


def line_of(case: Case, visit: Visit, *, actor: Actor) -> Line:
    """Return how a case stands in the queues for its service."""
    openings = queries.list_for_case(case, pool_ids=[pool.id for pool in visit.pools])
    turn = queries.find_turn(case, clock.now()) if openings else None
    if turn is None or turn.until is None:
        return Line(openings=openings, visit=visit)
    return Line(
        openings=openings,
        visit=replace(visit, admitted_to=turn.opening_id),
        token=admitting.token(turn.opening_id, case, turn.until, actor=actor),
        until=turn.until,
    )
