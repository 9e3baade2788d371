"""A service file: what is read, what is refused and where."""

import copy
import json
import re
from typing import Any

import pytest

from app.catalogue import translation
from app.catalogue.definition import document as definition
from app.catalogue.definition import elements
from app.catalogue.definition.document import DefinitionError, ProblemCode
from app.catalogue.definition.elements import StepKind

Document = dict[str, Any]


def problems_of(document: object) -> set[tuple[str, str]]:
    with pytest.raises(DefinitionError) as refusal:
        definition.parse(document)
    return {(one.place, one.code.value) for one in refusal.value.problems}


def put(document: Document, path: str, value: object) -> Document:
    """Return the document with one value changed; the path reads as in Python."""
    changed = copy.deepcopy(document)
    *way, last = (json.loads(step) for step in re.findall(r"\[(.+?)\]", path.replace("'", '"')))
    inner: Any = changed
    for step in way:
        inner = inner[step]
    inner[last] = value
    return changed


def test_a_service_is_read_and_written_back(service: Document) -> None:
    read = definition.parse(service)

    assert read.pages[1].fields[0].key == "city"
    assert read.appointment is not None and read.appointment.units == 2
    assert definition.parse(definition.dump(read)) == read
    assert definition.read_json(definition.write_json(read)) == read


def test_the_hash_depends_on_content_and_not_on_the_order_of_keys(service: Document) -> None:
    turned = json.loads(json.dumps(service, sort_keys=True))
    dearer = put(service, "['fees'][0]['amount']", 20001)
    plain = definition.content_hash(definition.parse(service))

    assert definition.content_hash(definition.parse(turned)) == plain
    assert definition.content_hash(definition.parse(dearer)) != plain
    assert len(plain) == 64


def field(key: str, kind: str = "short_text", **more: object) -> Document:
    return {"key": key, "kind": kind, "label": {"ar": "س"}, **more}


WHEN_CITY = {"field": "city", "answered": True}
GROUP = field("children", "group", fields=[field("name"), field("name")])


@pytest.mark.parametrize(
    ("path", "value", "place", "code"),
    [
        ("['surprise']", 1, "surprise", "unknown_key"),
        ("['format']", 2, "format", "wrong_format_version"),
        ("['code']", "pass-renew", "code", "bad_code"),
        ("['category']", "sports", "category", "not_allowed"),
        ("['position']", "10", "position", "wrong_type"),
        ("['position']", True, "position", "wrong_type"),
        ("['target_days']", -1, "target_days", "out_of_range"),
        ("['enabled']", "yes", "enabled", "wrong_type"),
        ("['title']", "Passport", "title", "wrong_type"),
        ("['title']", None, "title", "missing"),
        ("['title']", {"en": "Passport"}, "title", "language_missing"),
        ("['title']", {"ar": "  "}, "title", "language_missing"),
        ("['title']['xx-y']", "Passport", "title", "bad_language"),
        ("['title']['ru']", "<b>Паспорт</b>", "title.ru", "html_in_text"),
        ("['guidance']", {"ar": "<script>alert(1)</script>"}, "guidance.ar", "html_in_text"),
        ("['title']['ar']", "a\0b", "title.ar", "unreadable_text"),
        ("['title']['ar']", "a\u202eb", "title.ar", "unreadable_text"),
        ("['title']['ar']", "س" * 301, "title.ar", "too_long"),
        ("['applicants']", [], "applicants", "too_few"),
        ("['applicants']", ["martian"], "applicants", "not_allowed"),
        ("['pages'][1]['key']", "travel_document", "pages[1].key", "duplicate"),
        ("['pages'][1]['fields'][0]['key']", "lost", "pages[1].fields[0].key", "duplicate"),
        ("['pages'][1]['fields'][0]['key']", "City!", "pages[1].fields[0].key", "bad_key"),
        ("['pages'][1]['fields'][0]['colour']", 1, "pages[1].fields[0].colour", "unknown_key"),
        ("['pages'][1]['fields'][0]['kind']", "picture", "pages[1].fields[0].kind", "not_allowed"),
        ("['pages'][1]['fields'][0]['min']", 1.5, "pages[1].fields[0].min", "wrong_type"),
        ("['pages'][1]['fields']", [], "pages[1].fields", "too_few"),
        ("['pages'][1]['fields']", [GROUP], "pages[1].fields[0].fields[1].key", "duplicate"),
        ("['papers'][0]['formats']", ["exe"], "papers[0].formats", "not_allowed"),
        ("['papers'][0]['reasons']", [], "papers[0].reasons", "too_few"),
        ("['fees'][0]['amount']", 200.0, "fees[0].amount", "wrong_type"),
        ("['fees'][0]['amount']", -1, "fees[0].amount", "out_of_range"),
        ("['fees'][0]['currency']", "dollars", "fees[0].currency", "not_allowed"),
        ("['fees'][0]['valid_from']", "26.06.2025", "fees[0].valid_from", "bad_date"),
        ("['fees'][0]['valid_from']", "2025-02-30", "fees[0].valid_from", "bad_date"),
        ("['fees'][0]['valid_to']", "2025-01-01", "fees[0].valid_to", "dates_reversed"),
        ("['fees'][0]['category']", "company", "fees[0].category", "fee_category_unserved"),
        ("['fees'][0]['target_days']", "3", "fees[0].target_days", "wrong_type"),
        ("['fees'][0]['target_days']", -1, "fees[0].target_days", "out_of_range"),
        ("['path']", [], "path", "too_few"),
        ("['path'][2]['kind']", "review", "path[2].kind", "duplicate"),
        ("['path'][1]['kind']", "production", "appointment", "appointment_unused"),
        ("['appointment']", None, "appointment", "appointment_missing"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    service: Document, path: str, value: object, place: str, code: str
) -> None:
    assert (place, code) in problems_of(put(service, path, value))


def test_words_that_were_refused_are_not_called_missing_too(service: Document) -> None:
    told = problems_of(put(service, "['title']", {"ar": "<b>x", "en": "Passport"}))

    assert list(told) == [("title.ar", "html_in_text")]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({"field": "nowhere", "answered": True}, "condition_unknown_field"),
        ({"field": "later", "answered": True}, "condition_later_field"),
        ({"field": "city", "answered": True}, "condition_cycle"),
        ({"all": [{"not": {"field": "later", "is": "x"}}]}, "condition_later_field"),
        ({"field": "lost", "is": "yes"}, "condition_unknown_value"),
    ],
)
def test_a_condition_reads_earlier_fields_only(
    service: Document, condition: Document, code: str
) -> None:
    later = field("later")
    city = field("city", show_when=condition)
    document = put(service, "['pages'][1]['fields']", [city, later])

    assert ("pages[1].fields[0].show_when", code) in problems_of(document)


