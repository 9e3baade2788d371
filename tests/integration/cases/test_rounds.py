"""More time for a correction, and the way back to a request that lapsed."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask

from app.accounts.models import Account
from app.cases import queries, rounds
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import Action, State, StepKind, StepState
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.jobs import tasks as jobs
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.cases.test_deadlines import drain_after, state_and_news


@pytest.fixture
def reference(app: Flask) -> Iterator[str]:
    """Name a case of which a photo is asked for again, within two weeks."""
    with app.app_context(), transaction():
        yielded = factory.asked(people.account(), factory.officer()).reference
    yield yielded


def in_days(days: int) -> date:
    return clock.today("Europe/Moscow") + timedelta(days=days)


def extend(app: Flask, reference: str, *, days: int, by: Actor | None = None) -> Case:
    with app.app_context(), transaction():
        actor = by or factory.officer(role=Role.HEAD)
        case = queries.get_case(reference, actor)
        return rounds.extend(
            reference, until_on=in_days(days), actor=actor, seen=case.version, key=new_uid()
        )


def citizen_of(case: Case) -> Actor:
    return factory.citizen(db.session.get_one(Account, case.account_id))


def come_back(app: Flask, reference: str, *, days: int = 16) -> Case:
    """Open a case again so many days from now, as its citizen."""
    later = clock.now() + timedelta(days=days)
    with time_machine.travel(later, tick=True), app.app_context():
        while jobs.drain():
            pass
        with transaction():
            case = queries.get_case(reference, SYSTEM)
            return rounds.revive(
                reference,
                until_on=rounds.new_deadline(case),
                actor=citizen_of(case),
                seen=case.version,
                key=new_uid(),
            )


def test_more_time_moves_reminder_and_lapse_along(app: Flask, reference: str) -> None:
    extend(app, reference, days=30)

    drain_after(app, 20)
    assert state_and_news(app, reference) == (State.ACTION_NEEDED, ["correction_extended"])
    drain_after(app, 28)
    assert state_and_news(app, reference)[1][-1] == "correction_reminder"
    drain_after(app, 32)
    assert state_and_news(app, reference)[0] is State.LAPSED


def test_a_reminder_is_sent_for_each_deadline(app: Flask, reference: str) -> None:
    drain_after(app, 12)
    with time_machine.travel(clock.now() + timedelta(days=13), tick=True):
        extend(app, reference, days=20)
    drain_after(app, 31)

    news = state_and_news(app, reference)[1]

    assert news == ["correction_reminder", "correction_extended", "correction_reminder"]


@pytest.mark.parametrize("days", [-1, 0, 13, 14, 200])
def test_more_time_ends_later_and_within_half_a_year(app: Flask, reference: str, days: int) -> None:
    with pytest.raises(Invalid):
        extend(app, reference, days=days)


def test_another_officer_gives_no_time(app: Flask, reference: str) -> None:
    with app.app_context(), transaction():
        other = factory.officer()

    with pytest.raises(Conflict):
        extend(app, reference, days=30, by=other)


def test_a_citizen_comes_back_once(app: Flask, reference: str) -> None:
    come_back(app, reference)

    state, news = state_and_news(app, reference)
    assert (state, news[-1]) == (State.ACTION_NEEDED, "case_revived")
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert case.ended_at is None and case.waiting_since is not None
        steps = [(step.kind, step.state) for step in case.steps]
        assert steps[0] == (StepKind.REVIEW, StepState.CURRENT)
        assert {state for _kind, state in steps[1:]} == {StepState.WAITING}
        assert case.person.locked_at is not None
    with pytest.raises(InvalidTransition):
        come_back(app, reference, days=40)


def test_a_citizen_comes_back_within_a_month(app: Flask, reference: str) -> None:
    drain_after(app, 15)

    with pytest.raises(InvalidTransition):
        come_back(app, reference, days=50)


def test_staff_open_a_lapsed_case_whenever_they_see_reason(app: Flask, reference: str) -> None:
    drain_after(app, 16)
    with app.app_context(), transaction():
        officer = factory.officer()
        case = queries.get_case(reference, officer)
        rounds.revive(
            reference, until_on=in_days(10), actor=officer, seen=case.version, key=new_uid()
        )

    assert state_and_news(app, reference)[0] is State.ACTION_NEEDED


def test_the_days_between_lapse_and_return_are_not_the_posts(app: Flask, reference: str) -> None:
    with app.app_context():
        promised = queries.get_case(reference, SYSTEM).due_on
    come_back(app, reference, days=23)
    later = clock.now() + timedelta(days=28)
    with time_machine.travel(later, tick=True), app.app_context(), transaction():
        case = queries.get_case(reference, SYSTEM)
        actor = citizen_of(case)
        case = factory.attach(case, "photo", actor)
        case = cases.resubmit(reference, actor=actor, seen=case.version, key=new_uid())

        assert promised is not None and case.due_on is not None
        assert case.due_on - promised == timedelta(days=28)
        assert [event.action for event in queries.list_events(case.id)][-2:] == [
            Action.REVIVED,
            Action.RESUBMITTED,
        ]
