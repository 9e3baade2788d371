"""A head has a request kept in the very moment in which the night erases it: one of them wins."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from app.reporting.retention import queries, rules, services
from tests.integration.cases.test_lock_order_race import while_it_waits
from tests.integration.desk.conftest import officer_at
from tests.integration.reporting.test_retention import YEARS, case_of, night, withdrawn

pytestmark = [
    pytest.mark.race,
    pytest.mark.proves("S43"),
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]


@pytest.fixture
def head(racing_app: Flask) -> Actor:
    """Be the head of the post."""
    return officer_at(racing_app, Role.HEAD).actor


@pytest.fixture
def closed(racing_app: Flask) -> str:
    """Name a request that was closed, and that the next night erases."""
    reference = withdrawn(racing_app, officer_at(racing_app, Role.OFFICER))
    begin = clock.now() + YEARS
    night(racing_app, begin)
    night(racing_app, begin + rules.ANNOUNCED * 2)
    return reference


def later() -> datetime:
    return clock.now() + 2 * YEARS


def erase() -> None:
    with clock.pretend(later()):
        services.erase_next()


def hold(reference: str, head: Actor) -> None:
    plan = queries.get_of_post(reference, head.post_id or 0)
    services.hold(plan, "A court asks for it.", actor=head)


def let_go(reference: str, head: Actor) -> None:
    services.release(queries.get_of_post(reference, head.post_id or 0), actor=head)


def test_a_hold_that_came_first_keeps_what_the_night_waited_to_erase(
    racing_app: Flask, closed: str, head: Actor
) -> None:
    ends = while_it_waits(racing_app, erase, first=lambda: hold(closed, head))

    assert ends == ["done"]
    with racing_app.app_context():
        assert case_of(racing_app, closed).closed_at is None
        assert queries.list_references() == []


def test_without_a_hold_the_night_erases_what_it_waited_for(
    racing_app: Flask, closed: str, head: Actor
) -> None:
    """Be the control: the wait by itself keeps nothing."""

    def lock() -> None:
        db.session.execute(select(Case.id).where(Case.reference == closed).with_for_update())

    assert while_it_waits(racing_app, erase, first=lock) == ["done"]
    with racing_app.app_context():
        assert queries.list_references() == [closed]


def test_a_hold_that_came_too_late_finds_nothing_any_more(
    racing_app: Flask, closed: str, head: Actor
) -> None:
    ends = while_it_waits(racing_app, lambda: hold(closed, head), first=erase)

    assert ends == ["NotFound"]
    with racing_app.app_context():
        assert queries.list_references() == [closed]


def test_what_is_let_go_twice_at_once_is_let_go_once(
    racing_app: Flask, closed: str, head: Actor
) -> None:
    with racing_app.app_context(), transaction():
        hold(closed, head)

    ends = while_it_waits(
        racing_app, lambda: let_go(closed, head), first=lambda: let_go(closed, head)
    )

    assert ends == ["Conflict"]
