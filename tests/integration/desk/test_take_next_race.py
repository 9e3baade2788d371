"""Many officers take the next case at once: each case goes to one of them, the urgent first."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, TimeoutError

from app.cases import changing, queue
from app.cases import services as cases
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action, State
from app.core.actor import Actor
from app.core.db import db, new_uid, transaction
from tests.factories import cases as factory
from tests.factories import crowd, people

pytestmark = pytest.mark.race

Act = Callable[[Actor], str | None]


def post_with(app: Flask, *, officers: int, waiting: int) -> list[Actor]:
    """Make cases that nobody has, and officers of their post; return the officers."""
    with app.app_context(), transaction():
        first = factory.submitted(people.account())
        crowd.clone(first, waiting - 1)
        return [factory.officer() for _ in range(officers)]


def race(app: Flask, officers: list[Actor], act: Act) -> Counter[str]:
    """Have all officers go on until there is nothing left; return how often each case was got."""
    gate = threading.Barrier(len(officers))
    got: list[str] = []

    def work(officer: Actor) -> None:
        with app.app_context():
            gate.wait()
            while reference := act(officer):
                got.append(reference)
            db.session.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert not any(thread.is_alive() for thread in threads)
    return Counter(got)


def take_next(officer: Actor) -> str | None:
    """Press the button; whom the others kept waiting for too long presses again.

    SQLite lets waiting writers in by no order, so one of forty may wait for longer than ten
    seconds, and for longer than two for one of the fifteen connections of a process.
    """
    while True:
        try:
            with transaction():
                case = cases.take_next(officer.post_id or 0, actor=officer, key=new_uid())
                return case.reference if case else None
        except OperationalError as busy:
            assert "database is locked" in str(busy)
        except TimeoutError:
            db.session.rollback()


@pytest.mark.parametrize(
    ("officers", "waiting"),
    [(8, 40), pytest.param(40, 500, marks=pytest.mark.grid)],
    ids=["short", "40 officers, 500 cases"],
)
def test_every_case_is_taken_once(racing_app: Flask, officers: int, waiting: int) -> None:
    staff = post_with(racing_app, officers=officers, waiting=waiting)

    got = race(racing_app, staff, take_next)

    assert len(got) == waiting
    assert set(got.values()) == {1}
    with racing_app.app_context():
        events = select(func.count()).where(CaseEvent.action == Action.TAKEN)
        assert db.session.scalar(events) == waiting
        left = select(func.count()).where(Case.state == State.SUBMITTED)
        assert db.session.scalar(left) == 0
        holders = db.session.scalars(select(Case.assignee_id).distinct()).all()
        assert set(holders) <= {one.id for one in staff}


def test_without_the_lock_a_case_is_taken_more_than_once(racing_app: Flask) -> None:
    """Look, then take, as most queues do it: the control that shows what the lock is for."""
    staff = post_with(racing_app, officers=8, waiting=40)
    all_have_looked = threading.Barrier(len(staff))
    turns = {one.id: iter([True, False]) for one in staff}

    def look_then_take(officer: Actor) -> str | None:
        if not next(turns[officer.id]):
            return None
        page = queue.queue_page(
            officer.post_id or 0,
            tab=queue.Tab.NEW,
            officer_id=0,
            today=date(2026, 1, 1),
            limit=1,
        )
        case_id, reference = page.cases[0].id, page.cases[0].reference
        db.session.rollback()
        all_have_looked.wait()
        with transaction():
            changing.change(changing.lock(case_id), Action.TAKEN, actor=officer, key=new_uid())
        return reference

    got = race(racing_app, staff, look_then_take)

    assert list(got.values()) == [8]


def test_the_most_urgent_goes_first(app: Flask) -> None:
    with app.app_context(), transaction():
        usual, urgent = factory.submitted(people.account()), factory.submitted(people.account())
        usual.due_on = date(2026, 12, 20)
        urgent.due_on = usual.due_on - timedelta(days=10)
        officer = factory.officer()

        taken = [
            cases.take_next(officer.post_id or 0, actor=officer, key=new_uid()) for _ in range(3)
        ]

        assert taken == [urgent, usual, None]
