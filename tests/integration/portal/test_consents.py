"""The other parent on the pages: named, asked by a link, answering with a code; and the officer."""

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.cases.consents import asking
from app.cases.consents.models import Consent
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications.models import Message
from tests.factories import consents as signing
from tests.integration.desk.conftest import officer_at
from tests.integration.portal.conftest import make_citizen
from tests.visitor import Visitor


def link(app: Flask) -> str:
    with app.app_context():
        consent = db.session.scalars(select(Consent).order_by(Consent.id.desc())).first()
        assert consent is not None
        return f"/en{asking.path_of(consent)}"


def last_code(app: Flask) -> str:
    with app.app_context():
        rows = db.session.scalars(
            select(Message).where(Message.event == "consent_code").order_by(Message.id)
        ).all()
        return str((rows[-1].payload or {})["code"])


def test_from_the_name_to_the_answer(app: Flask) -> None:
    citizen = make_citizen(app)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        reference = signing.draft(account).reference
    citizen.open(f"/requests/{reference}/check")
    assert "Send the request" not in citizen.page.text
    citizen.visitor.follow("Name the other parent")
    citizen.submit({"name": "سامر", "address": "not one", "language": "ru"}, "Save")
    assert any("not an e-mail address" in text for text in citizen.page.errors)
    citizen.submit({"name": "سامر", "address": signing.ADDRESS, "language": "ru"}, "Save")
    citizen.submit({}, "Send the request")
    citizen.open(f"/requests/{reference}")
    assert "Not answered yet" in citizen.page.text

    parent = Visitor(app.test_client())
    page = parent.open(link(app))
    assert "Halabi" not in page.text and "الحلبي" not in page.text
    parent.submit({}, button="Send me a code")
    page = parent.submit({"code": "000 000", "answer": "yes"}, button="Send the answer")
    assert page.status == 422
    page = parent.submit({"code": last_code(app), "answer": "yes"}, button="Send the answer")
    with app.app_context():
        assert db.session.scalars(select(Consent.answered_by)).one() is None

    assert "Thank you. Your answer was received." in page.text
    citizen.open(f"/requests/{reference}")
    assert "Given" in citizen.page.text


def test_an_officer_sees_who_has_not_signed_and_waives(app: Flask) -> None:
    officer = officer_at(app, Role.OFFICER)
    citizen = make_citizen(app)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        reference = signing.taken(account, officer.actor).case.reference
    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    assert "Not answered yet" in page.text and "An answer is awaited until" in page.text
    assert signing.ADDRESS in page.text

    officer.visitor.follow("Waive it …")
    page = officer.visitor.submit({"reason": ""}, button="Waive the consent")
    assert any("Say why" in text for text in page.errors)
    page = officer.visitor.submit({"reason": "قرار المحكمة"}, button="Waive the consent")

    assert "Waived by the post" in page.text
    assert officer.visitor.open(f"/en/desk/cases/{reference}/consent").status == 404


def test_a_stranger_names_nobody(app: Flask) -> None:
    citizen, stranger = make_citizen(app), make_citizen(app)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        reference = signing.draft(account).reference

    stranger.open(f"/requests/{reference}/consent")

    assert stranger.page.status == 404


def test_an_answer_in_the_browser_of_the_filer_is_remarked(app: Flask) -> None:
    officer = officer_at(app, Role.OFFICER)
    citizen = make_citizen(app)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        reference = signing.taken(account, officer.actor).case.reference
    path = link(app)
    citizen.visitor.open(path)
    citizen.submit({}, "Send me a code")
    citizen.submit({"code": last_code(app), "answer": "yes"}, "Send the answer")

    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    assert "in a browser in which who filed the request was signed in" in page.text
