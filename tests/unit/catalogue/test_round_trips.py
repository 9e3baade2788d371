"""Whatever is written can be read: any definition, any answers, any text typed."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.answers import completeness
from app.catalogue.answers import engine as answers
from app.catalogue.answers.entries import ErrorCode
from app.catalogue.definition import document as definition
from app.catalogue.definition import reachability
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import Definition, Field, FieldKind, Page
from app.catalogue.definition.problems import ProblemCode
from app.catalogue.messages import ANSWERS, PROBLEMS
from app.core.text import fold_digits
from tests.unit.catalogue.drawing import definitions, documents, impossible, letters

TODAY = date(2026, 11, 23)
WHO = Applicant(category="citizen", age=30, on=TODAY)


@given(definitions())
@settings(max_examples=10, deadline=None)
def test_any_definition_is_exported_and_imported_with_the_same_hash(made: Definition) -> None:
    again = definition.read_json(definition.write_json(made))

    assert again == made
    assert definition.content_hash(again) == definition.content_hash(made)


days = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat)
names = {
    FieldKind.NAME_AR: st.text("ابتثجح", min_size=1, max_size=20),
    FieldKind.NAME_LATIN: st.text("abcdE", min_size=1, max_size=20),
    FieldKind.NAME_RU: st.text("абвгД", min_size=1, max_size=20),
}
values_of: dict[FieldKind, st.SearchStrategy[Any]] = {
    FieldKind.SHORT_TEXT: letters.map(lambda t: " ".join(t.split())),
    FieldKind.LONG_TEXT: st.text("سطر\n ", max_size=50).map(str.strip).filter(bool),
    FieldKind.ADDRESS: letters.map(str.strip),
    FieldKind.NUMBER: st.integers(-(10**14), 10**14),
    FieldKind.MONEY: st.fixed_dictionaries(
        {"amount": st.integers(0, 10**13), "currency": st.sampled_from(["USD", "RUB"])}
    ),
    FieldKind.DATE: days,
    FieldKind.YEAR_OR_DATE: st.one_of(days, st.integers(1900, 2100).map(str)),
    FieldKind.YES_NO: st.booleans(),
    FieldKind.CHOICE: st.sampled_from("abc"),
    FieldKind.CHOICES: st.sets(st.sampled_from("abc"), min_size=1).map(sorted),
    FieldKind.COUNTRY: st.sampled_from(["SY", "RU", "KZ"]),
    FieldKind.EMAIL: st.just("amal@example.org"),
    FieldKind.PHONE: st.sampled_from(["+79161234567", "+963944123456"]),
    FieldKind.NATIONAL_NUMBER: st.from_regex(r"[0-9]{1,12}", fullmatch=True),
    FieldKind.DOCUMENT_NUMBER: st.from_regex(r"[A-Z]{0,2}[0-9]{6,10}", fullmatch=True),
    FieldKind.DECLARATION: st.just(True),
    **names,
}


def answer_to(draw: st.DrawFn, one: Field) -> Any:
    value = draw(values_of[one.kind])
    if one.kind is FieldKind.NUMBER:
        bounds = (one.least if one.least is not None else value, one.most)
        value = max(value, bounds[0])
        value = value if bounds[1] is None else min(value, bounds[1])
    # Where a form is asked for, digits are kept as Latin ones.
    return fold_digits(value) if one.pattern else value


def answers_to(
    draw: st.DrawFn, asked: tuple[Field, ...], known: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Draw answers to the fields that are shown, each in the light of those before it."""
    values: dict[str, Any] = {}
    for one in asked:
        if one.kind in values_of and answers.is_shown(one, {**(known or {}), **values}, WHO):
            values[one.key] = answer_to(draw, one)
    return values


def page_of_answers(draw: st.DrawFn, page: Page, known: dict[str, Any]) -> dict[str, Any]:
    """Draw what a page is answered with, its group filled up to three times."""
    values = answers_to(draw, page.fields, known)
    for group in page.fields:
        if group.kind is FieldKind.GROUP:
            many = draw(st.integers(1, 3))
            filled = [answers_to(draw, group.fields, known) for _time in range(many)]
            values |= {group.key: [one for one in filled if one]} if any(filled) else {}
    return values


