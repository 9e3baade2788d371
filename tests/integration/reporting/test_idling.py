"""Drafts and accounts to which nobody comes back are told of, and go."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, Authority, Person
from app.cases.models import Case
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications.models import Message
from app.reporting.retention import queries
from app.reporting.retention.models import IdleAccount, Retention
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import officer_at
from tests.integration.reporting.test_erasure_wishes import signed_in
from tests.integration.reporting.test_retention import case_of, night, withdrawn

MONTH = timedelta(days=31)
YEARS = timedelta(days=2 * 366)


def later(days: int) -> datetime:
    return clock.now() + timedelta(days=days)


@pytest.fixture
def draft(app: Flask) -> str:
    """Be a draft that was begun today."""
    with app.app_context(), transaction():
        return factory.draft(people.account()).reference


@pytest.fixture
def account(app: Flask) -> int:
    """Be an account with a person and without a request."""
    with app.app_context(), transaction():
        people.post()
        row = people.account()
        factory.person(row)
        return row.id


def told(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Message.event).order_by(Message.id)))


def is_there(app: Flask, reference: str) -> bool:
    with app.app_context():
        found = select(Case.id).where(Case.reference == reference)
        return db.session.scalar(found) is not None


@pytest.mark.proves("S43")
def test_an_old_draft_is_told_of_and_goes(app: Flask, draft: str) -> None:
    night(app, later(149))
    assert told(app) == []
    night(app, later(151))
    assert told(app) == ["draft_old"]
    night(app, later(180))
    assert is_there(app, draft)

    night(app, later(182))

    assert not is_there(app, draft)
    with app.app_context():
        assert db.session.scalar(select(Retention.case_id)) is None
        assert db.session.scalar(select(Person.id)) is not None, "the account is used"


def test_whoever_changes_a_draft_keeps_it(app: Flask, draft: str) -> None:
    night(app, later(151))
    with app.app_context(), transaction():
        case_of(app, draft).updated_at = later(160)

    night(app, later(182))

    assert is_there(app, draft)
    with app.app_context():
        assert db.session.scalar(select(Retention.case_id)) is None


def test_staff_see_nothing_of_a_draft_that_goes(app: Flask, draft: str) -> None:
    head = officer_at(app, Role.HEAD)
    night(app, later(151))
    with app.app_context():
        post_id = head.actor.post_id or 0
        assert queries.count_going(post_id) == 0 and not queries.list_of_post(post_id)
    assert draft not in head.visitor.open("/en/desk/retention").text


def test_a_request_that_was_opened_again_is_planned_anew(app: Flask) -> None:
    reference = withdrawn(app, officer_at(app, Role.OFFICER))
    night(app, later(28))
    with app.app_context(), transaction() as session:
        assert session.scalar(select(Retention.case_id)) is not None
        case_of(app, reference).ended_at = None

    night(app, later(29))

    with app.app_context():
        assert db.session.scalar(select(Retention.case_id)) is None


@pytest.mark.proves("S43")
def test_an_idle_account_is_told_of_twice_and_goes(app: Flask, account: int) -> None:
    begin = clock.now() + YEARS - MONTH
    night(app, begin - timedelta(days=10))
    assert told(app) == []
    night(app, begin + timedelta(days=3))
    night(app, begin + timedelta(days=20))
    assert told(app) == ["account_idle", "account_idle"]

    night(app, begin + timedelta(days=40))

    with app.app_context():
        row = db.session.get_one(Account, account)
        assert row.erased_at and row.data_key.wrapped is None
        for table in (Person.id, Authority.id, Message.id, IdleAccount.account_id):
            assert db.session.scalar(select(table)) is None


def test_who_signs_in_keeps_the_account(app: Flask, account: int) -> None:
    begin = clock.now() + YEARS - MONTH
    night(app, begin + timedelta(days=3))
    with clock.pretend(begin + timedelta(days=10)):
        signed_in(app)

    night(app, begin + timedelta(days=40))

    with app.app_context():
        assert db.session.get_one(Account, account).erased_at is None
        assert db.session.scalar(select(IdleAccount.account_id)) is None


def test_an_account_with_a_request_stays(app: Flask) -> None:
    with app.app_context(), transaction():
        factory.submitted(people.account())
    for days in (3, 20, 40):
        night(app, clock.now() + 5 * YEARS + timedelta(days=days))
    with app.app_context():
        assert people.only_account().erased_at is None


def test_after_a_long_rest_of_the_worker_the_owner_has_two_weeks(app: Flask, account: int) -> None:
    begin = clock.now() + YEARS
    night(app, begin)
    night(app, begin + timedelta(days=60))
    with app.app_context():
        assert db.session.get_one(Account, account).erased_at is None

    night(app, begin + timedelta(days=76))

    with app.app_context():
        assert db.session.get_one(Account, account).erased_at is not None


@pytest.mark.parametrize(
    ("field", "wrong"), [("draft_days", "59"), ("idle_months", "5"), ("idle_months", "121")]
)
def test_the_times_have_bounds(app: Flask, field: str, wrong: str) -> None:
    admin = officer_at(app, Role.ADMIN).visitor
    admin.open("/en/admin/periods")
    page = admin.submit({field: wrong})
    assert (page.status, len(page.errors)) == (422, 1)
