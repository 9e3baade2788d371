"""The one thing that a citizen has to do now, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.appointments.draw import queries as draws
from app.appointments.draw.rules import ReleaseMode
from app.appointments.line import queries as lines
from app.appointments.waiting import queries as waiting
from app.cases import filing, queries
from app.cases.models import Case
from app.cases.rules import State, StepKind, StepState
from app.cases.talk import thread
from app.cases.talk.rules import Side
from app.catalogue import queries as catalogue
from app.core import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """What is to be done, where, and by when; without a button it can only be known."""

    title: str
    button: str = ""
    url: str = ""
    until: date | None = None


def of(case: Case) -> NextAction | None:
    """Return what the citizen has to do, None when it is the post's turn."""
    return of_each([case], thread.news_of([case.id], Side.CITIZEN))[case.id]


def of_each(
    cases: Sequence[Case], news: Mapping[int, thread.News]
) -> Mapping[int, NextAction | None]:
    """Return what the citizen has to do about each of some cases, by key of the case.

    `news` is what waits for the citizen in their threads (thread.news_of). However many they
    are, the database is asked the same few questions.
    """
    asked = [case.id for case in cases if case.state is State.ACTION_NEEDED]
    ends = queries.ends_of_rounds(asked) if asked else {}
    rejected = queries.counts_of_rejected(asked) if asked else {}
    visiting = {case.id: case for case in cases if _is_at(case, StepKind.APPOINTMENT)}
    ways = _ways_of(visiting) if visiting else {}
    drafts = {case.service_id for case in cases if case.state is State.DRAFT}
    offered = catalogue.offered_among(drafts) if drafts else set()

    found: dict[int, NextAction | None] = {}
    for case in cases:
        if case.state is State.DRAFT:
            found[case.id] = _going_on(case) if case.service_id in offered else _kept()
        elif case.state is State.ACTION_NEEDED:
            found[case.id] = _mending(case, rejected.get(case.id, 0), ends.get(case.id))
        elif case.state is State.READY:
            found[case.id] = _collecting(case)
        elif case.id in visiting:
            found[case.id] = _visiting(case, ways[case.id])
        else:
            found[case.id] = _paying(case)
        if found[case.id] is None and news.get(case.id, thread.NOTHING).is_asked:
            found[case.id] = _answering(case)
    return found


def _going_on(case: Case) -> NextAction:
    return NextAction(
        title=_("Complete the request and send it"),
        button=_("Go on"),
        url=url_for("filing.go_on", reference=case.reference),
    )


def _kept() -> NextAction:
    return NextAction(title=str(filing.NOT_AVAILABLE))


def _mending(case: Case, count: int, until: date | None) -> NextAction:
    title = ngettext("Replace %(num)s item", "Replace %(num)s items", count)
    return NextAction(
        title=title if count else _("Send what you have mended"),
        button=_("Show what is to be mended"),
        url=url_for("requests.mend", reference=case.reference),
        until=until,
    )


def _answering(case: Case) -> NextAction:
    return NextAction(
        title=_("Answer a question of the post"),
        button=_("Read and answer"),
        url=url_for("thread.show", reference=case.reference),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a case whose next step is the visit gets its time, or has got it."""

    is_booked: bool
    drawn: draws.Standing | None
    line: lines.LinedUp | None
    turn: waiting.Turn | None
    mode: ReleaseMode


def _ways_of(visiting: Mapping[int, Case]) -> Mapping[int, Ways]:
    """Return how each of some cases whose next step is the visit gets its time."""
    now = clock.now()
    unbooked = visiting.keys() - queries.booked_among(visiting.keys())
    services = {visiting[id].service_id for id in unbooked}
    modes = draws.modes_of(services) if services else {}
    drawn = draws.standings_of(unbooked, now) if unbooked else {}
    lined = lines.lined_up(unbooked, now) if unbooked else {}
    turns = waiting.turns_of(visiting.keys(), now)
    return {
        id: Ways(
            is_booked=id not in unbooked,
            drawn=drawn.get(id),
            line=lined.get(id),
            turn=turns.get(id),
            mode=modes.get(case.service_id, ReleaseMode.FIRST_COME),
        )
        for id, case in visiting.items()
    }


def _visiting(case: Case, ways: Ways) -> NextAction | None:
    """Return what a case whose next step is the visit has to do, whichever way it gets a time."""
    if ways.turn is not None and (ways.turn.is_offered or ways.turn.until):
        return _answering_list(case, ways.turn)
    if ways.is_booked:
        return None
    if ways.drawn is not None:
        return _drawing(case, ways.drawn)
    if ways.line is not None:
        return _lined(case, ways.line)
    return _booking(case, ways.mode) if ways.turn is None else _waiting(case)


def _lined(case: Case, place: lines.LinedUp) -> NextAction:
    url = url_for("line.show", reference=case.reference, uid=place.uid)
    if place.is_turn:
        return NextAction(title=_("It is your turn"), button=_("Choose a time"), url=url)
    return NextAction(
        title=_("Nothing until it is your turn in the queue"),
        button=_("Show my number"),
        url=url,
    )


def _answering_list(case: Case, turn: waiting.Turn) -> NextAction:
    title, button = _("Say whether you still wait for a time"), _("Answer with one tap")
    if turn.is_offered:
        title, button = _("Accept the time that is offered"), _("Accept it or leave it to the next")
    url = url_for("waiting.show", reference=case.reference)
    return NextAction(title=title, button=button, url=url, until=turn.until)


def _waiting(case: Case) -> NextAction:
    return NextAction(
        title=_("Nothing until a time is offered: this request is on the waiting list"),
        button=_("Show the place on the list"),
        url=url_for("waiting.show", reference=case.reference),
    )


def _booking(case: Case, mode: ReleaseMode) -> NextAction:
    title, button = _("Choose an appointment"), _("Choose a day and a time")
    if mode is ReleaseMode.DRAW:
        title = _("The time of the appointment is given out by draw: take part in the next one")
        button = _("Show the draws")
    elif mode is ReleaseMode.QUEUE:
        title = _("The times of this service are opened in a queue: line up at its hour")
        button = _("Show the queues and their hours")
    url = url_for("appointments.choose", reference=case.reference)
    return NextAction(title=title, button=button, url=url)


def _collecting(case: Case) -> NextAction:
    return NextAction(
        title=_("The document is ready: collect it with an identity document and the slip"),
        button=_("Print the slip"),
        url=url_for("requests.slip", reference=case.reference),
    )


def _drawing(case: Case, standing: draws.Standing) -> NextAction:
    url = url_for("draw.show", reference=case.reference, uid=standing.uid)
    if standing.until is None:
        return NextAction(
            title=_("Nothing until the draw: your wish is registered"),
            button=_("Show the wish"),
            url=url,
        )
    return NextAction(
        title=_("Accept the time that was drawn"),
        button=_("Accept it or leave it to others"),
        url=url,
        until=standing.until,
    )


def _paying(case: Case) -> NextAction | None:
    if not _is_at(case, StepKind.PAYMENT):
        return None
    return NextAction(
        title=_("Pay the fee"),
        button=_("How to pay"),
        url=url_for("paying.show", reference=case.reference),
    )


def _is_at(case: Case, kind: StepKind) -> bool:
    return case.state is State.IN_PROGRESS and any(
        step.kind is kind and step.state is StepState.CURRENT for step in case.steps
    )
