"""A fee that an officer waives: asked with its ground, granted once, told to the citizen."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.cases import bills, changing, queries
from app.cases import services as cases
from app.cases.rules import Action
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.notifications.models import Message
from tests.integration.desk.conftest import Officer, officer_at, taken
from tests.visitor import Page, Visitor

GROUND = "لا دخل لمقدم الطلب، كما يظهر من كتاب الجامعة"
GRANTED = {"waiver": "hardship", "ground": GROUND}


@pytest.fixture
def reference(app: Flask, officer: Officer) -> str:
    """Be a case that the officer has in hand."""
    return taken(app, officer)


def ask(officer: Officer, reference: str) -> Page:
    """Open the page by its link on the case page."""
    officer.visitor.open(f"/en/desk/cases/{reference}")
    return officer.visitor.follow("Waive a fee …")


def granted(app: Flask, officer: Officer, reference: str) -> tuple[list[str], dict[str, int]]:
    """Return which waivers were granted, and what is owed."""
    with app.app_context():
        case = queries.get_case(reference, officer.actor)
        return list(case.granted), dict(bills.bill_of(case).total)


def as_its_citizen(app: Flask, reference: str, officer: Officer) -> Visitor:
    """Return the citizen of a case, signed in."""
    with app.test_request_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        token = sessions.begin(account=db.session.get_one(Account, case.account_id))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def test_the_desk_shows_the_lines_of_the_bill(officer: Officer, reference: str) -> None:
    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    (bill,) = page.by_class("j-bill")
    text = " ".join(" ".join(bill.itertext()).split())
    assert "Regular (queue) Decision 1 of 26 June 2025" in text
    assert text.endswith("In all 200 US dollars")


def test_a_waiver_that_is_not_offered_leads_back_to_the_case(
    officer: Officer, reference: str
) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")

    page = officer.visitor.open(f"/en/desk/cases/{reference}/waiver")

    assert page.status == 409
    assert page.link("Back to the request") == f"/en/desk/cases/{reference}"


def test_an_officer_waives_a_fee_with_a_ground(
    app: Flask, officer: Officer, reference: str
) -> None:
    page = ask(officer, reference)
    assert page.heading == "Waive a fee"

    page = officer.visitor.submit(GRANTED, button="Grant the waiver")

    assert "The waiver is granted." in page.text
    assert "Fee waived: Waiver for hardship, by the consul’s decision" in page.text
    assert GROUND in page.text
    assert "Waive a fee …" not in page.text
    assert granted(app, officer, reference) == (["hardship"], {"USD": 0})


def test_the_audit_names_the_waiver_and_not_the_ground(
    app: Flask, officer: Officer, reference: str
) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")

    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.action == "case_waiver_granted")
        (entry,) = db.session.scalars(query)
        assert entry.fields == {"waiver": "hardship", "total": {"USD": 0}}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "مُنح إعفاء من الرسم. لا يُستحق أي مبلغ."),
        ("ru", "Предоставлено освобождение от сбора. Платить ничего не нужно."),
        ("en", "A waiver was granted. Nothing is to be paid."),
    ],
)
def test_the_citizen_reads_that_it_was_waived_and_the_new_sum(
    app: Flask, officer: Officer, reference: str, language: str, sentence: str
) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")

    page = as_its_citizen(app, reference, officer).open(f"/{language}/requests/{reference}")

    assert sentence in page.text
    assert GROUND not in page.text
    assert len(page.by_class("j-tag")) >= 1


def test_the_same_form_twice_waives_and_tells_once(
    app: Flask, officer: Officer, reference: str
) -> None:
    form = ask(officer, reference)
    for _press in range(2):
        officer.visitor.page = form
        page = officer.visitor.submit(GRANTED, button="Grant the waiver")
        assert page.url == f"/en/desk/cases/{reference}"

    assert granted(app, officer, reference)[0] == ["hardship"]
    with app.app_context():
        case = queries.get_case(reference, officer.actor)
        events = [event.action for event in queries.list_events(case.id)]
        assert events.count(events[-1]) == 1
        assert list(db.session.scalars(select(Message.event))).count("waiver_granted") == 1


def test_a_case_that_went_on_is_not_waived_and_the_ground_is_given_back(
    app: Flask, officer: Officer, reference: str
) -> None:
    ask(officer, reference)
    with app.app_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        cases.take(reference, actor=officer.actor, seen=case.version, key=new_uid())

    page = officer.visitor.submit(GRANTED, button="Grant the waiver")

    assert page.status == 409
    assert GROUND in page.text
    assert granted(app, officer, reference)[0] == []


def test_without_a_ground_the_form_says_what_is_missing(
    app: Flask, officer: Officer, reference: str
) -> None:
    ask(officer, reference)

    page = officer.visitor.submit({**GRANTED, "ground": " "}, button="Grant the waiver")

    assert page.status == 422
    assert page.errors == ["Say on what ground the fee is waived."]
    assert granted(app, officer, reference)[0] == []


def test_a_waiver_that_the_service_does_not_have_is_not_found(
    app: Flask, officer: Officer, reference: str
) -> None:
    ask(officer, reference)

    page = officer.visitor.submit({**GRANTED, "waiver": "friends"}, button="Grant the waiver")

    assert page.status == 404
    assert granted(app, officer, reference)[0] == []


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMIN])
def test_other_staff_find_nothing_to_waive(app: Flask, reference: str, role: Role) -> None:
    other = officer_at(app, role)

    assert other.visitor.open(f"/en/desk/cases/{reference}/waiver").status == 404


def test_an_officer_of_another_post_finds_nothing(app: Flask, reference: str) -> None:
    other = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")

    assert other.visitor.open(f"/en/desk/cases/{reference}/waiver").status == 404


def take_back(officer: Officer, reference: str, why: str = "أُعفي الطلب خطأً") -> Page:
    """Take the one waiver of a case back, from the link on its page."""
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Take a waiver back …")
    return officer.visitor.submit({"ground": why}, button="Take the waiver back")


def test_a_waiver_that_was_granted_wrongly_is_taken_back_with_the_reason(
    app: Flask, officer: Officer, reference: str
) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")

    page = take_back(officer, reference)

    assert "The waiver is taken back." in page.text
    assert "Waiver taken back: Waiver for hardship" in page.text
    assert "أُعفي الطلب خطأً" in page.text and "Waive a fee …" in page.text
    assert granted(app, officer, reference) == ([], {"USD": 20000})
    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.action == "case_waiver_revoked")
        (entry,) = db.session.scalars(query)
        assert entry.fields == {"waiver": "hardship", "total": {"USD": 20000}}
        assert "waiver_revoked" in db.session.scalars(select(Message.event)).all()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "سُحب الإعفاء من الرسم. المبلغ المستحق الآن: 200"),
        ("ru", "Освобождение от сбора отменено. Теперь нужно заплатить: 200"),
        ("en", "A waiver was taken back. To be paid now: 200 US dollars"),
    ],
)
def test_the_citizen_reads_what_is_due_after_a_waiver_was_taken_back(
    app: Flask, officer: Officer, reference: str, language: str, sentence: str
) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")
    take_back(officer, reference)

    page = as_its_citizen(app, reference, officer).open(f"/{language}/requests/{reference}")

    assert sentence in page.text.replace("\xa0", " ")


def test_a_waiver_is_not_taken_back_without_a_reason(
    app: Flask, officer: Officer, reference: str
) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")

    page = take_back(officer, reference, " ")

    assert page.status == 422
    assert granted(app, officer, reference)[0] == ["hardship"]


def test_a_waiver_that_was_used_stands(app: Flask, officer: Officer, reference: str) -> None:
    ask(officer, reference)
    officer.visitor.submit(GRANTED, button="Grant the waiver")
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Take a waiver back …")
    with app.app_context(), transaction():
        case = changing.lock_named(reference, officer.actor)
        changing.apply(case, Action.PAID, actor=officer.actor, key=new_uid())
        version = str(case.version)

    page = officer.visitor.submit({"ground": "Word", "seen": version}, button="Take the waiver")

    assert page.status == 409
    assert "cannot be taken back any more" in page.text
    assert granted(app, officer, reference)[0] == ["hardship"]
    assert "Take a waiver back" not in officer.visitor.open(f"/en/desk/cases/{reference}").text
