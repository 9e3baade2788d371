"""A hint that two requests look alike, taken away by who looked at both."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import AuthorityKind
from app.accounts.rules import Details
from app.audit.models import AuditEntry
from app.cases import queries
from app.cases import services as cases
from app.cases.duplicates import queries as duplicates
from app.cases.duplicates import services
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import NotAllowed, NotFound
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, officer_at

WHO = Details(
    first_ar="ليان",
    father_ar="سامر",
    family_ar="الحلبي",
    mother_first_ar="هدى",
    first_latin="Layan",
    family_latin="Al Halabi",
    sex="female",
    birth="1998-03-27",
)


def sent(app: Flask) -> str:
    """Return the reference of a request of the same person by an account of its own."""
    with app.app_context(), transaction():
        factory.offer()
        account = people.account()
        actor = factory.citizen(account)
        person = accounts.save_person(
            WHO, account_id=account.id, kind=AuthorityKind.SELF, actor=actor
        )
        case = factory.fill(factory.draft(account, of=person))
        cases.submit(case.reference, actor=actor, seen=case.version, key=new_uid())
        return case.reference


def test_the_hint_goes_from_both_and_leaves_a_trace_on_both(app: Flask, officer: Officer) -> None:
    one, other = sent(app), sent(app)
    page = officer.visitor.open(f"/en/desk/cases/{one}")
    assert "Another request like this one" in page.text

    officer.visitor.submit({}, button="Not the same")

    for reference in (one, other):
        text = officer.visitor.open(f"/en/desk/cases/{reference}").text
        assert "Another request like this one" not in text
        assert "Not the same wish as" in text
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action)).all()
        assert actions.count("likeness_dismissed") == 2


def test_a_third_request_is_still_shown(app: Flask, officer: Officer) -> None:
    one, other, third = sent(app), sent(app), sent(app)

    with app.app_context(), transaction():
        services.dismiss(one, other, actor=officer.actor)
        services.dismiss(other, one, actor=officer.actor)

        twins = duplicates.of(queries.get_case(one, SYSTEM), officer.actor)
        assert [twin.case.reference for twin in twins] == [third]


def test_only_who_sees_both_and_reviews_may_say_so(app: Flask, officer: Officer) -> None:
    one, other = sent(app), sent(app)
    door = officer_at(app, Role.RECEPTIONIST)
    elsewhere = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")

    with app.app_context(), pytest.raises(NotAllowed):
        services.dismiss(one, other, actor=door.actor)
    with app.app_context(), pytest.raises(NotFound):
        services.dismiss(one, other, actor=elsewhere.actor)
    with app.app_context(), pytest.raises(NotFound):
        services.dismiss(one, one, actor=officer.actor)