def test_fields_that_wait_for_each_other_are_a_cycle(service: Document) -> None:
    first = field("city", show_when={"field": "later", "answered": True})
    second = field("later", show_when=WHEN_CITY)
    document = put(service, "['pages'][1]['fields']", [first, second])

    assert problems_of(document) == {
        ("pages[1].fields[0].show_when", "condition_cycle"),
        ("pages[1].fields[1].show_when", "condition_cycle"),
    }


@pytest.mark.parametrize(
    ("condition", "place", "code"),
    [
        ({}, "", "condition_unclear"),
        ({"field": "lost"}, "", "condition_unclear"),
        ({"field": "lost", "answered": False}, "", "condition_unclear"),
        ({"field": "lost", "is": None}, "", "condition_unclear"),
        ({"field": "lost", "is": [1]}, ".is", "wrong_type"),
        ({"field": "lost", "is": True, "in": [True]}, ".in", "unknown_key"),
        ({"all": []}, ".all", "too_few"),
        ({"all": "x"}, ".all", "wrong_type"),
        ("lost", "", "wrong_type"),
    ],
)
def test_an_unclear_condition_is_refused(
    service: Document, condition: object, place: str, code: str
) -> None:
    document = put(service, "['pages'][1]['fields'][0]['show_when']", condition)

    assert (f"pages[1].fields[0].show_when{place}", code) in problems_of(document)


def test_conditions_are_not_nested_without_end(service: Document) -> None:
    condition: Document = WHEN_CITY
    for _ in range(500):
        condition = {"not": condition}
    document = put(service, "['pages'][1]['fields'][0]['show_when']", condition)

    assert "too_deep" in {code for _, code in problems_of(document)}


@pytest.mark.parametrize(
    ("wrong", "key", "code"),
    [
        (field("x", choices=[{"key": "a", "label": {"ar": "س"}}]), ".choices", "not_for_this_kind"),
        (field("x", "choice"), ".choices", "too_few"),
        (field("x", "group"), ".fields", "too_few"),
        (field("x", fields=[field("y")]), ".fields", "unknown_key"),
        (field("x", min=5, max=4), ".max", "bounds_reversed"),
        (field("x", required=True, require_when=WHEN_CITY), ".require_when", "required_twice"),
        (
            field("x", "date", pattern={"expression": "^1$", "message": {"ar": "س"}}),
            ".pattern",
            "not_for_this_kind",
        ),
        (
            field("x", pattern={"expression": "^(a+)+$", "message": {"ar": "س"}}),
            ".pattern.expression",
            "unsafe_pattern",
        ),
        (
            field("x", "group", fields=[field("y", "group", fields=[field("z")])]),
            ".fields[0].kind",
            "not_for_this_kind",
        ),
    ],
)
def test_a_field_fits_its_kind(service: Document, wrong: Document, key: str, code: str) -> None:
    document = put(service, "['pages'][0]['fields']", [wrong, field("lost", "yes_no")])

    assert (f"pages[0].fields[0]{key}", code) in problems_of(document)


def fee(key: str, first: str, last: str | None, **more: object) -> Document:
    basis = {"label": {"ar": "س"}, "legal_basis": {"ar": "س"}}
    line = {"amount": 1, "currency": "USD", "category": "any", "variant": "regular"}
    return {"key": key, "valid_from": first, "valid_to": last, **basis, **line, **more}


