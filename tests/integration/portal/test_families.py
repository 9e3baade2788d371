"""Filing for several persons, as the one who files sees it; and what staff see of it."""

import io
from typing import Any

import pytest
from flask import Flask

from app.accounts import queries as accounts
from app.accounts.models import Account
from app.cases import queries
from app.cases.family import queries as together
from app.cases.rules import State
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import families, files
from tests.integration.desk.conftest import officer_at
from tests.integration.portal.conftest import (
    DECLARATION,
    STAY,
    TRAVEL,
    Citizen,
    case_of,
    make_citizen,
)
from tests.visitor import values_of

NAME = "Layan Al Halabi"


@pytest.fixture
def parent(app: Flask) -> Citizen:
    """Be a citizen with two persons."""
    citizen = make_citizen(app)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        factory.person(account, "سامي")
    return citizen


def people_of(app: Flask, citizen: Citizen) -> list[str]:
    with app.app_context():
        return [person.uid for person, _kind in accounts.list_persons(citizen.account_id)]


def begin(app: Flask, parent: Citizen) -> str:
    parent.open("/requests/new/PASS_RENEW")
    parent.submit({"person": people_of(app, parent), "variant": "regular"}, "Begin")
    return parent.page.url.split("/")[3]


def answer(parent: Citizen, reference: str) -> None:
    pages: dict[str, dict[str, Any]] = {
        "travel_document": TRAVEL,
        "stay_in_russia": STAY,
        "declaration": DECLARATION,
    }
    for key, values in pages.items():
        parent.open(f"/requests/{reference}/page/{key}")
        parent.submit(values, "Save and continue")
        assert parent.page.errors == []


def references(app: Flask, reference: str) -> list[str]:
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        return [one.reference for one in together.members_of(case, SYSTEM)]


def make(app: Flask, parent: Citizen, stage: str, count: int = 2) -> list[str]:
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, parent.account_id)
        made = getattr(families, stage)(account, count)
        return [case.reference for case in made]


def test_two_persons_are_filed_for_from_beginning_to_end(app: Flask, parent: Citizen) -> None:
    first = begin(app, parent)
    first, second = references(app, first)
    answer(parent, first)
    answer(parent, second)
    for reference in (first, second):
        for paper in ("photo", "old_passport", "civil_extract"):
            parent.attach(reference, paper, files.jpeg(), "ورقة.jpg")
    parent.open(f"/requests/{first}/check")
    assert parent.page.heading == "Check and send together"

    parent.submit({}, "Send 2 requests")

    assert parent.page.heading == "The request was sent"
    assert first in parent.page.text and second in parent.page.text
    with app.app_context():
        states = {case_of(app, one).state for one in (first, second)}
    assert states == {State.SUBMITTED}
    parent.visitor.follow("Print the slip")
    assert second in parent.page.text
    assert "Fee for all of them" in parent.page.text


def test_the_page_says_for_whom_something_is_missing(app: Flask, parent: Citizen) -> None:
    first = begin(app, parent)

    parent.open(f"/requests/{first}/together")

    assert "Something is missing" in parent.page.text
    assert "Send 2 requests" not in parent.page.text


def test_an_address_is_taken_over_visibly_and_saved_by_the_reader(
    app: Flask, parent: Citizen
) -> None:
    first, second = references(app, begin(app, parent))
    answer(parent, first)
    parent.open(f"/requests/{second}/page/travel_document")
    assert "Take over what was entered" not in parent.page.text

    parent.open(f"/requests/{second}/page/stay_in_russia")
    parent.visitor.follow(f"Take over what was entered for {NAME}")

    assert values_of(parent.page.form("Save and continue"))["city"] == "قازان"
    with app.app_context():
        assert queries.answers_of_page(case_of(app, second), "stay_in_russia") is None


def test_a_stranger_takes_over_nothing(app: Flask, parent: Citizen) -> None:
    first, second = references(app, begin(app, parent))
    answer(parent, first)
    stranger = make_citizen(app)
    theirs = begin(app, stranger)

    stranger.open(f"/requests/{theirs}/page/stay_in_russia?as={first}")

    assert values_of(stranger.page.form("Save and continue"))["city"] == ""
    assert second not in stranger.page.text


def test_a_page_says_which_of_the_persons_it_is_about(app: Flask, parent: Citizen) -> None:
    first, second = make(app, parent, "begun")

    for n, reference in enumerate((first, second), start=1):
        parent.open(f"/requests/{reference}/page/travel_document")
        assert f"Person {n} of 2" in parent.page.text


def test_all_of_a_filing_are_worked_on_in_one_way(app: Flask, parent: Citizen) -> None:
    references = make(app, parent, "complete")
    parent.open(f"/requests/{references[1]}/speed")

    parent.submit({"variant": "urgent"}, "Save")

    assert parent.page.heading == "Check and send together"
    with app.app_context():
        assert {case_of(app, one).variant for one in references} == {"urgent"}


def begin_for_children(app: Flask, parent: Citizen) -> list[str]:
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, parent.account_id)
        return [case.reference for case in families.begun(account, birth="2015-03-27")]


def test_one_file_serves_for_all(app: Flask, parent: Citizen) -> None:
    first, second = begin_for_children(app, parent)
    parent.open(f"/requests/{first}/papers/guardianship")
    day = clock.today("Europe/Moscow")
    parent.submit({"issued_on": [str(day.day), str(day.month), str(day.year)]}, "Continue")
    file = {"file": (io.BytesIO(files.pdf()), "دفتر العائلة.pdf")}

    parent.submit({**file, "for_all": "y"}, "Attach")

    parent.open(f"/requests/{second}/papers")
    assert "دفتر العائلة.pdf" in parent.page.text


def test_what_is_ones_own_is_not_attached_for_all(app: Flask, parent: Citizen) -> None:
    first, second = begin_for_children(app, parent)
    parent.open(f"/requests/{first}/papers/photo")
    assert "for everybody" not in parent.page.text

    parent.submit({"file": (io.BytesIO(files.jpeg()), "صورتي.jpg"), "for_all": "y"}, "Attach")

    assert "صورتي.jpg" in parent.open(f"/requests/{first}/papers").text
    assert "صورتي.jpg" not in parent.open(f"/requests/{second}/papers").text


def test_each_request_names_the_others(app: Flask, parent: Citizen) -> None:
    first, second = make(app, parent, "submitted")

    parent.open(f"/requests/{first}")
    assert "Filed together" in parent.page.text
    assert second in parent.page.text

    officer = officer_at(app, Role.OFFICER)
    page = officer.visitor.open(f"/en/desk/cases/{first}")
    assert "Filed together" in page.text
    assert second in page.text


def test_another_tab_that_changed_something_is_seen_again(app: Flask, parent: Citizen) -> None:
    first, second = make(app, parent, "complete")
    parent.open(f"/requests/{first}/together")
    other = parent.another_tab()
    other.open(f"/requests/{second}/page/stay_in_russia")
    other.submit({**STAY, "city": "حلب"}, "Save and continue")

    page = parent.submit({}, "Send 2 requests")

    assert page.status == 409
    with app.app_context():
        assert case_of(app, first).state is State.DRAFT
