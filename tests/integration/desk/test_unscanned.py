"""While a file was not found clean a case can be sent and read, and nothing is decided on it."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from app.cases import queries
from app.cases import services as cases
from app.cases.rules import State
from app.core.actor import Role
from app.core.db import new_uid, transaction
from app.core.errors import Invalid
from app.documents.scanner import TEST_VIRUS
from tests import scanners
from tests.factories import files
from tests.integration.desk.conftest import Officer, officer_at, taken
from tests.integration.desk.test_review import case_of, opened, uids, verdicts
from tests.visitor import Page

pytestmark = pytest.mark.proves("S29", "upload_content-002")
NOWHERE = "clamd://127.0.0.1:1"


def has_accept(page: Page) -> bool:
    """Return whether the page offers to accept the request."""
    return any(one.get("value") == "accept" for one in page.root.iter("button"))


def waiting(app: Flask, by: Officer) -> str:
    """Return the reference of a case whose photo the scanner did not look at."""
    with scanners.scanner_at(app, NOWHERE):
        return taken(app, by, photo=files.jpeg(60, 60))


@pytest.mark.parametrize(
    ("language", "why"),
    [("en", "scanner cannot be reached"), ("ru", "недоступна"), ("ar", "يتعذّر الاتصال")],
)
def test_the_page_says_why_nothing_can_be_decided(
    app: Flask, officer: Officer, language: str, why: str
) -> None:
    reference = waiting(app, officer)
    photo = uids(app, reference, officer)["photo"]

    page = opened(officer, reference, language, f"?paper={photo}")
    assert has_accept(opened(officer, taken(app, officer)))

    assert page.status == 200
    assert why in page.text
    assert not has_accept(page)


def test_whoever_only_reads_the_case_is_told_as_well(app: Flask, officer: Officer) -> None:
    reference = waiting(app, officer)

    page = opened(officer_at(app, Role.HEAD), reference)

    assert "One paper was not found free of viruses yet" in page.text


@pytest.mark.parametrize("decision", ["accept", "refuse"])
def test_no_decision_is_taken_on_what_was_not_found_clean(
    app: Flask, officer: Officer, decision: str
) -> None:
    reference = waiting(app, officer)

    with app.app_context(), transaction(), pytest.raises(Invalid) as refused:
        case = case_of(reference, officer)
        decide = cases.accept
        if decision == "refuse":
            decide = partial(cases.refuse, reason_code="incomplete", note="")
        decide(reference, actor=officer.actor, seen=case.version, key=new_uid())
    assert "free of viruses" in refused.value.sentence()


def test_a_paper_that_was_not_found_clean_is_not_accepted_but_may_be_asked_for_again(
    app: Flask, officer: Officer
) -> None:
    reference = waiting(app, officer)

    officer.visitor.open(f"/en/desk/cases/{reference}")
    page = officer.visitor.submit(verdicts(app, reference, officer), button="Save")
    assert "this cannot be said of it" in page.text

    officer.visitor.open(f"/en/desk/cases/{reference}")
    asked = verdicts(app, reference, officer, photo="background")
    page = officer.visitor.submit(asked, button="Save")
    assert page.status == 200
    assert "free of viruses" not in page.text


def test_an_infected_file_is_said_to_be_one_and_blocks_the_decision(
    app: Flask, officer: Officer
) -> None:
    with scanners.clamd() as clamd, scanners.scanner_at(app, clamd.address):
        reference = taken(app, officer, photo=files.jpeg(60, 60) + TEST_VIRUS)
    photo = uids(app, reference, officer)["photo"]

    page = opened(officer, reference, query=f"?paper={photo}")

    assert "The virus scanner has refused this file" in page.text
    assert not has_accept(page)
    assert officer.visitor.open(f"/en/desk/cases/{reference}/papers/{photo}/1.jpg").status == 404


def test_a_case_whose_files_wait_is_sent_all_the_same(app: Flask, officer: Officer) -> None:
    reference = waiting(app, officer)

    with app.app_context():
        assert queries.get_case(reference, officer.actor).state is State.IN_REVIEW


def test_the_head_reads_on_the_page_of_the_day_that_files_wait(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(app, officer)
    head = officer_at(app, Role.HEAD)
    words = "Files that wait for the virus scanner"
    assert words not in head.visitor.open("/en/desk").text

    monkeypatch.setattr("app.desk.views.OVERDUE", timedelta(hours=-1))

    assert words in head.visitor.open("/en/desk").text
    assert words not in officer.visitor.open("/en/desk").text
