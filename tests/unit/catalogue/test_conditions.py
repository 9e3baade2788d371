"""Conditions read like the sentence that a clerk would say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.definition import conditions
from app.catalogue.definition import document as definition
from app.catalogue.definition.conditions import (
    AllOf,
    Answered,
    AnyOf,
    Applicant,
    AtLeast,
    AtMost,
    Below,
    Condition,
    Is,
    Not,
    OneOf,
)
from tests.unit.catalogue.conftest import minimal_service, question, words

CHILD = Applicant(category="citizen", age=9)
FOREIGNER = Applicant(category="foreigner", age=40)

LOST = Is(field="reason", value="lost")
STUDENT = Is(field="is_student", value=True)
MINOR = Below(field="applicant.age", limit=14)


@pytest.mark.parametrize(
    ("condition", "answers", "applicant", "holds"),
    [
        (LOST, {"reason": "lost"}, CHILD, True),
        (LOST, {"reason": "expired"}, CHILD, False),
        (LOST, {}, CHILD, False),
        (LOST, {"reason": ["expired", "lost"]}, CHILD, True),
        (STUDENT, {"is_student": True}, CHILD, True),
        (STUDENT, {"is_student": 1}, CHILD, False),
        (OneOf(field="reason", values=("lost", "damaged")), {"reason": "damaged"}, CHILD, True),
        (OneOf(field="reason", values=("lost", "damaged")), {"reason": "expired"}, CHILD, False),
        (Answered(field="phone"), {"phone": "+7"}, CHILD, True),
        (Answered(field="phone"), {"phone": ""}, CHILD, False),
        (Answered(field="children"), {"children": []}, CHILD, False),
        (Answered(field="count"), {"count": 0}, CHILD, True),
        (MINOR, {}, CHILD, True),
        (MINOR, {}, FOREIGNER, False),
        (MINOR, {}, None, False),
        (AtLeast(field="applicant.age", limit=40), {}, FOREIGNER, True),
        (AtLeast(field="applicant.age", limit=41), {}, FOREIGNER, False),
        (AtLeast(field="count", limit=0), {}, CHILD, False),
        (AtLeast(field="count", limit=0), {"count": True}, CHILD, False),
        (AtMost(field="count", limit=3), {"count": 3}, CHILD, True),
        (AtMost(field="count", limit=3), {"count": 4}, CHILD, False),
        (AtMost(field="count", limit=3), {"count": "3"}, CHILD, False),
        (Is(field="applicant.category", value="foreigner"), {}, FOREIGNER, True),
        (Not(part=LOST), {}, CHILD, True),
        (AllOf(parts=(LOST, MINOR)), {"reason": "lost"}, CHILD, True),
        (AllOf(parts=(LOST, MINOR)), {"reason": "lost"}, FOREIGNER, False),
        (AnyOf(parts=(LOST, MINOR)), {}, CHILD, True),
        (AnyOf(parts=(LOST, MINOR)), {}, FOREIGNER, False),
    ],
)
def test_a_condition_holds(
    condition: Condition, answers: dict[str, Any], applicant: Applicant | None, holds: bool
) -> None:
    assert conditions.evaluate(condition, answers, applicant) is holds


def test_the_fields_of_a_condition_are_known() -> None:
    condition = AllOf(parts=(LOST, Not(part=AnyOf(parts=(STUDENT, MINOR)))))

    assert conditions.fields_used(condition) == {"reason", "is_student", "applicant.age"}


keys = st.sampled_from(["a", "b", "c"])
scalars = st.one_of(st.booleans(), st.integers(-2, 2), st.sampled_from(["x", "y"]))
leaves = st.one_of(
    st.builds(Is, field=keys, value=scalars),
    st.builds(OneOf, field=keys, values=st.lists(scalars, min_size=1, max_size=3).map(tuple)),
    st.builds(Answered, field=keys),
    st.builds(Below, field=keys, limit=st.integers(-2, 2)),
    st.builds(AtLeast, field=keys, limit=st.integers(-2, 2)),
    st.builds(AtMost, field=keys, limit=st.integers(-2, 2)),
)
trees: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(AllOf, parts=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, parts=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, part=inner),
    ),
    max_leaves=8,
)
some_answers = st.dictionaries(keys, scalars)


@given(trees, some_answers)
def test_not_turns_every_condition(condition: Condition, answers: dict[str, Any]) -> None:
    turned = conditions.evaluate(Not(part=condition), answers)

    assert turned is not conditions.evaluate(condition, answers)


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_every_number_is_below_a_limit_or_at_least_that(number: int, limit: int) -> None:
    answers = {"a": number}
    below, least, most = (one(field="a", limit=limit) for one in (Below, AtLeast, AtMost))

    assert conditions.evaluate(below, answers) is not conditions.evaluate(least, answers)
    both = AllOf(parts=(least, most))
    assert conditions.evaluate(both, answers) is (number == limit)


@given(trees, some_answers, scalars)
def test_only_the_named_fields_matter(
    condition: Condition, answers: dict[str, Any], value: object
) -> None:
    unnamed = {"a", "b", "c", "d"} - conditions.fields_used(condition)
    changed = answers | dict.fromkeys(unnamed, value)

    assert conditions.evaluate(condition, changed) is conditions.evaluate(condition, answers)


def older(days: int) -> dict[str, Any]:
    return {"field": "on", "older_than": days}


YES, NO = {"field": "lost", "is": True}, {"field": "lost", "is": False}
CITY = {"field": "city", "answered": True}
MANY = {"field": "children", "at_least": 3}
AGED = {"field": "applicant.age", "at_most": 17}


@pytest.mark.parametrize(
    ("condition", "is_possible"),
    [
        (YES, True),
        ({"all": [YES, NO]}, False),
        ({"any": [YES, NO]}, True),
        ({"not": {"any": [YES, NO]}}, True),  # not answered yet
        ({"all": [NO, {"field": "lost", "answered": True}]}, False),  # a no is no answer given
        ({"all": [NO, CITY]}, False),  # the city is asked only when something is lost
        ({"all": [YES, CITY]}, True),
        ({"all": [{"field": "children", "below": 3}, YES]}, True),
        ({"field": "children", "below": 1}, False),  # at least 1
        ({"field": "children", "at_most": 0}, False),
        ({"field": "children", "at_least": 10}, False),
        ({"all": [MANY, {"field": "children", "at_most": 3}]}, True),
        ({"all": [MANY, {"field": "children", "below": 3}]}, False),
        ({"not": {"any": [AGED, {"field": "applicant.age", "at_least": 19}]}}, True),
        ({"all": [{"not": AGED}, {"field": "applicant.age", "answered": True}]}, True),
        ({"field": "children", "is": 10}, False),  # at most 9
        ({"field": "applicant.age", "below": 0}, False),
        ({"field": "applicant.age", "is": 17}, True),
        ({"field": "applicant.category", "is": "company"}, False),
        ({"all": [{"field": "why", "is": "a"}, {"field": "why", "is": "b"}]}, False),
        ({"all": [{"field": "all_of", "is": "a"}, {"field": "all_of", "is": "b"}]}, True),
        ({"not": {"field": "all_of", "in": ["a", "b"]}}, True),
        ({"all": [older(30), {"not": older(90)}]}, True),
        ({"all": [older(90), {"not": older(30)}]}, False),
        ({"field": "city", "below": 5}, False),  # a text is no number
    ],
)  # fmt: skip
def test_what_can_never_hold_is_told(condition: dict[str, Any], is_possible: bool) -> None:
    document = minimal_service()
    choices = [{"key": key, "label": words(key)} for key in ("a", "b")]
    document["pages"][1]["fields"] += [
        question("children", "number", min=1, max=9),
        question("why", "choice", choices=choices),
        question("all_of", "choices", choices=choices),
        question("on", "date"),
        question("asked", show_when=condition),
    ]
    try:
        definition.parse(document)
        found = []
    except definition.DefinitionError as refusal:
        found = [(one.place, one.code.value) for one in refusal.problems]

    place = f"pages[1].fields[{len(document['pages'][1]['fields']) - 1}].show_when"
    assert found == ([] if is_possible else [(place, "condition_never")])


def test_too_much_to_try_refuses_nothing() -> None:
    document = minimal_service()
    keys = [f"n{n}" for n in range(12)]
    document["pages"][0]["fields"] += [question(key, "yes_no") for key in keys]
    no = [{"field": key, "is": False} for key in keys]
    both = {"all": [*no, {"field": keys[0], "is": True}]}
    document["pages"][1]["fields"] += [question(f"q{n}", show_when=both) for n in range(100)]

    assert len(list(definition.parse(document).fields())) == 115
