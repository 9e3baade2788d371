"""Correction rounds: what the citizen is asked to mend, until when, and the way back after it."""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l

from app.cases import changing, competence, pace, queries, telling
from app.cases.models import Case, CorrectionRound
from app.cases.rules import Action, ItemState, State
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db
from app.core.errors import Invalid, InvalidTransition

MENDING = frozenset({ItemState.REJECTED, ItemState.REPLACED})
"""What is asked for, and what was sent for it but not handed in yet."""


def open_round(case: Case, rejected: Sequence[str], *, until_on: date, actor: Actor) -> None:
    """Open a round for items that were rejected, and schedule its deadline.

    Raises Invalid when nothing was rejected or the day cannot be a deadline.
    """
    if not rejected:
        raise Invalid(_l("Mark at least one item “Ask again” before you ask the citizen."))
    check_deadline(case, until_on)
    asked = CorrectionRound(
        case_id=case.id, until_on=until_on, opened_by=actor.id, opened_at=clock.now()
    )
    db.session.add(asked)
    telling.schedule_deadline(case, asked)


def check_deadline(case: Case, until_on: date) -> None:
    """Refuse a day that cannot be the last one of a round."""
    if not pace.is_deadline(until_on, clock.today(case.service.post.zone)):
        raise Invalid(
            _l("The last day must lie between tomorrow and half a year from now."),
            field="until_on",
        )


def extend(reference: str, *, until_on: date, actor: Actor, seen: int, key: str) -> Case:
    """Give the citizen more time for the open round; reminder and lapse move along.

    Raises Invalid for a day that is not later, besides what any action raises.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.CORRECTION_EXTENDED, actor=actor, seen=seen)
    asked = queries.find_open_round(case.id)
    if asked is None:
        raise InvalidTransition()
    check_deadline(case, until_on)
    if until_on <= asked.until_on:
        raise Invalid(_l("Choose a day that is later than the one until now."), field="until_on")

    telling.cancel_deadline(asked)
    details = {"from": asked.until_on.isoformat(), "until_on": until_on.isoformat()}
    asked.until_on = until_on
    telling.schedule_deadline(case, asked)
    return changing.apply(case, Action.CORRECTION_EXTENDED, actor=actor, key=key, details=details)


def revive(reference: str, *, until_on: date, actor: Actor, seen: int, key: str) -> Case:
    """Open a case again that lapsed, with a new round for what was left to be mended.

    A citizen does it once by themselves and within a month, staff whenever they see reason to.
    Raises InvalidTransition for a citizen who may not any more.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.REVIVED, actor=actor, seen=seen)
    if not may_revive(case, actor):
        raise InvalidTransition()
    left = [item.key for item in case.items if item.state in MENDING]
    open_round(case, left, until_on=until_on, actor=actor)
    details = {"until_on": until_on.isoformat(), "items": left}
    return changing.apply(case, Action.REVIVED, actor=actor, key=key, details=details)


def may_revive(case: Case, actor: Actor) -> bool:
    """Return whether somebody may open this case again now."""
    if case.state is not State.LAPSED or not competence.is_permitted(Action.REVIVED, actor):
        return False
    if actor.kind is not ActorKind.CITIZEN:
        return True
    times = queries.count_events(case.id, Action.REVIVED)
    return case.ended_at is not None and pace.may_come_back(case.ended_at, clock.now(), times=times)


def new_deadline(case: Case) -> date:
    """Return until when a citizen who comes back has time."""
    return clock.today(case.service.post.zone) + pace.NEW_TIME
