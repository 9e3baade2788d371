"""Workers killed by SIGKILL amid many cases: each case is done once, and none is left behind."""

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases import bulk
from app.cases.bulk_models import BulkAction, BulkItem, BulkRun, Outcome
from app.cases.models import CaseEvent
from app.cases.rules import Action
from app.core.actor import Actor
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import crowd, people
from tests.faults import rig

pytestmark = [pytest.mark.race, pytest.mark.faults]

CASES = 130
"""Three parts of one run."""


def begun(app: Flask) -> str:
    """Have an officer be given many cases; return which run it is."""
    with app.app_context(), transaction():
        first = factory.submitted(people.account())
        references = [first.reference, *crowd.clone(first, CASES - 1)]
        actor: Actor = factory.officer()
        run = bulk.begin(BulkAction.ASSIGN, references, {"staff": actor.id}, actor=actor)
        return run.uid


def outcomes(app: Flask, uid: str) -> Counter[Outcome | None]:
    """Return how many cases have which outcome."""
    with app.app_context():
        rows = db.session.scalars(select(BulkItem.outcome).join(BulkRun).where(BulkRun.uid == uid))
        return Counter(rows.all())


@pytest.mark.grid
def test_a_run_over_many_cases_lives_through_kills(racing_app: Flask) -> None:
    uid = begun(racing_app)
    with rig.workers(racing_app) as pool:
        for countdown in (0, 17):
            rig.kill_at(pool, "in bulk", countdown, jobs=True)
        half = outcomes(racing_app, uid)
        for countdown in (40, 5):
            rig.kill_at(pool, "in bulk", countdown, jobs=True)
        assert pool.run({"jobs": True}) == [0]

    assert half == {Outcome.DONE: 17, None: CASES - 17}
    assert outcomes(racing_app, uid) == {Outcome.DONE: CASES}
    with racing_app.app_context():
        taken = select(CaseEvent.case_id, func.count()).where(CaseEvent.action == Action.TAKEN)
        times = dict(db.session.execute(taken.group_by(CaseEvent.case_id)).all())
        assert len(times) == CASES
        assert set(times.values()) == {1}
        run = db.session.scalars(select(BulkRun).where(BulkRun.uid == uid)).one()
        assert run.ended_at is not None


@pytest.mark.grid
def test_a_case_that_kills_every_worker_is_left_out(racing_app: Flask) -> None:
    uid = begun(racing_app)
    with rig.workers(racing_app) as pool:
        for _ in range(2):
            rig.kill_at(pool, "in bulk", 0, jobs=True)
        assert pool.run({"jobs": True}) == [0]

    assert outcomes(racing_app, uid) == {Outcome.FAILED: 1, Outcome.DONE: CASES - 1}