@pytest.mark.parametrize(
    ("second", "overlaps"),
    [
        (fee("new", "2026-01-01", None), True),
        (fee("new", "2025-12-31", "2025-12-31"), True),
        (fee("new", "2024-01-01", None), True),
        (fee("new", "2026-01-02", None), False),
        (fee("new", "2024-01-01", "2024-12-31"), False),
        (fee("new", "2025-06-01", None, variant="urgent"), False),
        (fee("new", "2025-06-01", None, category="citizen"), False),
    ],
)
def test_fee_periods_of_one_thing_do_not_overlap(
    service: Document, second: Document, overlaps: bool
) -> None:
    document = put(service, "['fees']", [fee("old", "2025-01-01", "2026-01-01"), second])

    if overlaps:
        assert problems_of(document) == {("fees[1].valid_from", "fees_overlap")}
    else:
        assert len(definition.parse(document).fees) == 2


def test_a_form_has_at_most_500_fields(service: Document) -> None:
    pages = [
        {"key": f"p{p}", "title": {"ar": "س"}, "fields": [field(f"f{p}_{f}") for f in range(100)]}
        for p in range(5)
    ]
    allowed = put(service, "['pages']", pages)
    extra = put(allowed, "['pages'][4]['fields']", [*pages[4]["fields"], field("one_more")])

    assert len(list(definition.parse(allowed).fields())) == 500
    assert ("pages", "too_many") in problems_of(extra)


@pytest.mark.parametrize("document", [None, [], "x", 1, {}])
def test_what_is_no_service_is_refused(document: object) -> None:
    assert problems_of(document)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", ProblemCode.NOT_JSON),
        (b"\xff\xfe", ProblemCode.NOT_JSON),
        (b'{"format": NaN}', ProblemCode.NOT_JSON),
        (b'{"a": 1, "a": 2}', ProblemCode.DUPLICATE),
        (b"[" * 100_000, ProblemCode.TOO_DEEP),
        (b" " * (10 * 1024 * 1024), ProblemCode.FILE_TOO_LARGE),
    ],
)
def test_a_bad_file_is_refused_before_it_is_understood(raw: bytes, code: ProblemCode) -> None:
    with pytest.raises(DefinitionError) as refusal:
        definition.read_json(raw)

    assert refusal.value.problems[0].code is code


def test_missing_languages_are_listed_with_their_place(service: Document) -> None:
    del service["title"]["ru"]
    del service["papers"][0]["reasons"][1]["text"]["en"]
    read = definition.parse(service)

    def missing(*languages: str) -> list[tuple[str, str]]:
        found = translation.work(definition.dump(read), {}, languages)
        return [(one.text.address, one.language) for one in found]

    assert missing("ar", "ru") == [("title", "ru")]
    assert missing("en") == [("papers[0].reasons[1].text", "en")]


def test_a_step_without_an_engine_is_told(
    service: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = elements.ENGINES_PRESENT - {StepKind.REVIEW}
    assert definition.parse(service).missing_engines() == ()

    monkeypatch.setattr(elements, "ENGINES_PRESENT", present)

    assert definition.parse(service).missing_engines() == (StepKind.REVIEW,)


def test_a_second_check_comes_after_a_first_one(service: Document) -> None:
    second, path = {"kind": "second_review"}, service["path"]

    assert definition.parse(put(service, "['path']", [*path, second])).path
    refused = problems_of(put(service, "['path']", [second, *path]))
    assert refused == {("path[0].kind", "second_without_first")}


def test_all_mistakes_are_told_at_once(service: Document) -> None:
    document = put(put(service, "['code']", "x"), "['title']", None)

    assert {("code", "bad_code"), ("title", "missing")} <= problems_of(document)


def test_only_a_variant_has_a_promised_time_of_its_own(service: Document) -> None:
    del service["fees"][0]["variant"]
    service["fees"][0]["target_days"] = 3

    assert problems_of(service) == {("fees[0].target_days", "not_allowed")}


def test_what_a_service_does_not_use_leaves_its_hash_as_it_was(service: Document) -> None:
    written = definition.write_json(definition.parse(service)).decode()

    assert written.count('"target_days"') == 1
    assert '"min_side"' not in written
    assert '"bring"' not in written


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("format", True, "wrong_format_version"),
        ("code", "", "missing"),
        ("category", "", "missing"),
        ("sources", 0, "wrong_type"),
    ],
)
def test_nothing_is_taken_for_something(
    service: Document, key: str, value: object, code: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        definition.parse({**service, key: value})

    assert [(one.place, one.code.value) for one in refused.value.problems] == [(key, code)]


@pytest.mark.parametrize("day", ["", "2026-W01-1", "20260101"])
def test_a_day_is_written_in_one_way(service: Document, day: str) -> None:
    service["fees"][0]["valid_from"] = day

    with pytest.raises(DefinitionError):
        definition.parse(service)


def test_a_missing_main_language_is_one_mistake(service: Document) -> None:
    del service["main_language"]

    assert problems_of(service) == {("main_language", "missing")}
