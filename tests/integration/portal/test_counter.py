"""Filing for a visitor without an account, and their way into the request afterwards."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core import reference as references
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.documents import services as documents
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import files
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.integration.portal.conftest import (
    DECLARATION,
    STAY,
    TRAVEL,
    Citizen,
    case_of,
    make_citizen,
)
from tests.visitor import Page, Visitor

VISITOR = {
    "first_ar": "ليان",
    "father_ar": "سامر",
    "family_ar": "الحلبي",
    "mother_first_ar": "هدى",
    "first_ru": "Лаян",
    "birth_place": "حلب",
    "first_latin": "Layan",
    "family_latin": "Al Halabi",
    "sex": "female",
    "birth": ["27", "3", "1998"],
    "national_number": "04010012345",
    "language": "ar",
    "variant": "regular",
}


@pytest.fixture
def reception(app: Flask) -> Officer:
    """Be at the reception of a post that renews passports."""
    with app.test_request_context(), transaction():
        factory.offer()
    return officer_at(app, Role.RECEPTIONIST)


def begin(visitor: Visitor) -> Page:
    """Enter who a visitor is."""
    visitor.open("/en/counter/new/PASS_RENEW")
    return visitor.submit(VISITOR, button="Begin")


def fill(visitor: Visitor) -> str:
    """Answer the pages and attach the papers; return the reference."""
    reference = visitor.page.url.split("/")[3]
    for values in (TRAVEL, STAY, DECLARATION):
        visitor.submit(values, button="Save and continue")
        assert visitor.page.errors == []
    today = clock.today("Europe/Moscow")
    for paper in ("photo", "old_passport", "civil_extract"):
        visitor.open(f"/en/requests/{reference}/papers/{paper}")
        if paper == "civil_extract":
            day = [str(today.day), str(today.month), str(today.year)]
            visitor.submit({"issued_on": day}, button="Continue")
        visitor.submit({"file": (io.BytesIO(files.jpeg()), "scan.jpg")}, button="Attach")
    return reference


def filed(reception: Officer) -> tuple[str, str]:
    """Return reference and code of a request that was filed at the counter."""
    begin(reception.visitor)
    reference = fill(reception.visitor)
    reception.visitor.open(f"/en/requests/{reference}/check")
    reception.visitor.submit({}, button="Send the request")
    return reference, code_on(reception.visitor.open(f"/en/requests/{reference}/slip?in=en"))


def code_on(page: Page) -> str:
    """Return the follow-up code that a slip shows."""
    return page.text.partition("Follow-up code")[2].split()[0]


def test_a_visitor_goes_home_with_a_slip_by_which_they_follow_the_request(
    app: Flask, reception: Officer
) -> None:
    begin(reception.visitor)
    reference = fill(reception.visitor)
    check = reception.visitor.open(f"/en/requests/{reference}/check").text
    for label in ("Mother", "Sex", "Place of birth", "Name in Russian"):
        assert label in check
    reception.visitor.submit({}, button="Send the request")
    assert "Print the slip and give it to the visitor" in reception.visitor.page.text
    slip = reception.visitor.follow("Print the slip")
    assert reference in slip.text and slip.language == "ar"
    assert slip.link("Back") == f"/en/requests/{reference}/sent"
    slip = reception.visitor.follow("English")
    assert slip.language == "en" and "http://localhost/en/follow" in slip.text

    stranger = Visitor(app.test_client())
    stranger.open("/en/follow")
    stranger.submit({"reference": reference, "code": code_on(slip)})

    assert stranger.page.heading == "Passport renewal"
    with app.app_context():
        case = case_of(app, reference)
        assert (case.state, case.account_id) == (State.SUBMITTED, None)


def test_a_draft_of_the_counter_is_found_again_by_a_colleague(
    app: Flask, reception: Officer
) -> None:
    begin(reception.visitor)
    reference = reception.visitor.page.url.split("/")[3]
    reception.visitor.submit(TRAVEL, button="Save and continue")
    colleague = officer_at(app, Role.OFFICER).visitor

    colleague.open("/en/counter")
    assert reference in colleague.page.text
    colleague.follow("Go on")

    assert "stay_in_russia" in colleague.page.url


def test_another_post_and_other_roles_see_nothing_of_it(app: Flask, reception: Officer) -> None:
    begin(reception.visitor)
    reference = reception.visitor.page.url.split("/")[3]
    path = f"/en/requests/{reference}/continue"

    elsewhere = officer_at(app, Role.OFFICER, post="kazan", prefix="JK").visitor
    auditor = officer_at(app, Role.AUDITOR).visitor
    citizen = make_citizen(app)

    assert elsewhere.open(path).status == 404
    assert auditor.open(path).status == 404
    assert citizen.open(f"/requests/{reference}/continue").status == 404
    assert reception.visitor.open(path).status == 200


def test_staff_do_not_reach_a_citizens_draft_by_the_pages_of_the_counter(
    app: Flask, reception: Officer
) -> None:
    reference = make_citizen(app).make("complete")

    for path in ("continue", "page/travel_document", "papers", "check", "discard"):
        assert reception.visitor.open(f"/en/requests/{reference}/{path}").status == 404


def test_somebody_who_is_known_is_entered_again_only_after_a_look(
    app: Flask, reception: Officer
) -> None:
    begin(reception.visitor)

    begin(reception.visitor)
    assert any("is known here already" in line for line in reception.visitor.page.errors)
    with app.app_context():
        assert len(db.session.scalars(select(Case.id)).all()) == 1
    reception.visitor.submit({"is_another": "y"}, button="Begin")

    with app.app_context():
        assert len(db.session.scalars(select(Case.id)).all()) == 2


def test_what_is_asked_of_a_visitor_is_mended_at_the_counter(
    app: Flask, reception: Officer
) -> None:
    reference, _code = filed(reception)
    with app.app_context(), transaction():
        officer = factory.officer()
        case = cases.take(
            reference, actor=officer, seen=case_of(app, reference).version, key=new_uid()
        )
        case = factory.reject(case, "photo", officer)
        until_on = clock.today("Europe/Moscow") + timedelta(days=7)
        cases.ask_correction(
            reference, until_on=until_on, actor=officer, seen=case.version, key=new_uid()
        )
    reception.visitor.open("/en/counter")
    reception.visitor.follow("What is to be mended")
    reception.visitor.follow("Attach")
    reception.visitor.submit({"file": (io.BytesIO(files.jpeg()), "new.jpg")}, button="Attach")

    reception.visitor.submit({}, button="Send what was mended")

    with app.app_context():
        assert case_of(app, reference).state is State.IN_REVIEW


def test_the_officer_is_told_that_a_visitor_hears_nothing_by_themselves(
    app: Flask, reception: Officer
) -> None:
    reference, _code = filed(reception)
    drain(app)
    officer = officer_at(app, Role.OFFICER)
    with app.app_context(), transaction():
        seen = case_of(app, reference).version
        cases.take(reference, actor=officer.actor, seen=seen, key=new_uid())
    officer.visitor.open(f"/en/desk/cases/{reference}")

    officer.visitor.submit({"reason": "not_entitled"}, button="Continue")
    page = officer.visitor.submit({}, button="Refuse the request")

    assert "The request is refused. The applicant has no account" in page.text
    assert "The citizen has been told" not in page.text


def claim(citizen: Citizen, reference: str, code: str, birth: list[str]) -> Page:
    """Enter what stands on a slip."""
    citizen.open("/requests/claim")
    fields = {"reference": reference, "code": code, "birth": birth, "kind": "self"}
    return citizen.submit(fields, "Add the request")


def test_who_holds_the_slip_takes_the_request_into_their_account(
    app: Flask, reception: Officer, citizen: Citizen
) -> None:
    reference, code = filed(reception)

    claim(citizen, reference, code, ["27", "3", "1998"])

    assert citizen.page.heading == "Passport renewal"
    assert "Layan" in citizen.open("/account/people").text
    assert reception.visitor.open(f"/en/requests/{reference}/slip").status == 404
    with app.app_context():
        assert case_of(app, reference).account_id == citizen.account_id
        actions = db.session.scalars(select(AuditEntry.action)).all()
        assert "case_claimed" in actions


@pytest.mark.parametrize("wrong", ["code", "birth", "reference", "taken"])
def test_what_does_not_fit_is_answered_with_the_same_words(
    app: Flask, reception: Officer, citizen: Citizen, wrong: str
) -> None:
    reference, code = filed(reception)
    born = ["27", "3", "1998"]
    if wrong == "taken":
        claim(make_citizen(app), reference, code, born)

    claim(
        citizen,
        str(references.make("JM")) if wrong == "reference" else reference,
        "2222-2222" if wrong == "code" else code,
        ["1", "1", "1990"] if wrong == "birth" else born,
    )

    assert [line[:31] for line in citizen.page.errors] == ["No request can be added with th"]
    with app.app_context():
        assert case_of(app, reference).account_id != citizen.account_id
        assert "case_claim_failed" in db.session.scalars(select(AuditEntry.action)).all()


def test_guessing_is_stopped(citizen: Citizen) -> None:
    for _ in range(11):
        page = claim(citizen, str(references.make("JM")), "2222-2222", ["1", "1", "1990"])

    assert page.status == 429


def test_one_account_that_guesses_closes_a_request_to_nobody_else(
    app: Flask, reception: Officer, citizen: Citizen
) -> None:
    reference, code = filed(reception)
    stranger = make_citizen(app)
    for _ in range(10):
        claim(stranger, reference, "2222-2222", ["1", "1", "1990"])

    claim(citizen, reference, code, ["27", "3", "1998"])

    assert citizen.page.heading == "Passport renewal"


def test_who_holds_a_slip_guesses_no_date_of_birth_from_many_accounts(
    app: Flask, reception: Officer
) -> None:
    reference, code = filed(reception)

    for day in range(1, 6):
        page = claim(make_citizen(app), reference, code, [str(day), "3", "1998"])
        assert page.status == 422
    page = claim(make_citizen(app), reference, code, ["27", "3", "1998"])

    assert page.status == 429
    assert "Please come to the counter" in page.text
    with app.app_context():
        case = case_of(app, reference)
        assert case.account_id is None
        tried = select(AuditEntry.object_uid).where(AuditEntry.action == "case_claim_failed")
        assert db.session.scalars(tried).all() == [case.uid] * 5


def test_without_the_slip_nobody_uses_up_the_dates_of_birth(
    app: Flask, reception: Officer, citizen: Citizen
) -> None:
    reference, code = filed(reception)
    for _ in range(6):
        claim(make_citizen(app), reference, "2222-2222", ["1", "1", "1990"])

    claim(citizen, reference, code, ["27", "3", "1998"])

    assert citizen.page.heading == "Passport renewal"


def acts_of(app: Flask, who: Officer) -> list[str]:
    """Return what the record says that somebody looked at."""
    looks = ("case_opened", "paper_opened", "identity_numbers_seen")
    with app.app_context():
        entries = select(AuditEntry.action).where(
            AuditEntry.actor_id == who.actor.id, AuditEntry.action.in_(looks)
        )
        return list(db.session.scalars(entries.order_by(AuditEntry.id)))


def test_a_look_at_the_papers_of_a_visitor_is_recorded_and_marked(
    app: Flask, reception: Officer
) -> None:
    reference, _code = filed(reception)
    drain(app)
    colleague = officer_at(app, Role.RECEPTIONIST)
    with app.app_context():
        (item,) = [one for one in case_of(app, reference).items if one.key == "photo"]
        document = item.files[0].document
        plain = documents.page_image(document, 1)
        path = f"/en/requests/{reference}/papers/photo/{document.uid}"
    assert acts_of(app, colleague) == []

    shown = [colleague.visitor.client.get(f"{path}{end}").get_data() for end in (".jpg", "/1.jpg")]
    colleague.visitor.open(f"/en/requests/{reference}/slip")

    assert plain not in shown and all(body.startswith(b"\xff\xd8") for body in shown)
    assert acts_of(app, colleague) == ["case_opened", "paper_opened"]


def test_numbers_that_the_counter_shows_are_on_record(app: Flask, reception: Officer) -> None:
    begin(reception.visitor)
    reference = fill(reception.visitor)
    colleague = officer_at(app, Role.RECEPTIONIST)

    page = colleague.visitor.open(f"/en/requests/{reference}/check")

    assert "04010012345" in page.text
    assert acts_of(app, colleague) == ["case_opened", "identity_numbers_seen"]


def count_of_list(app: Flask, reception: Officer) -> int:
    """Return how many statements the page of the counter takes."""
    reception.visitor.open("/en/counter")
    with counted_queries(app) as statements:
        reception.visitor.open("/en/counter")
        return len(statements)


def test_the_counter_asks_the_same_few_questions_however_much_was_filed(
    app: Flask, reception: Officer
) -> None:
    begin(reception.visitor)
    few = count_of_list(app, reception)

    for n in range(3):
        reception.visitor.open("/en/counter/new/PASS_RENEW")
        reception.visitor.submit({**VISITOR, "national_number": f"0401001000{n}"}, button="Begin")

    assert count_of_list(app, reception) == few
