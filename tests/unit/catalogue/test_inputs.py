"""What is typed into the editor's inputs becomes the part, and what is shown stays as it was."""

from typing import Any

import pytest

from app.catalogue.definition import document as definitions
from app.catalogue.definition.elements import FieldKind
from app.catalogue.drafting import inputs, parts, places, rows
from app.catalogue.drafting.inputs import Wrong
from app.catalogue.drafting.places import Part, Place
from tests.unit.catalogue.conftest import Document, question, words
from tests.unit.catalogue.test_moves import all_places, busy_service

DEEP = {
    "any": [{"all": [{"field": "lost", "is": True}]}, {"field": "old_number", "answered": True}]
}


def typed_into(item: Document, draft: Document, **typed: Any) -> tuple[Document, dict[str, Wrong]]:
    """Type into the inputs of a field (Any: a text or a list of texts; __ stands for a dot)."""
    asked = rows.asked_before(draft, None)
    fields = parts.inputs_of(Part.FIELD, draft, item)
    sent = inputs.written(fields, item, asked)
    for name, value in typed.items():
        sent[name.replace("__", ".")] = value if isinstance(value, list) else [value]
    return inputs.read(fields, sent, item, asked)


@pytest.mark.parametrize("place", all_places(busy_service()))
def test_looking_and_saving_changes_nothing(place: Place) -> None:
    draft = busy_service()
    part, item = places.part_of(place), places.at(draft, place)
    assert part is not None
    asked = rows.asked_before(draft, rows.place_of_field(place))
    fields = parts.inputs_of(part, draft, item)

    again, wrong = inputs.read(fields, inputs.written(fields, item, asked), item, asked)

    assert (again, wrong) == (item, {})


@pytest.mark.parametrize("kind", list(FieldKind))
def test_a_field_of_every_kind_can_be_made_of_words_alone(kind: FieldKind) -> None:
    draft = busy_service()
    item = parts.blank(Part.FIELD, kind)
    fields = parts.new_inputs(Part.FIELD, draft, item)
    sent = {f"{name}-ar": ["كلمة"] for name in ("label", "choices.0.label", "fields.0.label")}

    made, wrong = inputs.read(fields, sent | {"required": ["y"]}, item, {})
    whole = parts.with_keys(Part.FIELD, draft, ("pages", 0, "fields"), made)
    draft["pages"][0]["fields"].append(whole)

    assert wrong == {}
    assert definitions.parse(draft).pages[0].fields[-1].kind is kind


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("number", "٢٥", 25),
        ("date", "−30", -30),
        ("money", "49.5", 4950),
        ("short_text", "", None),
    ],
)
def test_a_bound_is_read_as_its_kind_says(kind: str, typed: str, stored: int | None) -> None:
    field = question("q", kind)

    changed, wrong = typed_into(field, busy_service(), max=typed)

    assert (changed.get("max"), wrong) == (stored, {})


@pytest.mark.parametrize(
    ("kind", "typed", "why"),
    [
        ("number", {"min": "ten"}, Wrong.WHOLE),
        ("money", {"min": "-5"}, Wrong.AMOUNT),
        ("short_text", {"pattern__expression": "a\0"}, Wrong.UNREADABLE),
        ("short_text", {"show_when__0__field": "lost"}, Wrong.NO_VALUE),
        ("short_text", {"show_when__json": "{"}, Wrong.NOT_JSON),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, typed: dict[str, str], why: Wrong) -> None:
    item = question("q", kind)

    changed, wrong = typed_into(item, busy_service(), **typed)

    assert list(wrong.values()) == [why]
    assert changed == item


def test_a_size_in_megabytes_is_bytes() -> None:
    draft = busy_service()
    fields = parts.inputs_of(Part.PAPER, draft, draft["papers"][0])

    changed, wrong = inputs.read(fields, {"max_bytes": ["٢٫٥"]}, draft["papers"][0], {})

    assert (changed["max_bytes"], wrong) == (2621440, {})


@pytest.mark.parametrize(
    ("condition", "typed"),
    [
        ({"field": "lost", "is": True}, [("lost", "is", ["yes"])]),
        ({"not": {"field": "how", "is": "a"}}, [("how", "is_not", ["a"])]),
        ({"field": "how", "in": ["a", "b"]}, [("how", "in", ["a", "b"])]),
        ({"field": "city", "in": ["x", "y z"]}, [("city", "in", ["x، y z"])]),
        ({"field": "city", "answered": True}, [("city", "answered", [])]),
        ({"field": "applicant.age", "below": 18}, [("applicant.age", "below", ["١٨"])]),
        ({"field": "applicant.age", "at_least": 60}, [("applicant.age", "at_least", ["60"])]),
        ({"field": "applicant.age", "at_most": 5}, [("applicant.age", "at_most", ["٥"])]),
        (
            {
                "all": [
                    {"field": "lost", "is": False},
                    {"field": "applicant.category", "is": "citizen"},
                ]
            },
            [("lost", "is", ["no"]), ("applicant.category", "is", ["citizen"])],
        ),
    ],
)
def test_rows_say_what_a_condition_says(
    condition: Document, typed: list[tuple[str, str, list[str]]]
) -> None:
    asked = rows.asked_before(busy_service(), None)
    sent: dict[str, list[str]] = {"show_when.join": ["all"]}
    for n, (field, op, values) in enumerate(typed):
        sent |= {f"show_when.{n}.field": [field], f"show_when.{n}.op": [op]}
        sent[f"show_when.{n}.value"] = values

    join, found = rows.typed_rows("show_when", sent)

    assert rows.condition_of(join, found, asked) == condition
    back = rows.rows_of(condition, asked)
    assert back is not None
    assert rows.condition_of(*back, asked) == condition


def test_a_deeper_condition_is_kept_as_text() -> None:
    draft = busy_service()
    field = question("q", show_when=DEEP)
    asked = rows.asked_before(draft, None)
    fields = parts.inputs_of(Part.FIELD, draft, field)

    shown = inputs.written(fields, field, asked)

    assert "show_when.json" in shown
    assert inputs.read(fields, shown, field, asked) == (field, {})
    cleared, _wrong = inputs.read(fields, shown | {"show_when.json": [" "]}, field, asked)
    assert "show_when" not in cleared


def test_a_field_sees_what_comes_before_it_and_its_siblings() -> None:
    draft = busy_service()

    first = rows.asked_before(draft, ("pages", 0, "fields", 1))
    inner = rows.asked_before(draft, ("pages", 1, "fields", 2, "fields", 1))

    assert list(first) == ["applicant.category", "applicant.age", "old_number"]
    assert list(inner)[2:] == ["old_number", "lost", "city", "how", "name"]


def test_a_text_that_is_emptied_in_every_language_is_gone() -> None:
    field = question("q", hint=words("hint"))

    changed, _wrong = typed_into(
        field, busy_service(), **{"hint-ar": "", "hint-ru": " ", "hint-en": ""}
    )

    assert "hint" not in changed
