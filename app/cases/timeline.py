"""What happened to a case, what is going on and what is to come, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.cases import changing, receipt_words, wording
from app.cases.models import Case, CaseEvent
from app.cases.receipts import Receiver
from app.cases.rules import UNBOOKED, Action, StepKind, StepState
from app.catalogue import presenting
from app.core import i18n


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """A line: `state` is now, done or next, and `at` stands with what was done."""

    text: Any
    """Any: a lazy string."""
    state: str
    at: datetime | None = None


def lines(case: Case, events: Sequence[CaseEvent], appointment: Any = None) -> list[TimelineEntry]:
    """Return what was, what is going on and what is to come, in this order.

    `appointment` is the sentence about a visit that is booked (Any: marked text), which is
    then what goes on.
    """
    return [*_past(events), *_present(case, appointment), *_future(case)]


def is_booked(events: Sequence[CaseEvent]) -> bool:
    """Return whether an appointment stands, by what happened to the case."""
    last = [e.action for e in events if e.action in UNBOOKED | {Action.BOOKED}]
    return bool(last) and last[-1] is Action.BOOKED


def _present(case: Case, appointment: Any) -> list[TimelineEntry]:
    # Any: as in lines.
    text = appointment or wording.now(changing.standing(case))
    return [] if text is None else [TimelineEntry(text=text, state="now")]


def _past(events: Sequence[CaseEvent]) -> list[TimelineEntry]:
    past = []
    began = False
    for event in events:
        # Officers change; that the check began is told once.
        repeated = event.action is Action.TAKEN and began
        began = began or event.action is Action.TAKEN
        if event.action in wording.EVENTS and not repeated:
            past.append(TimelineEntry(text=_text(event), state="done", at=event.at))
    return past


_REPRICED = frozenset({Action.WAIVER_GRANTED, Action.WAIVER_REVOKED})
"""What is said together with the sum that is due after it."""


def _text(event: CaseEvent) -> Any:
    # Any: as in lines.
    if event.action is Action.HANDED_OVER and "receiver" in event.details:
        return receipt_words.TOLD_CITIZENS[Receiver(event.details["receiver"])]
    if event.is_half_decided:
        return wording.FIRST_LOOK
    if event.is_without_visit:
        return _("No visit was needed")
    if event.action in wording.DATED and "on" in event.details:
        day = i18n.day(date.fromisoformat(event.details["on"]))
        return wording.DATED[event.action] % {"day": day}
    if event.action not in _REPRICED or "total" not in event.details:
        return wording.EVENTS[event.action]
    owed = presenting.amounts_in_words(event.details["total"])
    if event.action is Action.WAIVER_REVOKED:
        return _("A waiver was taken back. To be paid now: %(amount)s", amount=owed)
    if not owed:
        return _("A waiver was granted. Nothing is to be paid.")
    return _("A waiver was granted. To be paid now: %(amount)s", amount=owed)


def _future(case: Case) -> list[TimelineEntry]:
    waiting: list[StepKind] = [step.kind for step in case.steps if step.state is StepState.WAITING]
    return [TimelineEntry(text=wording.AHEAD[kind], state="next") for kind in waiting]