@given(definitions(), st.data())
@settings(max_examples=10, deadline=None)
def test_any_answers_fill_the_form_again_and_come_back(made: Definition, data: Any) -> None:
    stored: dict[str, Any] = {}
    for page in made.pages:
        values = page_of_answers(data.draw, page, stored)

        raw = answers.to_raw(page.fields, values)
        back = answers.check_page(page, raw, stored, TODAY, applicant=WHO)

        assert {key: back.values.get(key) for key in values} == values
        assert set(back.values) <= set(values)
        stored |= values


@given(definitions(), st.data())
@settings(max_examples=10, deadline=None)
def test_nothing_that_is_typed_breaks_the_engine(made: Definition, data: Any) -> None:
    page: Page = data.draw(st.sampled_from(made.pages))
    ends = ("", ".day", ".month", ".year", ".amount", ".currency", "-0.inner0", "-1.inner1")
    keys = [one.key + end for one in page.fields for end in ends]
    raw = data.draw(
        st.dictionaries(st.sampled_from(keys), st.lists(st.text(max_size=30), max_size=2))
    )

    result = answers.check_page(page, raw, {}, TODAY, applicant=WHO)

    typed = answers.to_raw(page.fields, result.values)
    again = answers.check_page(page, typed, {}, TODAY, applicant=WHO)
    assert {key: again.values.get(key) for key in result.values} == result.values


@given(definitions(), st.data())
@settings(max_examples=12, deadline=None)
def test_whoever_answers_what_is_shown_lacks_nothing(made: Definition, data: Any) -> None:
    """Nothing that is missing is hidden, and a page that was answered lacks nothing."""
    stored: dict[str, Any] = {}
    for page in made.pages:
        stored |= page_of_answers(data.draw, page, stored)
        open_fields = [one for one in completeness.unanswered(made, stored, WHO)]
        relevant = completeness.relevant_answers(made, stored, WHO)

        shown = {one.key for p in made.pages for one in completeness.shown_fields(p, relevant, WHO)}
        assert {one.field for one in open_fields} <= shown
        assert page.key not in {one.page for one in open_fields if one.field != "group"}


@given(definitions())
@settings(max_examples=12, deadline=None)
def test_whatever_stands_behind_a_condition_can_be_reached(made: Definition) -> None:
    """The reader knows answers for each such field, and the engine shows it by them."""
    pages = {one.key: page for page in made.pages for one in page.fields}
    for way in reachability.ways(made):
        if way.answers is None:
            assert not way.is_certain
        elif way.key in pages:
            relevant = completeness.relevant_answers(made, way.answers, way.applicant)
            shown = completeness.shown_fields(pages[way.key], relevant, way.applicant)
            assert way.key in {one.key for one in shown}


@given(documents(), st.data())
@settings(max_examples=8, deadline=None)
def test_what_the_reader_calls_impossible_no_answers_show(document: Any, data: Any) -> None:
    field = data.draw(st.sampled_from([one for p in document["pages"] for one in p["fields"]]))
    condition = field.get("show_when", {"field": "applicant.age", "below": 18})
    field["show_when"] = {"all": [condition, {"not": condition}]}
    never = impossible(document)
    assert never
    whole = read_without_asking(document)
    stored: dict[str, Any] = {}
    for p, page in enumerate(whole.pages):
        stored |= page_of_answers(data.draw, page, stored)
        shown = completeness.shown_fields(page, stored, WHO)
        for f, one in enumerate(page.fields):
            if f"pages[{p}].fields[{f}].show_when" in never:
                assert one not in shown


def read_without_asking(document: Any) -> Definition:
    """Return what a document says, whether its conditions can hold or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reachability, "check", lambda _definition: [])
        return definition.parse(document)


def test_every_code_has_a_sentence() -> None:
    assert set(ANSWERS) == set(ErrorCode)
    assert set(PROBLEMS) == set(ProblemCode)


def test_a_year_long_form_is_judged_by_the_day_at_the_post() -> None:
    field = {"key": "q", "kind": "date", "label": {"ar": "س"}, "max": 0}
    document = {
        "format": 1, "code": "ABC", "category": "study", "position": 1, "main_language": "ar",
        "title": {"ar": "س"}, "summary": {"ar": "س"}, "applicants": ["citizen"],
        "pages": [{"key": "p", "title": {"ar": "س"}, "fields": [field]}],
        "path": [{"kind": "review"}], "target_days": 1, "retention_months": 1,
    }  # fmt: skip
    page = definition.parse(document).pages[0]
    raw = {"q": [TODAY.isoformat()]}

    assert answers.check_page(page, raw, {}, TODAY).errors == ()
    assert answers.check_page(page, raw, {}, TODAY - timedelta(days=1)).errors
