"""Whatever is written can be read: any definition, any answers, any text typed."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.answers import completeness
from app.catalogue.answers import engine as answers
from app.catalogue.answers.entries import ErrorCode
from app.catalogue.definition import document as definition
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import WITHOUT_ANSWER, Definition, Field, FieldKind, Page
from app.catalogue.definition.problems import ProblemCode
from app.catalogue.messages import ANSWERS, PROBLEMS

TODAY = date(2026, 11, 23)

letters = st.sampled_from(["س", "جواز سفر", "Паспорт № 1", "Passport, 'old' & new", "x < y"])
texts = st.fixed_dictionaries({"ar": letters}, optional={"ru": letters})
plain_kinds = st.sampled_from(
    [k.value for k in FieldKind if k not in {FieldKind.GROUP, FieldKind.CHOICE, FieldKind.CHOICES}]
)


@st.composite
def fields(draw: st.DrawFn, key: str, earlier: tuple[str, ...]) -> dict[str, Any]:
    """Draw a question, with choices or a condition on an earlier one now and then."""
    kind: str = draw(st.one_of(plain_kinds, st.sampled_from(["choice", "choices"])))
    field: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "label": draw(texts),
        "required": draw(st.booleans()),
    }
    if kind in {"choice", "choices"}:
        field["choices"] = [{"key": c, "label": draw(texts)} for c in ("a", "b", "c")]
    depends: bool = draw(st.booleans())
    if earlier and depends:
        name: str = draw(st.sampled_from(["show_when", "require_when"]))
        field[name] = {"not": {"field": draw(st.sampled_from(earlier)), "answered": True}}
        field["required"] = field["required"] and name == "show_when"
    return field


@st.composite
def pages(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw pages of questions whose conditions look back only; the last is a group."""
    made: list[dict[str, Any]] = []
    earlier: tuple[str, ...] = ()
    for p in range(draw(st.integers(1, 3))):
        keys = [f"f{p}_{f}" for f in range(draw(st.integers(1, 5)))]
        made.append({"key": f"p{p}", "title": draw(texts), "fields": []})
        for key in keys:
            made[-1]["fields"].append(draw(fields(key, earlier)))
            if made[-1]["fields"][-1]["kind"] not in WITHOUT_ANSWER:
                earlier = (*earlier, key)
    inner = [draw(fields(f"inner{n}", ())) for n in range(2)]
    inner = [one | {"kind": "short_text"} if one["kind"] == "file" else one for one in inner]
    group = {"key": "group", "kind": "group", "label": draw(texts), "fields": inner}
    made.append({"key": "last", "title": draw(texts), "fields": [group]})
    return made


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Draw a whole definition."""
    document = {
        "format": 1,
        "code": draw(st.from_regex(r"[A-Z][A-Z0-9_]{2,10}", fullmatch=True)),
        "category": draw(st.sampled_from(["passport", "family", "study"])),
        "position": draw(st.integers(0, 100)),
        "main_language": "ar",
        "title": draw(texts),
        "summary": draw(texts),
        "guidance": draw(st.one_of(st.just({}), texts)),
        "applicants": ["citizen"],
        "pages": draw(pages()),
        "papers": [],
        "fees": [],
        "path": [{"kind": "review"}, {"kind": "hand_over"}],
        "target_days": 1,
        "retention_months": 1,
    }
    return definition.parse(document)


@given(definitions())
@settings(max_examples=25, deadline=None)
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
    FieldKind.DECLARATION: st.just(True),
    **names,
}


def answers_to(draw: st.DrawFn, asked: tuple[Field, ...]) -> dict[str, Any]:
    return {
        one.key: draw(values_of[one.kind])
        for one in asked
        if one.kind in values_of and one.show_when is None
    }


@given(definitions(), st.data())
@settings(max_examples=25, deadline=None)
def test_any_answers_fill_the_form_again_and_come_back(made: Definition, data: Any) -> None:
    for page in made.pages:
        values = answers_to(data.draw, page.fields)
        if page.fields[0].kind is FieldKind.GROUP:
            inner = page.fields[0].fields
            filled = [answers_to(data.draw, inner) for _ in range(data.draw(st.integers(1, 3)))]
            values = {"group": [one for one in filled if one]} if any(filled) else {}

        raw = answers.to_raw(page.fields, values)
        back = answers.check_page(page, raw, {}, TODAY)

        assert {key: back.values.get(key) for key in values} == values


@given(definitions(), st.data())
@settings(max_examples=25, deadline=None)
def test_nothing_that_is_typed_breaks_the_engine(made: Definition, data: Any) -> None:
    page: Page = data.draw(st.sampled_from(made.pages))
    ends = ("", ".day", ".month", ".year", ".amount", ".currency", "-0.inner0", "-1.inner1")
    keys = [one.key + end for one in page.fields for end in ends]
    raw = data.draw(
        st.dictionaries(st.sampled_from(keys), st.lists(st.text(max_size=30), max_size=2))
    )

    result = answers.check_page(page, raw, {}, TODAY, applicant=Applicant(category="citizen"))

    again = answers.check_page(page, answers.to_raw(page.fields, result.values), {}, TODAY)
    assert {key: again.values.get(key) for key in result.values} == result.values


@given(definitions())
@settings(max_examples=25, deadline=None)
def test_every_required_field_can_be_reached_and_answered(made: Definition) -> None:
    """Filling what is missing, field by field, always ends with nothing missing."""
    stored: dict[str, Any] = {}
    for _ in range(1 + sum(1 for _ in made.fields())):
        missing = completeness.unanswered(made, stored)
        if not missing:
            break
        key = missing[0].field
        stored[key] = [{"inner0": True, "inner1": True}] if key == "group" else True

    assert completeness.unanswered(made, stored) == ()


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
