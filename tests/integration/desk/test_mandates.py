"""Checking the authority of who filed a request, on the officer's pages."""

import pytest
from flask import Flask

from app.cases import queries
from app.cases.mandates import principals
from app.cases.mandates import queries as mandates
from app.cases.mandates.rules import MandateState
from app.core.actor import Role
from app.core.db import transaction
from tests.factories import cases as factory
from tests.factories import mandates as papers
from tests.factories import people
from tests.integration.desk.conftest import Officer, officer_at


@pytest.fixture
def reference(app: Flask, officer: Officer) -> str:
    """Name a request that an agent filed and this officer has in hand."""
    with app.test_request_context(), transaction():
        factory.offer()
        agent = people.account()
        person = papers.person_of(agent)
        papers.give(agent, person)
        return papers.taken(agent, person, officer.actor).reference


def state_of(app: Flask, officer: Officer, reference: str) -> MandateState:
    with app.app_context():
        mandate = mandates.find_of_case(queries.get_case(reference, officer.actor))
        assert mandate is not None
        return mandate.state


def test_the_case_page_says_by_what_right_it_was_filed(officer: Officer, reference: str) -> None:
    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    assert "An agent acts by power of attorney" in page.text
    assert "Check the authority to act for the applicant before you accept." in page.text


def test_an_officer_accepts_the_paper_and_the_warning_goes(
    app: Flask, officer: Officer, reference: str
) -> None:
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Show and check the paper")
    assert "412/2026" in officer.visitor.page.text

    page = officer.visitor.submit({"verdict": "accept"}, button="Save")

    assert state_of(app, officer, reference) is MandateState.ACCEPTED
    assert "The authority is accepted." in page.text
    assert "Check the authority to act" not in page.text


def test_the_citizen_reads_why_it_was_not_accepted(
    app: Flask, officer: Officer, reference: str
) -> None:
    officer.visitor.open(f"/en/desk/cases/{reference}/authority")
    page = officer.visitor.submit({"verdict": "reject", "reason": ""}, button="Save")
    assert any("Say why" in text for text in page.errors)

    officer.visitor.submit({"verdict": "reject", "reason": "بلا ختم"}, button="Save")

    assert state_of(app, officer, reference) is MandateState.REJECTED
    assert "was not accepted" in officer.visitor.page.text


def test_accepting_the_request_before_the_authority_is_refused(
    officer: Officer, reference: str
) -> None:
    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    verdicts = {
        str(field.get("name")): "accepted"
        for field in page.form("Accept the request").iter("input")
        if (field.get("name") or "").startswith("verdict-")
    }

    page = officer.visitor.submit(verdicts, button="Accept the request")

    assert page.status == 422
    assert "Check the authority to act for the applicant before you accept." in page.text


def test_the_applicants_own_request_shows_no_authority(app: Flask, officer: Officer) -> None:
    with app.test_request_context(), transaction():
        reference = factory.taken(people.account(), officer.actor).reference

    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    assert "acts by power of attorney" not in page.text
    assert officer.visitor.open(f"/en/desk/cases/{reference}/authority").status == 404


def test_an_officer_reads_that_the_principal_revoked_an_earlier_paper(
    app: Flask, officer: Officer, reference: str
) -> None:
    with app.test_request_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        first = mandates.find_of_case(case)
        assert first is not None and first.authority.account is not None
        principals.revoke(*principals.path_of(first).split("/")[-2:])
        papers.give(first.authority.account, case.person)

    page = officer.visitor.open(f"/en/desk/cases/{reference}/authority")

    assert "An earlier paper was revoked by the principal on" in page.text
    assert "has not confirmed this one" in page.text


def test_a_colleague_reads_the_paper_and_decides_nothing(app: Flask, reference: str) -> None:
    colleague = officer_at(app, Role.OFFICER)

    page = colleague.visitor.open(f"/en/desk/cases/{reference}/authority")

    assert "412/2026" in page.text
    assert "Whoever has the request in hand decides this, or the head." in page.text
    assert "What is decided?" not in page.text
