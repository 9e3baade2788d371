"""What is nested without end is refused and never followed."""

import json

from app.catalogue.drafting import inputs, merging
from app.catalogue.drafting.inputs import Input, Shape, Wrong

CONDITION = Input("show_when", Shape.CONDITION)


def read(depth: int) -> dict[str, Wrong]:
    typed = {"show_when.json": ['{"not":' * depth + "{}" + "}" * depth]}
    return inputs.read([CONDITION], typed, {}, {})[1]


def test_a_condition_of_endless_depth_is_refused() -> None:
    assert read(700) == {"show_when": Wrong.NOT_JSON}
    assert read(20) == {}


def test_what_a_form_was_given_is_not_followed_without_end() -> None:
    line = Input("key", Shape.LINE)
    merged = merging.merge([line], "[" * 90_000, typed={"key": ["a"]}, stored={"key": ["b"]})

    assert json.dumps(merged.both) == '{"key": "b"}'
