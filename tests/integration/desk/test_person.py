"""The page on which staff correct the person of a case."""

import pytest
from flask import Flask

from app.accounts.rules import Details
from app.cases import queries
from app.core.actor import SYSTEM, Role
from tests.integration.desk.conftest import Officer, officer_at, submitted, taken


def details_of(app: Flask, reference: str) -> Details:
    with app.app_context():
        return Details.from_json(queries.get_case(reference, SYSTEM).person.details or {})


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_an_officer_corrects_a_name(app: Flask, officer: Officer, language: str) -> None:
    reference = taken(app, officer)
    number = details_of(app, reference).national_number

    page = officer.visitor.open(f"/{language}/desk/cases/{reference}/person")
    assert page.status == 200 and number not in str(page.text)
    page = officer.visitor.submit({"first_ar": "رنا", "father_latin": "Samer"})

    assert page.url == f"/{language}/desk/cases/{reference}"
    now = details_of(app, reference)
    assert (now.first_ar, now.father_latin, now.national_number) == ("رنا", "Samer", number)


def test_the_history_tells_of_the_correction(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Correct the person")

    page = officer.visitor.submit({"national_number": "٠١٢٣٤٥٦٧٨٩٠"})

    assert "Details of the person corrected" in page.text
    assert details_of(app, reference).national_number == "01234567890"


def test_covered_numbers_stand_in_no_field(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    number = details_of(app, reference).national_number

    officer.visitor.open(f"/en/desk/cases/{reference}/person")
    body = officer.visitor.client.get(f"/en/desk/cases/{reference}/person").text

    assert number not in body and number[-3:] in body


def test_a_name_in_the_wrong_letters_is_refused(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/person")

    page = officer.visitor.submit({"first_ar": "Rana"})

    assert page.status == 422
    assert "Write this in Arabic letters." in page.errors[0]


def test_who_does_not_hold_the_case_is_led_back(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    other = officer_at(app, Role.OFFICER)

    page = other.visitor.open(f"/en/desk/cases/{reference}/person")

    assert page.url == f"/en/desk/cases/{reference}"
    assert "Correct the person" not in page.text


def test_the_head_corrects_what_nobody_holds(app: Flask) -> None:
    reference = submitted(app)
    head = officer_at(app, Role.HEAD)

    head.visitor.open(f"/en/desk/cases/{reference}/person")
    head.visitor.submit({"first_ru": "Рана"})

    assert details_of(app, reference).first_ru == "Рана"


def test_an_old_form_is_told_what_happened_meanwhile(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/person")
    old = officer.visitor.page
    officer.visitor.submit({"first_ru": "Рана"})

    officer.visitor.page = old
    page = officer.visitor.submit({"first_ru": "Лаян", "key": "another"})

    assert page.status == 409
    assert details_of(app, reference).first_ru == "Рана"
