"""Wishes that come in while a draw is closed, and the same wish from everywhere at once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.appointments.draw import queries, rules, services, wishing
from app.appointments.draw.models import Entry, EntryPerson, Release
from app.appointments.draw.refusals import NotOpen
from app.cases.models import Case
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from tests.factories import draws
from tests.factories.draws import CLOSES, MONDAY, OPENS
from tests.integration.appointments.test_race import EACH, RACERS, race

pytestmark = pytest.mark.race


def opened(app: Flask, cases: int) -> tuple[int, list[int]]:
    """Have a draw be open; return its key and those of cases that wait for a seat."""
    with app.app_context():
        with clock.pretend(draws.NOW), transaction():
            fair = draws.make()
            release_id = fair.announce().id
            ids = [fair.case().id for _ in range(cases)]
        with clock.pretend(OPENS), transaction():
            services.open_(release_id)
        return release_id, ids


def wish(release_id: int, case_id: int) -> str:
    """Have a case wish for the Monday; return what became of it."""
    try:
        with clock.pretend(OPENS + timedelta(hours=1)), transaction():
            case = db.session.get_one(Case, case_id)
            release = queries.get(case.post_id, uid_of(release_id))
            wishing.wish(case, release, [MONDAY], coming=(), actor=draws.owner(case))
    except DomainError as refusal:
        return type(refusal).__name__
    return "wished"


def uid_of(release_id: int) -> str:
    """Return the public name of a draw."""
    uid: str = db.session.scalars(select(Release.uid).where(Release.id == release_id)).one()
    return uid


def test_whoever_was_told_that_the_wish_is_registered_is_on_the_list(racing_app: Flask) -> None:
    release_id, cases = opened(racing_app, RACERS * EACH)
    middle = RACERS * EACH // 2

    def step(turn: int) -> str:
        if turn != middle:
            return wish(release_id, cases[turn])
        with clock.pretend(CLOSES), transaction():
            services.close(release_id)
        return "closed"

    outcomes = race(step, racing_app)

    with racing_app.app_context():
        fixed = rules.parse(queries.text_of(draws.get(release_id)))
        assert len(fixed.entries) == outcomes["wished"] == queries.count_entries(release_id)
    assert outcomes["wished"] + outcomes[NotOpen.__name__] == RACERS * EACH - 1


def test_the_same_wish_from_everywhere_is_one(racing_app: Flask) -> None:
    release_id, (case_id,) = opened(racing_app, 1)

    outcomes = race(lambda _turn: wish(release_id, case_id), racing_app)

    assert outcomes == {"wished": RACERS * EACH}
    with racing_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Entry)) == 1
        assert db.session.scalar(select(func.count()).select_from(EntryPerson)) == 1
