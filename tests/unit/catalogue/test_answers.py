"""What a citizen types on a page, and what becomes of it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from app.catalogue.answers import engine as answers
from app.catalogue.answers.engine import Applicant
from app.catalogue.definition.elements import Page

TODAY = date(2026, 11, 23)
PageOf = Callable[..., Page]


def question(key: str, kind: str, **more: object) -> dict[str, Any]:
    return {"key": key, "kind": kind, "label": {"ar": key}, **more}


def choices(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "label": {"ar": key}} for key in keys]


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (question("q", "short_text"), {"q": ["  دمشق \n القديمة "]}, "دمشق القديمة"),
        (question("q", "short_text"), {"q": ["first", "second"]}, "first"),
        (question("q", "short_text"), {"q": ["س" * 200]}, "س" * 200),
        (question("q", "long_text"), {"q": ["one\r\ntwo"]}, "one\ntwo"),
        (question("q", "number"), {"q": ["٤٢"]}, 42),
        (question("q", "number"), {"q": ["۱٬۰۰۰"]}, 1000),
        (question("q", "number"), {"q": ["-7"]}, -7),
        (question("q", "money"), {"q": ["1,50"]}, {"amount": 150, "currency": "USD"}),
        (question("q", "money"), {"q": ["١٫٥٠"]}, {"amount": 150, "currency": "USD"}),
        (
            question("q", "money"),
            {"q.amount": ["200"], "q.currency": ["EUR"]},
            {"amount": 20000, "currency": "EUR"},
        ),
        (question("q", "date"), {"q": ["2026-01-31"]}, "2026-01-31"),
        (question("q", "date"), {"q": ["٣١/٠١/٢٠٢٦"]}, "2026-01-31"),
        (question("q", "date"), {"q": ["31.1.2026"]}, "2026-01-31"),
        (
            question("q", "date"),
            {"q.day": ["٩"], "q.month": ["۲"], "q.year": ["1998"]},
            "1998-02-09",
        ),
        (question("q", "year_or_date"), {"q.day": [""], "q.year": ["١٩٥٥"]}, "1955"),
        (question("q", "year_or_date"), {"q": ["1955"]}, "1955"),
        (question("q", "year_or_date"), {"q": ["9.2.1955"]}, "1955-02-09"),
        (question("q", "yes_no"), {"q": ["yes"]}, True),
        (question("q", "yes_no"), {"q": ["no"]}, False),
        (question("q", "choice", choices=choices("a", "b")), {"q": ["b"]}, "b"),
        (question("q", "choices", choices=choices("a", "b", "c")), {"q": ["c", "a"]}, ["a", "c"]),
        (question("q", "country"), {"q": ["SY"]}, "SY"),
        (question("q", "email"), {"q": [" Amal@Example.ORG "]}, "Amal@example.org"),
        (question("q", "email"), {"q": ["a@домен.рф"]}, "a@домен.рф"),
        (question("q", "date"), {"q": ["27 марта 1998"]}, "1998-03-27"),
        (question("q", "date"), {"q": ["٢٧ كانون الثاني ١٩٩٨"]}, "1998-01-27"),
        (
            question("q", "date"),
            {"q.day": ["27"], "q.month": ["آذار"], "q.year": ["1998"]},
            "1998-03-27",
        ),
        (question("q", "date"), {"q.year": ["27.3.1998"]}, "1998-03-27"),
        (question("q", "year_or_date"), {"q.day": ["١٩٩٨"]}, "1998"),
        (question("q", "year_or_date"), {"q.day": ["27 March 1998"]}, "1998-03-27"),
        (question("q", "phone"), {"q": ["8 (916) 123-45-67"]}, "+79161234567"),
        (question("q", "phone"), {"q": ["+٧٩١٦١٢٣٤٥٦٧"]}, "+79161234567"),
        (question("q", "phone"), {"q": ["00963 944 123 456"]}, "+963944123456"),
        (question("q", "phone"), {"q": ["+7 701 123 45 67"]}, "+77011234567"),
        (question("q", "national_number"), {"q": ["٠١٠-٢٠٣٠ ٤٠٥٠"]}, "01020304050"),
        (question("q", "name_ar"), {"q": ["مُحَمَّد عبد الله"]}, "مُحَمَّد عبد الله"),
        (question("q", "name_latin"), {"q": ["O'Brien al-Khatib"]}, "O'Brien al-Khatib"),
        (question("q", "name_ru"), {"q": ["Фёдор"]}, "Фёдор"),
        (question("q", "address"), {"q": ["Казань\nул. Мира, 1"]}, "Казань\nул. Мира, 1"),
        (question("q", "declaration"), {"q": ["on"]}, True),
    ],
)
def test_an_answer_is_understood(
    page_of: PageOf, field: dict[str, Any], raw: dict[str, list[str]], value: object
) -> None:
    result = answers.check_page(page_of(field), raw, {}, TODAY)

    assert (dict(result.values), result.errors) == ({"q": value}, ())


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        (question("q", "short_text"), {}, "required"),
        (question("q", "short_text"), {"q": ["\u00a0\u3000\u2800\u3164\u115f"]}, "required"),
        (question("q", "short_text"), {"q": ["Am\0al"]}, "unreadable"),
        (question("q", "short_text"), {"q": ["\ud800"]}, "unreadable"),
        (question("q", "short_text"), {"q": ["x" * 201]}, "too_long"),
        (question("q", "short_text", max=3), {"q": ["four"]}, "too_long"),
        (question("q", "short_text", min=5), {"q": ["four"]}, "too_short"),
        (question("q", "long_text"), {"q": ["x" * 200_000]}, "too_long"),
        (question("q", "number"), {"q": ["1" * 4301]}, "not_a_number"),
        (question("q", "number"), {"q": ["²"]}, "not_a_number"),
        (question("q", "number"), {"q": ["Ⅷ"]}, "not_a_number"),
        (question("q", "number"), {"q": ["½"]}, "not_a_number"),
        (question("q", "number"), {"q": ["1e3"]}, "not_a_number"),
        (question("q", "number", min=1), {"q": ["0"]}, "too_small"),
        (question("q", "number", max=9), {"q": ["10"]}, "too_large"),
        (question("q", "money"), {"q": ["0.1+0.2"]}, "not_an_amount"),
        (question("q", "money"), {"q": ["-1"]}, "not_an_amount"),
        (question("q", "money"), {"q": ["1e-9"]}, "not_an_amount"),
        (question("q", "money"), {"q": ["1"], "q.currency": ["BTC"]}, "unknown_currency"),
        (question("q", "date"), {"q": ["29.02.2023"]}, "not_a_date"),
        (question("q", "date"), {"q": ["31.04.2026"]}, "not_a_date"),
        (question("q", "date"), {"q": ["yesterday"]}, "not_a_date"),
        (question("q", "date"), {"q": ["00/00/0000"]}, "year_out_of_range"),
        (question("q", "date"), {"q": ["0001-01-01"]}, "year_out_of_range"),
        (question("q", "date"), {"q": ["9999-12-31"]}, "year_out_of_range"),
        (question("q", "date"), {"q": ["4-4-1445"]}, "year_out_of_range"),
        (question("q", "date"), {"q": ["1998"]}, "date_incomplete"),
        (question("q", "date"), {"q.day": ["1"], "q.year": ["1998"]}, "date_incomplete"),
        (question("q", "date"), {"q.day": ["x"], "q.year": ["1998"]}, "not_a_date"),
        (question("q", "date", max=0), {"q": ["2026-11-24"]}, "date_too_late"),
        (question("q", "date", min=0), {"q": ["2026-11-22"]}, "date_too_early"),
        (question("q", "year_or_date"), {"q.day": ["1"], "q.year": ["1998"]}, "date_or_year"),
        (question("q", "year_or_date"), {"q.month": ["3"], "q.year": ["1998"]}, "date_or_year"),
        (question("q", "year_or_date"), {"q.day": ["3"]}, "date_or_year"),
        (
            question("q", "date"),
            {"q.day": ["3"], "q.month": ["x"], "q.year": ["1998"]},
            "not_a_date",
        ),
        (question("q", "date"), {"q": ["27 mars 1998"]}, "not_a_date"),
        (question("q", "date"), {"q": ["1 " + "." * 100_000]}, "not_a_date"),
        (question("q", "year_or_date", max=0), {"q": ["2027"]}, "date_too_late"),
        (question("q", "yes_no"), {}, "choose"),
        (question("q", "yes_no"), {"q": ["maybe"]}, "unknown_choice"),
        (question("q", "choice", choices=choices("a")), {"q": ["b"]}, "unknown_choice"),
        (question("q", "choices", choices=choices("a")), {"q": ["a", "b"]}, "unknown_choice"),
        (question("q", "choices", choices=choices("a", "b"), min=2), {"q": ["a"]}, "too_few"),
        (
            question("q", "choices", choices=choices("a", "b"), max=1),
            {"q": ["a", "b"]},
            "too_many",
        ),
        (question("q", "country"), {"q": ["ZZ"]}, "unknown_country"),
        (question("q", "email"), {"q": ["a@b"]}, "not_an_email"),
        (question("q", "email"), {"q": ["a@@b.c"]}, "not_an_email"),
        (question("q", "email"), {"q": ["a@c.com,x@y.com"]}, "not_an_email"),
        (question("q", "email"), {"q": ["a\nBcc: x@y.com@c.com"]}, "not_an_email"),
        (question("q", "email"), {"q": ["أمل@example.org"]}, "not_an_email"),
        (question("q", "email"), {"q": ["a" * 320]}, "too_long"),
        (question("q", "phone"), {"q": ["112"]}, "not_a_phone"),
        (question("q", "phone"), {"q": ["8 916 123"]}, "not_a_phone"),
        (question("q", "phone"), {"q": ["916-12-34"]}, "not_a_phone"),
        (question("q", "phone"), {"q": ["+963944"]}, "not_a_phone"),
        (question("q", "phone"), {"q": ["+1-555-FLOWERS"]}, "not_a_phone"),
        (question("q", "phone"), {"q": ["8 809 123 45 67"]}, "not_a_phone"),
        (question("q", "phone"), {"q": ["7" * 300]}, "not_a_phone"),
        (question("q", "national_number"), {"q": ["1" * 41]}, "too_long"),
        (question("q", "name_ar"), {"q": ["Amal"]}, "not_in_arabic"),
        (question("q", "name_ar"), {"q": ["س" * 101]}, "too_long"),
        (question("q", "name_ar"), {"q": ["س" * 10_000]}, "too_long"),
        (question("q", "name_latin"), {"q": ["أمل"]}, "not_in_latin"),
        (question("q", "name_ru"), {"q": ["Amal"]}, "not_in_russian"),
        (question("q", "declaration"), {}, "tick"),
    ],
)
def test_an_answer_is_refused_with_its_reason(
    page_of: PageOf, field: dict[str, Any], raw: dict[str, list[str]], code: str
) -> None:
    result = answers.check_page(page_of(field), raw, {}, TODAY)

    assert [(error.key, error.code.value) for error in result.errors] == [("q", code)]
    assert result.values == {}


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        (question("q", "national_number"), {"q": ["12345"]}, "national_number_unusual"),
        (question("q", "national_number"), {"q": ["A-1234567890"]}, "national_number_unusual"),
        (question("q", "phone"), {"q": ["+7 100 123-45-67"]}, "phone_unusual"),
        (
            question(
                "q",
                "short_text",
                warn=True,
                pattern={"expression": "^[0-9]+$", "message": {"ar": "أرقام"}},
            ),
            {"q": ["N12"]},
            "pattern",
        ),
    ],
)
def test_an_unusual_answer_is_kept_with_a_warning(
    page_of: PageOf, field: dict[str, Any], raw: dict[str, list[str]], code: str
) -> None:
    result = answers.check_page(page_of(field), raw, {}, TODAY)

    assert "q" in result.values and result.errors == ()
    assert [(one.key, one.code.value) for one in result.warnings] == [("q", code)]


def test_a_pattern_refuses_with_the_sentence_of_its_author(page_of: PageOf) -> None:
    message = {"ar": "أرقام فقط"}
    field = question("q", "short_text", pattern={"expression": "^[0-9]+$", "message": message})

    error = answers.check_page(page_of(field), {"q": ["N12"]}, {}, TODAY).errors[0]

    assert (error.code.value, error.params["message"]) == ("pattern", message)


def test_optional_fields_may_stay_empty(page_of: PageOf) -> None:
    page = page_of(
        question("a", "short_text", required=False),
        question("b", "date", required=False),
        question("c", "declaration", required=False),
        question("d", "information"),
        question("e", "group", required=False, fields=[question("x", "short_text")]),
    )

    result = answers.check_page(page, {"b.day": [""], "b.year": [" "]}, {}, TODAY)

    assert (result.values, result.errors) == ({}, ())


LOST = question("lost", "yes_no")
REPORT = question("report", "short_text", show_when={"field": "lost", "is": True})
DETAIL = question("detail", "short_text", require_when={"field": "lost", "is": True})


@pytest.mark.parametrize(
    ("raw", "values", "errors"),
    [
        ({"lost": ["no"], "report": ["5"]}, {"lost": False}, []),
        ({"lost": ["yes"]}, {"lost": True}, ["report", "detail"]),
        (
            {"lost": ["yes"], "report": ["5"], "detail": ["x"]},
            {"lost": True, "report": "5", "detail": "x"},
            [],
        ),
    ],
)
def test_a_field_is_asked_when_its_condition_holds(
    page_of: PageOf, raw: dict[str, list[str]], values: dict[str, object], errors: list[str]
) -> None:
    stale = {"lost": True, "report": "old"}

    result = answers.check_page(page_of(LOST, REPORT, DETAIL), raw, stale, TODAY)

    assert dict(result.values) == values
    assert [error.key for error in result.errors] == errors


def test_a_condition_may_ask_who_applies(page_of: PageOf) -> None:
    page = page_of(
        question("guardian", "name_ar", show_when={"field": "applicant.age", "below": 14})
    )
    child = Applicant(category="citizen", age=9)
    adult = Applicant(category="citizen", age=30)

    assert answers.check_page(page, {}, {}, TODAY, applicant=child).errors
    assert not answers.check_page(page, {}, {}, TODAY, applicant=adult).errors


CHILDREN = question(
    "children",
    "group",
    max=2,
    fields=[
        question("name_ar", "name_ar"),
        question("born", "year_or_date", required=False),
        question("abroad", "yes_no", required=False),
        question("country", "country", show_when={"field": "abroad", "is": True}),
    ],
)


def test_sub_forms_are_read_in_order_and_blank_ones_left_out(page_of: PageOf) -> None:
    raw = {
        "children-10.name_ar": ["ليلى"],
        "children-2.name_ar": ["عمر"],
        "children-2.born.year": ["٢٠١٥"],
        "children-5.name_ar": [" "],
    }

    result = answers.check_page(page_of(CHILDREN), raw, {}, TODAY)

    assert result.errors == ()
    assert result.values["children"] == [{"name_ar": "عمر", "born": "2015"}, {"name_ar": "ليلى"}]


@pytest.mark.parametrize(
    ("raw", "key", "code"),
    [
        ({}, "children", "required"),
        ({"children-0.born.year": ["2015"]}, "children-0.name_ar", "required"),
        (
            {"children-1.name_ar": ["عمر"], "children-1.abroad": ["yes"]},
            "children-1.country",
            "choose",
        ),
        ({f"children-{n}.name_ar": ["عمر"] for n in range(3)}, "children", "too_many"),
        ({"children-1234.name_ar": ["عمر"]}, "children", "required"),
    ],
)
def test_a_sub_form_has_its_own_errors(
    page_of: PageOf, raw: dict[str, list[str]], key: str, code: str
) -> None:
    result = answers.check_page(page_of(CHILDREN), raw, {}, TODAY)

    assert [(error.key, error.code.value) for error in result.errors] == [(key, code)]
