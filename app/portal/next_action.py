"""The one thing that a citizen has to do now, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.cases import queries, timeline
from app.cases.models import Case, CaseEvent
from app.cases.rules import ItemState, State, StepKind, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """What is to be done, where, and by when."""

    title: str
    button: str
    url: str
    until: date | None = None


def of(case: Case, events: Sequence[CaseEvent] | None = None) -> NextAction | None:
    """Return what the citizen has to do, None when it is the post's turn."""
    if case.state is State.DRAFT:
        return NextAction(
            title=_("Complete the request and send it"),
            button=_("Go on"),
            url=url_for("filing.go_on", reference=case.reference),
        )
    if case.state is State.ACTION_NEEDED:
        return _mending(case)
    if case.state is State.IN_PROGRESS and _is_at_appointment(case):
        known = events if events is not None else queries.list_events(case.id)
        if not timeline.is_booked(known):
            return NextAction(
                title=_("Choose an appointment"),
                button=_("Choose a day and a time"),
                url=url_for("appointments.choose", reference=case.reference),
            )
    return None


def _mending(case: Case) -> NextAction:
    asked = queries.find_open_round(case.id)
    count = len([item for item in queries.items_of(case) if item.state is ItemState.REJECTED])
    title = ngettext("Replace %(num)s item", "Replace %(num)s items", count)
    return NextAction(
        title=title if count else _("Send what you have mended"),
        button=_("Show what is to be mended"),
        url=url_for("requests.mend", reference=case.reference),
        until=asked.until_on if asked else None,
    )


def _is_at_appointment(case: Case) -> bool:
    return any(
        step.kind is StepKind.APPOINTMENT and step.state is StepState.CURRENT for step in case.steps
    )
