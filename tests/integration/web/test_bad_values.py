"""Values that no page of ours offers: each does nothing, and is said so in plain words."""

import logging
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from app.accounts import rules as persons
from app.accounts.models import Person, StaffRole
from app.cases.models import Case, CaseEvent
from app.cases.rules import State
from app.core import reference as references
from app.core.actor import Role
from app.core.db import db, transaction
from app.web.access import Audience, policy_of
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, officer_at, taken
from tests.integration.desk.test_queue import found, search, sent
from tests.integration.portal.conftest import Citizen, case_of, make_citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    """Be somebody who is signed in."""
    return make_citizen(app)


FOREIGN = {
    "id": "1",
    "uid": "f" * 32,
    "account_id": "2",
    "owner_id": "2",
    "post_id": "9",
    "role": "admin",
    "status": "approved",
    "state": "completed",
    "fingerprint": "0" * 32,
    "verified_at": "2026-01-01",
}
"""Names of columns, and what somebody would like them to hold."""


@pytest.mark.proves("S34", "access-004")
def test_fields_that_a_form_does_not_have_change_nothing(citizen: Citizen) -> None:
    with citizen.app.app_context():
        before = db.session.scalars(select(Person)).one()
        kept = (before.id, before.uid, before.data_key_id)
        uid = before.uid
    citizen.open(f"/account/people/{uid}")

    page = citizen.submit({**FOREIGN, "family_latin": "AL-HALABI"}, "Save")

    assert page.status == 200
    with citizen.app.app_context():
        row = db.session.scalars(select(Person)).one()
        assert persons.Details.from_json(row.details or {}).family_latin == "AL-HALABI"
        assert (row.id, row.uid, row.data_key_id) == kept
        assert row.fingerprint != "0" * 32


