"""A visitor without an account has a request erased: recorded at the counter, decided by others."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Account, Contact, ContactKind
from app.cases.models import Case
from app.core.actor import Role
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound
from app.notifications.models import Message
from app.reporting.retention import queries as retention
from app.reporting.wishes import services
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Ground
from tests import servers
from tests.factories import cases as factory
from tests.factories import messages, people
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.integration.reporting.test_retention import case_of, withdrawn
from tests.visitor import Visitor

NEW = "/en/desk/erasure/visitor"
SEEN = {"is_seen": "y"}


@pytest.fixture
def reference(app: Flask, officer: Officer) -> str:
    """Be a request that has ended and that no account has."""
    found = withdrawn(app, officer)
    with app.app_context(), transaction() as session:
        session.execute(update(Case).where(Case.reference == found).values(account_id=None))
    return found


def recorded(app: Flask, reference: str, by: Officer, contact: str = "") -> str:
    with app.test_request_context(), transaction():
        return services.record_for_visitor(reference, contact, actor=by.actor).uid


def told(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.scalars(
            select(Message).where(Message.event == "visitor_erasure").order_by(Message.id)
        )
        return [((one.payload or {})["to"], (one.payload or {})["step"]) for one in rows]


def followed(app: Flask, reference: str, code: str) -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.open("/en/follow")
    visitor.submit({"reference": reference, "code": code}, button="Show how it stands")
    return visitor


@pytest.mark.proves("S15", "S43")
def test_what_is_recorded_at_the_counter_is_erased_when_a_head_agrees(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    officer.visitor.open(NEW)
    page = officer.visitor.submit(
        {"reference": reference, "address": "rana@example.org", **SEEN},
        button="Record the application",
    )
    assert "Recorded at the counter by" in page.text and "Name:" in page.text
    officer.visitor.submit({"reason": "No law demands it."}, button="Propose to erase")
    head.visitor.open("/en/desk/erasure")
    head.visitor.follow("Open")
    head.visitor.submit({}, button="Decide as proposed")
    drain(app)

    with app.app_context():
        assert retention.list_references() == [reference]
        wish = db.session.scalars(select(ErasureWish)).one()
        assert (wish.case_id, wish.sealed_contact) == (None, None)
    assert told(app) == [
        ("rana@example.org", "erasure_asked"),
        ("rana@example.org", "erasure_done"),
    ]


def test_without_a_word_that_the_paper_was_seen_nothing_is_recorded(
    app: Flask, reference: str, officer: Officer
) -> None:
    officer.visitor.open(NEW)
    page = officer.visitor.submit({"reference": reference}, button="Record the application")

    assert page.status == 422 and "somebody else could have the data erased" in page.text
    with app.app_context():
        assert db.session.scalars(select(ErasureWish)).all() == []


@pytest.mark.proves("S15")
def test_a_head_who_recorded_it_does_not_decide_it(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = recorded(app, reference, head)
    with app.app_context(), transaction():
        services.propose_to_grant(uid, "Nothing stands against it.", actor=officer.actor)
    assert "Decide as proposed" not in head.visitor.open(f"/en/desk/erasure/{uid}").text
    with app.app_context(), pytest.raises(NotAllowed), transaction():
        services.confirm(uid, actor=head.actor)


def test_a_refusal_is_read_by_number_and_code_of_the_slip(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = recorded(app, reference, officer)
    with app.app_context():
        code = case_of(app, reference).follow_code or ""
    assert "To be answered" in followed(app, reference, code).page.text
    with app.app_context(), transaction():
        services.propose_to_refuse(uid, Ground.DUTY, "Law 26 of 2007.", actor=officer.actor)
    assert "Law 26" not in followed(app, reference, code).page.text
    with app.app_context(), transaction():
        services.confirm(uid, actor=head.actor)

    page = followed(app, reference, code).page
    assert "Law 26 of 2007." in page.text and "A law demands" in page.text
    assert told(app) == []


def test_who_has_an_account_applies_there(app: Flask, officer: Officer) -> None:
    reference = withdrawn(app, officer)
    officer.visitor.open(NEW)
    page = officer.visitor.submit({"reference": reference, **SEEN}, button="Record the application")
    assert "This request is in an account." in page.text
    page = officer.visitor.submit(
        {"reference": "JM-7K4P-92QX-H", **SEEN}, button="Record the application"
    )
    assert "No request of this post has this number." in page.text


def test_the_same_request_is_recorded_once(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    recorded(app, reference, officer)
    with pytest.raises(Conflict):
        recorded(app, reference, head)


def test_a_request_of_another_post_is_not_there(app: Flask, reference: str) -> None:
    stranger = officer_at(app, Role.OFFICER)
    away = replace(stranger.actor, post_id=(stranger.actor.post_id or 0) + 1)
    with app.test_request_context(), pytest.raises(NotFound), transaction():
        services.record_for_visitor(reference, "", actor=away)


def test_it_says_how_it_is_done_at_the_counter_and_from_home(app: Flask) -> None:
    page = Visitor(app.test_client()).open("/en/follow/erasure")

    assert "whoever finds a slip could have your data erased" in page.text
    assert "answered within 10 working days" in page.text


@pytest.mark.proves("S15")
def test_who_is_reached_by_phone_alone_hears_that_the_account_is_gone(
    app: Flask, officer: Officer, head: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.gateway() as server:
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with app.test_request_context(), transaction():
            people.post()
            account = people.account("ru")
            messages.give(account, ContactKind.PHONE, "+79161234567")
            uid = services.ask_for_account(actor=factory.citizen(account)).uid
        with app.app_context(), transaction():
            services.propose_to_grant(uid, "Nothing stands against it.", actor=officer.actor)
        with app.app_context(), transaction():
            services.confirm(uid, actor=head.actor)
        drain(app)
    with app.app_context():
        message = db.session.scalars(select(Message).where(Message.event == "account_erased")).one()
        assert (message.channel.value, (message.payload or {})["to"]) == ("sms", "+79161234567")
        assert db.session.scalars(select(Contact)).all() == []
        assert [one.erased_at is not None for one in db.session.scalars(select(Account))] == [True]
