"""Conditions read like the sentence that a clerk would say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.definition import conditions
from app.catalogue.definition.conditions import (
    AllOf,
    Answered,
    AnyOf,
    Applicant,
    Below,
    Condition,
    Is,
    Not,
    OneOf,
)

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


@given(trees, some_answers, scalars)
def test_only_the_named_fields_matter(
    condition: Condition, answers: dict[str, Any], value: object
) -> None:
    unnamed = {"a", "b", "c", "d"} - conditions.fields_used(condition)
    changed = answers | dict.fromkeys(unnamed, value)

    assert conditions.evaluate(condition, changed) is conditions.evaluate(condition, answers)
