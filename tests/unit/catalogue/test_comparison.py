"""What an admin reads before publishing: each thing once, by its key, under its heading."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue import comparison
from app.catalogue.comparison import Change, Difference, Group, Part, Sort
from app.catalogue.definition import document as definition
from app.catalogue.definition.elements import Definition
from app.catalogue.difference_words import ASPECTS
from app.catalogue.example_files import list_services
from app.catalogue.itemized import things
from tests.unit.catalogue.conftest import minimal_service, question, words
from tests.unit.catalogue.drawing import definitions

# Any: a JSON document, changed in place.
Document = dict[str, Any]
Edit = Callable[[Document], object]

REASON = question(
    "reason", "choice", choices=[{"key": key, "label": words(key)} for key in ("lost", "stolen")]
)
FINE = {
    "key": "fine",
    "when": {"field": "lost", "is": True},
    "label": words("Fine"),
    "amount": 5000,
    "currency": "USD",
    "valid_from": "2026-01-01",
    "legal_basis": words("Decision 2"),
}


def service() -> Document:
    document = minimal_service()
    document["pages"][0]["fields"].append(copy.deepcopy(REASON))
    return document


def differences(edit: Edit) -> list[Difference]:
    before, after = service(), service()
    edit(after)
    return list(comparison.compare(definition.parse(before), definition.parse(after)))


def first_page(document: Document) -> list[Document]:
    fields: list[Document] = document["pages"][0]["fields"]
    return fields


def put_last(document: Document) -> None:
    first_page(document).append(first_page(document).pop(0))


def put_on_the_other_page(document: Document) -> None:
    document["pages"][1]["fields"].insert(0, first_page(document).pop(0))


EVERYTHING = {
    "add_ons": [FINE],
    "waivers": [
        {
            "key": "students",
            "label": words("Students"),
            "percent": 50,
            "by_officer": True,
            "with_add_ons": True,
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
            "legal_basis": words("Decision 3"),
        }
    ],
    "exclusions": [
        {
            "key": "minors",
            "when": {"field": "applicant.age", "below": 18},
            "reason": words("Too young"),
            "instead": words("Come with a parent"),
        }
    ],
    "notices": [{"event": "ready", "text": words("Come")}],
    "window": {
        "opens_on": "2026-01-01",
        "closes_on": "2026-02-01",
        "places": 20,
        "sector": "study",
    },
    "path": [
        {"kind": "review", "title": words("Check"), "decided_by": ["head"]},
        {"kind": "appointment"},
        {"kind": "hand_over", "by_proxy": True},
    ],
    "note": words("A note"),
    "issues": words("Passport"),
    "issue_template": "decision_1",
    "issue_words": words("It is so"),
    "issue_download": True,
    "fee_rule": "lower",
}
WORN = {"key": "worn", "label": words("Worn")}
PRODUCTION = {"kind": "production"}


@pytest.mark.parametrize(
    ("edit", "group", "sort", "key", "change"),
    [
        (lambda d: first_page(d).append(question("q")), "fields", "field", "q", "added"),
        (lambda d: d["pages"].pop(1), "fields", "page", "stay", "removed"),
        (lambda d: d["pages"].pop(1), "fields", "field", "city", "removed"),
        (lambda d: first_page(d)[0].update(max=9), "fields", "field", "old_number", "changed"),
        (put_last, "fields", "field", "old_number", "moved"),
        (put_on_the_other_page, "fields", "field", "old_number", "moved"),
        (
            lambda d: first_page(d)[2]["choices"].append(WORN),
            "fields", "choice", "reason/worn", "added",
        ),
        (lambda d: d["papers"].clear(), "papers", "paper", "photo", "removed"),
        (lambda d: d["papers"][0].update(max_pages=2), "papers", "paper", "photo", "changed"),
        (
            lambda d: d["papers"][0]["reasons"][1].update(text=words("Dark")),
            "papers", "reason", "photo/background", "changed",
        ),
        (lambda d: d["fees"][0].update(amount=1), "fees", "fee", "regular", "changed"),
        (lambda d: d.update(add_ons=[FINE]), "fees", "add_on", "fine", "added"),
        (lambda d: d.update(fee_rule="lower"), "fees", "setting", "fee_rule", "changed"),
        (lambda d: d["title"].update(ru="Новый"), "texts", "setting", "title", "changed"),
        (lambda d: d.update(issues=words("Passport")), "texts", "setting", "issues", "added"),
        (
            lambda d: d.update(notices=[{"event": "ready", "text": words("Come")}]),
            "texts", "notice", "ready", "added",
        ),
        (lambda d: d["path"].insert(2, PRODUCTION), "path", "step", "production", "added"),
        (lambda d: d.update(target_days=7), "path", "setting", "target_days", "changed"),
        (
            lambda d: d.update(retention_months=1),
            "other", "setting", "retention_months", "changed",
        ),
    ],
)  # fmt: skip
def test_a_change_is_listed_under_its_heading(
    edit: Edit, group: str, sort: str, key: str, change: str
) -> None:
    found = [(one.group, one.sort, one.key, one.change) for one in differences(edit)]

    assert (Group(group), Sort(sort), key, Change(change)) in found


def test_lifting_one_question_moves_one_question() -> None:
    assert [one.key for one in differences(put_last)] == ["old_number"]
    assert [one.key for one in differences(put_on_the_other_page)] == ["old_number"]


def test_a_moved_question_that_changed_too_is_listed_once() -> None:
    def edit(document: Document) -> None:
        put_last(document)
        first_page(document)[-1]["required"] = False

    (one,) = differences(edit)

    assert one.change is Change.CHANGED
    assert [part.aspect for part in one.parts] == [comparison.PLACE, "required"]


def test_of_a_text_only_the_languages_that_differ_are_shown() -> None:
    (one,) = differences(lambda d: d["title"].update(ru="Новый"))

    assert one.parts == (
        Part(aspect="title", before={"ru": "Passport renewal р"}, after={"ru": "Новый"}),
    )


def test_a_fee_is_shown_with_its_currency() -> None:
    (one,) = differences(lambda d: d["fees"][0].update(amount=25000))

    assert one.parts[0].before == {"amount": 20000, "currency": "USD"}
    assert one.parts[0].after == {"amount": 25000, "currency": "USD"}


def test_the_choices_of_a_new_question_are_listed_with_it() -> None:
    def edit(document: Document) -> None:
        first_page(document).append({**REASON, "key": "second"})

    (one,) = differences(edit)

    assert {part.aspect: part.after for part in one.parts}["choices"] == [
        words("lost"),
        words("stolen"),
    ]


def test_every_aspect_has_a_name() -> None:
    documents = [definition.dump(one) for one in list_services()]
    whole = definition.parse(service() | EVERYTHING)
    known = {aspect for one in documents for thing in things(one) for aspect in thing.aspects}
    known |= {aspect for thing in things(definition.dump(whole)) for aspect in thing.aspects}

    assert {"opens_on", "units", "percent", "pattern_message", "decided_by"} <= known
    assert known - set(ASPECTS) == set()


@given(definitions())
@settings(max_examples=8, deadline=None)
def test_nothing_differs_from_itself(made: Definition) -> None:
    assert comparison.compare(made, definition.read_json(definition.write_json(made))) == ()


@given(definitions(), definitions())
@settings(max_examples=8, deadline=None)
def test_what_is_added_one_way_is_removed_the_other_way(one: Definition, other: Definition) -> None:
    there, back = comparison.compare(one, other), comparison.compare(other, one)

    def named(found: tuple[Difference, ...], change: Change) -> set[tuple[Sort, str]]:
        return {(each.sort, each.key) for each in found if each.change is change}

    assert named(there, Change.ADDED) == named(back, Change.REMOVED)
    assert named(there, Change.REMOVED) == named(back, Change.ADDED)


@given(definitions(), definitions())
@settings(max_examples=8, deadline=None)
def test_definitions_without_a_difference_are_the_same(one: Definition, other: Definition) -> None:
    differs = bool(comparison.compare(one, other))
    apart = one.code != other.code

    assert differs or apart or definition.content_hash(one) == definition.content_hash(other)


@given(definitions(), st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_the_order_of_languages_says_nothing(made: Definition, random: Any) -> None:
    document = definition.dump(made)
    _shuffle_maps(document, random)

    assert comparison.compare(made, definition.parse(document)) == ()


def _shuffle_maps(value: Any, random: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _shuffle_maps(one, random)
    elif isinstance(value, dict):
        for one in value.values():
            _shuffle_maps(one, random)
        pairs = list(value.items())
        random.shuffle(pairs)
        value.clear()
        value.update(pairs)
