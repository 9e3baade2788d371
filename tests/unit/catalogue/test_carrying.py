"""What an answer becomes in another version: carried by its key, or listed as gone, never lost."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue import carrying
from app.catalogue.carrying import Plan
from app.catalogue.definition import document as definition
from app.catalogue.definition.elements import Definition
from tests.unit.catalogue.conftest import minimal_service, question, words
from tests.unit.catalogue.drawing import definitions
from tests.unit.catalogue.test_round_trips import answers_to

# Any: a JSON document, changed in place.
Document = dict[str, Any]
Edit = Callable[[Document], object]

CHOICES = [{"key": key, "label": words(key)} for key in ("a", "b", "c")]
ANSWERS = {
    "old_number": "N01",
    "lost": True,
    "city": "Казань",
    "why": "a",
    "which": ["a", "b"],
    "children": [{"name": "ليان", "age": 3}, {"name": "سامر"}],
}


def service() -> Document:
    document = minimal_service()
    document["pages"][1]["fields"] += [
        question("why", "choice", choices=copy.deepcopy(CHOICES)),
        question("which", "choices", choices=copy.deepcopy(CHOICES)),
        question("children", "group", fields=[question("name"), question("age", "number")]),
    ]
    return document


def moved(edit: Edit = lambda _document: None) -> Plan:
    before, after = service(), service()
    edit(after)
    return carrying.plan(definition.parse(before), definition.parse(after), ANSWERS)


def second_page(document: Document) -> list[Document]:
    fields: list[Document] = document["pages"][1]["fields"]
    return fields


def test_the_same_version_carries_everything_and_asks_nothing() -> None:
    plan = moved()

    assert plan.carried == ANSWERS
    assert plan.gone == {}
    assert plan.asked_again == frozenset()


@pytest.mark.parametrize(
    ("edit", "gone"),
    [
        (lambda d: second_page(d).pop(0), {"city": "Казань"}),
        (lambda d: second_page(d)[0].update(kind="number"), {"city": "Казань"}),
        (lambda d: second_page(d)[1]["choices"].pop(0), {"why": "a"}),
        (lambda d: second_page(d)[2]["choices"].pop(0), {"which": ["a"]}),
        (lambda d: second_page(d)[3]["fields"].pop(1), {"children": [{"age": 3}]}),
    ],
)
def test_what_has_no_place_is_listed_with_its_answer(edit: Edit, gone: Document) -> None:
    plan = moved(edit)

    assert plan.gone == gone
    assert set(plan.carried) >= set(ANSWERS) - set(gone)


def test_what_fits_of_several_choices_and_of_a_group_is_carried() -> None:
    def edit(document: Document) -> None:
        second_page(document)[2]["choices"].pop(0)
        second_page(document)[3]["fields"].pop(1)

    plan = moved(edit)

    assert plan.carried["which"] == ["b"]
    assert plan.carried["children"] == [{"name": "ليان"}, {"name": "سامر"}]
    assert set(plan.changed_fields) == {"which", "children"}


def test_a_question_on_another_page_keeps_its_answer_and_is_not_asked_again() -> None:
    plan = moved(lambda d: d["pages"][0]["fields"].append(second_page(d).pop(1)))

    assert plan.pages["travel_document"]["why"] == "a"
    assert "why" not in plan.pages["stay"]
    assert plan.asked_again == frozenset()


def test_other_words_ask_nobody_again() -> None:
    def edit(document: Document) -> None:
        second_page(document)[0].update(label=words("Town"), hint=words("Where you live"))
        second_page(document)[1]["choices"].append({"key": "d", "label": words("d")})
        document["papers"][0]["title"] = words("Picture")

    plan = moved(edit)

    assert plan.asked_again == frozenset()
    assert plan.changed_papers == ()


def test_another_rule_asks_again_with_the_answer_kept() -> None:
    plan = moved(lambda d: second_page(d)[0].update(max=3))

    assert plan.changed_fields == ("city",)
    assert plan.carried["city"] == "Казань"


def test_papers_are_told_apart_by_their_keys() -> None:
    def edit(document: Document) -> None:
        document["papers"][0]["max_pages"] = 2
        document["papers"].append({**document["papers"][0], "key": "visa"})

    plan = moved(edit)

    assert (plan.new_papers, plan.changed_papers, plan.gone_papers) == (("visa",), ("photo",), ())


def drawn_answers(draw: Any, made: Definition) -> Document:
    """Draw answers to every question, those of a group in one or two entries."""
    found: Document = {}
    for page in made.pages:
        found |= answers_to(draw, page.fields)
        for one in page.fields:
            if one.fields:
                entries = [answers_to(draw, one.fields) for _ in range(draw(st.integers(1, 2)))]
                found |= {one.key: [entry for entry in entries if entry]} if any(entries) else {}
    return found


def leaves(answers: Any) -> list[str]:
    """Return every single value of some answers."""
    if isinstance(answers, dict):
        return [leaf for key, value in answers.items() for leaf in _under(key, value)]
    return [repr(answers)]


def _under(key: str, value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [f"{key}:{leaf}" for part in parts for leaf in leaves(part)]


@given(definitions(), st.data())
@settings(max_examples=8, deadline=None)
def test_carrying_to_the_same_version_is_the_identity(made: Definition, data: Any) -> None:
    answers = drawn_answers(data.draw, made)

    plan = carrying.plan(made, made, answers)

    assert (plan.carried, plan.gone) == (answers, {})
    assert not plan.asked_again
    assert not (plan.new_papers or plan.changed_papers or plan.gone_papers)


@given(definitions(), definitions(), st.data())
@settings(max_examples=8, deadline=None)
def test_every_answer_is_carried_or_listed_as_gone(
    old: Definition, new: Definition, data: Any
) -> None:
    answers = drawn_answers(data.draw, old)

    plan = carrying.plan(old, new, answers)

    assert sorted(leaves(plan.carried) + leaves(plan.gone)) == sorted(leaves(answers))
    assert set(plan.carried) <= {one.key for one in new.fields()}


@given(definitions(), definitions(), st.data(), st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_the_order_in_which_answers_are_carried_does_not_matter(
    old: Definition, new: Definition, data: Any, random: Any
) -> None:
    answers = drawn_answers(data.draw, old)
    shuffled = list(answers.items())
    random.shuffle(shuffled)

    whole = carrying.plan(old, new, answers)
    one_by_one = [carrying.plan(old, new, {key: value}) for key, value in shuffled]

    assert carrying.plan(old, new, dict(shuffled)) == whole
    assert whole.carried == {key: v for plan in one_by_one for key, v in plan.carried.items()}
    assert whole.gone == {key: v for plan in one_by_one for key, v in plan.gone.items()}
