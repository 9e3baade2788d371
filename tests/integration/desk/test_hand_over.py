"""A document handed over: to whom, by which papers, with a signed receipt; and what is printed."""

from collections.abc import Mapping

import pytest
from flask import Flask

from app.cases import queries, receipts
from app.cases.rules import State
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from tests.factories import letters, people
from tests.integration.desk.conftest import Officer, officer_at
from tests.integration.portal.conftest import make_citizen
from tests.visitor import Page

PERSON = {
    "receiver": "applicant",
    "shown": "passport",
    "ending": "N012345678",
    "unpaid": "y",
    "is_signed": "y",
}
PROXY = {
    "receiver": "proxy",
    "shown": "residence_permit",
    "ending": "4821",
    "proxy": "سامر الحلبي",
    "authority": "notarised",
    "authority_number": "№ 77/12",
    "unpaid": "y",
    "is_signed": "y",
}


def ready(app: Flask, officer: Officer) -> str:
    with app.app_context(), transaction():
        letters.publish()
        return letters.ready(people.account(), officer.actor).reference


def hand_over(officer: Officer, reference: str, sent: Mapping[str, str]) -> Page:
    officer.visitor.open(f"/en/desk/cases/{reference}/hand-over")
    return officer.visitor.submit(sent, button="Hand over")


def test_who_came_is_kept_sealed_and_shortened(app: Flask, officer: Officer) -> None:
    reference = ready(app, officer)

    page = hand_over(officer, reference, PERSON)

    assert "The document has been handed over." in page.text
    assert f"Handed over to the applicant in person, receipt {reference}/R1" in page.text
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        row = receipts.find(case.id)
        assert case.state is State.COMPLETED and row is not None
        assert row.ending == "5678" and b"5678" not in row.sealed_ending
        assert queries.list_events(case.id)[-1].details == {
            "receiver": "applicant",
            "sheet": f"{reference}/R1",
            "is_unpaid": True,
        }


def test_a_proxy_comes_with_name_and_paper(app: Flask, officer: Officer) -> None:
    reference = ready(app, officer)

    page = hand_over(officer, reference, PROXY)

    assert "Handed over to somebody with authority" in page.text
    assert "سامر الحلبي" in page.text and "№ 77/12" in page.text
    with app.app_context():
        row = receipts.find(queries.get_id(reference, SYSTEM))
        assert row is not None and row.proxy == "سامر الحلبي"
        assert "سامر".encode() not in (row.sealed_proxy or b"")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (PERSON | {"ending": " "}, "Enter the last characters"),
        ({**PERSON, "is_signed": ""}, "The receipt is signed before"),
        ({**PERSON, "unpaid": ""}, "Take the fee first"),
        (PERSON | {"shown": "national_id"}, "The number on file ends otherwise"),
        (PROXY | {"proxy": ""}, "Enter the name of who came"),
        (PROXY | {"authority_number": ""}, "Enter number or day"),
        ({**PROXY, "authority": ""}, "Choose by which paper"),
    ],
)
def test_what_is_missing_is_said_where_it_is_asked(
    app: Flask, officer: Officer, sent: dict[str, str], said: str
) -> None:
    reference = ready(app, officer)

    page = hand_over(officer, reference, {key: text for key, text in sent.items() if text})

    assert page.status == 422 and any(said in error for error in page.errors), page.errors
    with app.app_context():
        assert queries.get_case(reference, SYSTEM).state is State.READY


def test_a_fee_that_is_owed_is_said_after_the_hand_over(app: Flask, officer: Officer) -> None:
    page = hand_over(officer, ready(app, officer), PERSON)

    assert "Not paid" in page.text
    assert "The fee was not paid, and the officer knew it" in page.text


def test_another_number_than_that_on_file_is_confirmed(app: Flask, officer: Officer) -> None:
    reference = ready(app, officer)
    sent = PERSON | {"shown": "national_id"}
    hand_over(officer, reference, sent)

    page = officer.visitor.submit(sent | {"other_number": "y"}, button="Hand over")

    assert "The document has been handed over." in page.text
    assert "The number that was shown is not the one on file" in page.text


def test_a_guardian_comes_for_a_child_and_is_named(app: Flask, officer: Officer) -> None:
    reference = ready(app, officer)
    adult = officer.visitor.open(f"/en/desk/cases/{reference}/hand-over")
    assert "A parent or guardian" not in adult.text
    with app.app_context(), transaction():
        person = queries.get_case(reference, SYSTEM).person
        person.details = {**(person.details or {}), "birth": "2019-03-27"}
    sent = PERSON | {"receiver": "guardian"}

    assert hand_over(officer, reference, sent).status == 422
    page = officer.visitor.submit(sent | {"proxy": "هدى ديب"}, button="Hand over")

    assert "The document has been handed over." in page.text and "هدى ديب" in page.text


def test_twice_sent_is_handed_over_once_and_an_old_page_is_told(
    app: Flask, officer: Officer
) -> None:
    reference = ready(app, officer)
    address = f"/en/desk/cases/{reference}/hand-over"
    officer.visitor.open(address)
    form = officer.visitor.page
    officer.visitor.submit(PERSON, button="Hand over")
    officer.visitor.page = form

    again = officer.visitor.submit(PERSON, button="Hand over")

    assert again.status == 200
    with app.app_context():
        events = queries.list_events(queries.get_id(reference, SYSTEM))
        assert [event.action.value for event in events].count("handed_over") == 1
    assert officer.visitor.open(address).status == 409


def test_the_citizen_reads_to_whom_and_what_to_bring(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        letters.publish()
    citizen = make_citizen(app)
    reference = citizen.make("accepted")
    slip = citizen.open(f"/requests/{reference}/slip")
    assert "an identity document with a photo" in slip.text
    assert "your written authority" in slip.text

    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.submit(button="The document is ready")
    hand_over(officer, reference, PROXY)

    page = citizen.open(f"/requests/{reference}")
    assert "handed over to somebody with the applicant’s authority" in page.text
    assert "سامر" not in page.text


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_receipt_and_file_are_printed(app: Flask, officer: Officer, language: str) -> None:
    reference = ready(app, officer)
    base = f"/{language}/desk/cases/{reference}"
    empty = officer.visitor.open(f"{base}/receipt")
    assert empty.language == "ar"  # that of the citizen
    tools = empty.by_class("p-tools")[0]
    assert tools.get("lang") == language and next(tools.iter("a")).get("href") == base
    assert officer.visitor.open(f"{base}/receipt?in=ru").language == "ru"
    assert empty.status == 200 and len(empty.by_class("p-blank")) == 6

    hand_over(officer, reference, PROXY)

    signed = officer.visitor.open(f"{base}/receipt")
    assert "№ 77/12" in signed.text and f"{reference}/R1" in signed.text
    paper = officer.visitor.open(f"{base}/file")
    assert paper.status == 200 and reference in paper.text and "№ 77/12" in paper.text
    with app.app_context():
        details = queries.get_case(reference, SYSTEM).person.details or {}
    assert "Казань" in paper.text and details["national_number"] not in paper.text


def test_another_post_sees_none_of_it(app: Flask, officer: Officer) -> None:
    reference = ready(app, officer)
    other = officer_at(app, Role.OFFICER, post="berlin", prefix="JB")

    statuses = {
        other.visitor.open(f"/en/desk/cases/{reference}/{page}").status
        for page in ("hand-over", "receipt", "file", "document/1.pdf")
    }

    assert statuses == {404}