@pytest.mark.proves("S34", "access-004")
def test_nobody_sends_a_request_into_a_state_or_to_a_post(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/messages")

    citizen.submit({**FOREIGN, "text": "نص"}, "Send")

    with citizen.app.app_context():
        case = case_of(citizen.app, reference)
        assert (case.state, case.account_id) == (State.SUBMITTED, citizen.account_id)
        assert db.session.scalar(select(func.count(Case.id))) == 1


@pytest.mark.proves("S34", "access-004")
def test_fields_named_as_columns_are_logged_as_an_attempt_without_what_they_held(
    citizen: Citizen, caplog: pytest.LogCaptureFixture
) -> None:
    with citizen.app.app_context():
        uid = db.session.scalars(select(Person)).one().uid
    citizen.open(f"/account/people/{uid}")

    citizen.submit({**FOREIGN, "family_latin": "AL-HALABI"}, "Save")

    (record,) = [one for one in caplog.records if one.name == "app.web.unasked"]
    assert vars(record)["who"] == f"citizen:{citizen.account_id}"
    assert set(vars(record)["fields"]) == FOREIGN.keys()
    assert "approved" not in str(vars(record)) and "HALABI" not in str(vars(record))


def test_a_form_as_it_is_shown_is_no_attempt(
    citizen: Citizen, caplog: pytest.LogCaptureFixture
) -> None:
    with citizen.app.app_context():
        uid = db.session.scalars(select(Person)).one().uid
    citizen.open(f"/account/people/{uid}")

    citizen.submit({"family_latin": "AL-HALABI"}, "Save")

    assert not [one for one in caplog.records if one.name == "app.web.unasked"]


@pytest.mark.proves("access-002")
def test_who_asks_for_the_request_of_somebody_else_is_named_in_the_log(
    citizen: Citizen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.web.misses")
    citizen.make("draft")
    with citizen.app.app_context(), transaction():
        foreign = factory.submitted(people.account()).reference
    asked = pages_of(citizen.app, foreign)
    assert len(asked) > 15

    for endpoint, path in asked.items():
        caplog.clear()
        assert citizen.visitor.client.get(path).status_code == 404, endpoint
        record = next(one for one in caplog.records if one.name == "app.web.misses")
        assert vars(record)["who"] == f"citizen:{citizen.account_id}"
        assert vars(record)["endpoint"] == endpoint and foreign not in str(vars(record))


def pages_of(app: Flask, reference: str) -> dict[str, str]:
    """Return an address for every page of citizens that is about one request, by endpoint."""
    pages = app.url_map.bind("localhost")
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        is_page = "GET" in (rule.methods or ()) and "reference" in rule.arguments
        if is_page and policy_of(app, rule.endpoint).audience is Audience.CITIZEN:
            values = {name: "1" for name in rule.arguments} | {"reference": reference}
            values |= {"lang": "en"} if "lang" in rule.arguments else {}
            found[rule.endpoint] = pages.build(rule.endpoint, values)
    return found


@pytest.mark.proves("S39", "access-006")
def test_what_is_decided_is_neither_withdrawn_nor_changed(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/withdraw")
    form = citizen.page
    officer = officer_at(citizen.app, Role.HEAD)
    with citizen.app.app_context(), transaction():
        case_of(citizen.app, reference).state = State.COMPLETED
    citizen.visitor.page = form

    page = citizen.submit({}, "Withdraw this request")

    assert page.status == 409 and page.link("To my request")
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).state is State.COMPLETED
        actions = select(CaseEvent.action).where(CaseEvent.action == "withdrawn")
        assert db.session.scalars(actions).all() == []
    assert officer.visitor.open(f"/en/desk/cases/{reference}").status == 200


@pytest.mark.proves("access-008")
def test_a_role_that_was_taken_away_meanwhile_is_gone_with_the_next_request(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}")
    with app.app_context(), transaction():
        db.session.execute(delete(StaffRole).where(StaffRole.staff_id == officer.actor.id))

    page = officer.visitor.submit({}, button="Give back to the queue")

    # Whose right it is not any more finds what anybody else finds: nothing.
    assert page.status == 404
    with app.app_context():
        events = select(CaseEvent.action).order_by(CaseEvent.id.desc()).limit(1)
        assert db.session.scalar(events) == "taken"


@pytest.mark.proves("access-012")
def test_who_tries_one_address_after_the_other_is_named_in_the_log(
    citizen: Citizen, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        assert citizen.open(f"/requests/{references.make('JM')}").status == 404

    (record,) = [one for one in caplog.records if one.name == "app.web.misses"]
    assert vars(record)["who"] == f"citizen:{citizen.account_id}"
    assert vars(record)["endpoint"] == "requests.show"
    assert "JM-" not in str(vars(record))


WORDS = [
    "x" * 10_000,
    "%",
    "_",
    "\\",
    "*",
    '"unclosed',
    "((((((",
    "a AND OR",
    "a OR",
    "NEAR(",
    "(a+)+$" + "a" * 500 + "!",
    "' OR 1=1 --",
    "'); DROP TABLE cases;--",
    "\u202e",
    "ﷺ" * 500,
]


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
@pytest.mark.proves("S21", "search-001", "names_text-015")
def test_what_is_searched_for_is_text_and_nothing_else(
    app: Flask, officer: Officer, words: str
) -> None:
    (reference,) = sent(app)
    officer.visitor.open("/en/desk")

    at_desk = search(officer.visitor, words)
    public = people.citizen_visitor(app).client.get("/en/services", query_string={"q": words})

    assert (at_desk.status, public.status_code) == (200, 200)
    assert found(at_desk.text) == []
    assert reference in officer.visitor.open("/en/desk/queue?tab=new").text
    with app.app_context():
        assert db.session.scalar(select(func.count(Case.id))) == 1


@pytest.mark.proves("search-001")
def test_a_nul_in_an_address_is_no_page(app: Flask) -> None:
    assert app.test_client().get("/en/services?q=%00").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "order=sideways",
        "order=password_hash",
        "order=1;select",
        "sort=password_hash",
        "filter[owner]=*",
        "col=password_hash",
        "col=applicant&col=sealed_details",
        "col=applicant&order=x&order=sent",
    ],
)
@pytest.mark.proves("S21", "search-003")
def test_an_order_or_a_column_that_is_not_offered_is_the_usual_one(
    app: Flask, officer: Officer, query: str
) -> None:
    references = sent(app, 2)

    page = officer.visitor.open(f"/en/desk/queue?tab=new&{query}")

    assert page.status == 200
    assert found(page.text) == references
    assert "password" not in page.text and "sealed" not in page.text


VALUES: list[dict[str, Any]] = [{"family_latin": ["ALHALABI", "OTHER"]}, {"family_latin": []}]


@pytest.mark.proves("S34")
def test_of_two_values_of_one_field_the_first_counts(citizen: Citizen) -> None:
    with citizen.app.app_context():
        uid = db.session.scalars(select(Person.uid)).one()
    citizen.open(f"/account/people/{uid}")

    citizen.submit(VALUES[0], "Save")

    with citizen.app.app_context():
        row = db.session.scalars(select(Person)).one()
        assert persons.Details.from_json(row.details or {}).family_latin == "ALHALABI"
