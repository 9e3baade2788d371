"""What happened to a case, in the words of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.cases.models import CaseEvent
from app.core.actor import ActorKind
from app.desk import queries, wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event; `who` is an officer, citizens and the clock stay unnamed."""

    at: datetime
    action: str
    who: str


def lines(events: Sequence[CaseEvent]) -> list[Line]:
    """Return a line for each event, the newest first."""
    names = queries.names_of_staff(event.actor_id for event in events if _is_by_staff(event))
    return [
        Line(
            at=event.at,
            action=str(wording.ACTIONS[event.action]),
            who=names.get(event.actor_id or 0, "") if _is_by_staff(event) else "",
        )
        for event in reversed(events)
    ]


def _is_by_staff(event: CaseEvent) -> bool:
    return event.actor_kind is ActorKind.STAFF
