"""What can be done to the parts of a draft, and that nothing of it breaks the draft."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.definition import document as definitions
from app.catalogue.definition.problems import ProblemCode
from app.catalogue.drafting import keys, moves, parts, places
from app.catalogue.drafting.moves import StillRead
from app.catalogue.drafting.places import NoSuchPlace, Part, Place
from tests.unit.catalogue.conftest import Document, minimal_service, question, words


def labels(draft: Document) -> list[list[str]]:
    """Return the keys of the fields, page by page."""
    return [[field["key"] for field in page["fields"]] for page in draft["pages"]]


def refusal(draft: Document) -> list[tuple[str, ProblemCode]]:
    """Return what is wrong with a draft."""
    with pytest.raises(definitions.DefinitionError) as refused:
        definitions.parse(draft)
    return [(problem.place, problem.code) for problem in refused.value.problems]


def test_a_field_moves_down_and_not_beyond_the_end(service: Document) -> None:
    once = moves.moved(service, ("pages", 0, "fields", 0), by=1)
    twice = moves.moved(once, ("pages", 0, "fields", 1), by=1)

    assert labels(once) == labels(twice) == [["lost", "old_number"], ["city"]]
    assert labels(service) == [["old_number", "lost"], ["city"]]


def test_a_field_goes_to_the_end_of_another_page(service: Document) -> None:
    changed = moves.carried(service, ("pages", 0, "fields", 0), to_page=1)

    assert labels(changed) == [["lost"], ["city", "old_number"]]


def test_a_field_cannot_go_before_what_it_reads(service: Document) -> None:
    service["pages"][1]["fields"].append(question("after"))

    changed = moves.moved(service, ("pages", 1), by=-1)

    where = "pages[0].fields[0].show_when"
    assert refusal(changed) == [(where, ProblemCode.CONDITION_LATER_FIELD)]


@pytest.mark.parametrize("place", [("pages", 0, "fields", 1), ("pages", 0)])
def test_what_a_condition_reads_is_not_removed(service: Document, place: Place) -> None:
    with pytest.raises(StillRead) as refused:
        moves.removed(service, place)

    assert refused.value.places == (("pages", 1, "fields", 0, "show_when"),)


def test_a_page_that_is_read_by_itself_only_can_be_removed(service: Document) -> None:
    service["pages"][1]["fields"].append(question("end", show_when={"field": "city", "is": "x"}))

    assert labels(moves.removed(service, ("pages", 1))) == [["old_number", "lost"]]


def test_a_duplicated_page_reads_its_own_fields(service: Document) -> None:
    service["pages"][0]["fields"].append(question("why", show_when={"field": "lost", "is": True}))

    changed = moves.duplicated(service, ("pages", 0))

    definitions.parse(changed)
    assert labels(changed)[1] == ["old_number_2", "lost_2", "why_2"]
    assert changed["pages"][1]["fields"][2]["show_when"]["field"] == "lost_2"
    assert changed["pages"][2]["fields"][0]["show_when"]["field"] == "lost"


def test_a_new_key_is_followed_by_whatever_reads_it(service: Document) -> None:
    group = question("children", "group", fields=[question("lost"), question("age", "number")])
    group["fields"][1]["show_when"] = {"field": "lost", "is": "x"}
    service["pages"][1]["fields"].append(group)
    item = {**service["pages"][0]["fields"][1], "key": "gone"}

    changed = moves.replaced(service, ("pages", 0, "fields", 1), item)

    definitions.parse(changed)
    assert changed["pages"][1]["fields"][0]["show_when"]["field"] == "gone"
    # The group's own field of that key is what its fields mean.
    assert changed["pages"][1]["fields"][1]["fields"][1]["show_when"]["field"] == "lost"


def test_an_appointment_brings_its_seat_and_takes_it_away(service: Document) -> None:
    without = moves.removed(service, ("path", 1))
    again = moves.added(without, ("path",), {"kind": "appointment"}, pool="visas")

    assert "appointment" not in without
    assert again["appointment"] == {"pool": "visas", "units": 1}
    definitions.parse(without)
    definitions.parse(again)


@pytest.mark.parametrize(
    ("part", "numbers"),
    [(Part.FIELD, "0"), (Part.PAGE, "x"), (Part.PAGE, ""), (Part.PAGE, "-1"), (Part.PAGE, "0.0.0")],
)
def test_a_place_has_as_many_numbers_as_lists(part: Part, numbers: str) -> None:
    with pytest.raises(NoSuchPlace):
        places.place_of(part, numbers)


@pytest.mark.parametrize("place", [("pages", 9), ("pages", 0, "fields", 0, "choices", 0)])
def test_what_is_not_there_is_not_touched(service: Document, place: Place) -> None:
    for act in (moves.duplicated, moves.removed):
        with pytest.raises(NoSuchPlace):
            act(service, place)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ({"en": "Passport number"}, "passport_number"),
        ({"ru": "Номер паспорта"}, "nomer_pasporta"),
        ({"ar": "رقم الجواز"}, "rqm_aljwaz"),
        ({"en": "1st child"}, "field"),
        ({"en": "old number"}, "old_number_2"),
        (
            {"en": "a very long label of a question that nobody would read"},
            "a_very_long_label_of_a",
        ),
        ({}, "field"),
    ],
)
def test_a_key_is_suggested_from_the_label(label: dict[str, str], key: str) -> None:
    assert keys.suggest(label, "field", taken={"old_number"}) == key


def busy_service() -> Document:
    """Return a service with every part."""
    made = minimal_service()
    choice = question("how", "choice", choices=[{"key": k, "label": words(k)} for k in "ab"])
    group = question("children", "group", fields=[question("name"), question("born", "date")])
    made["pages"][1]["fields"] += [choice, group]
    when = {"field": "lost", "is": True}
    dated = {"valid_from": "2026-01-01", "legal_basis": words("D")}
    made["add_ons"] = [
        {"key": "late", "when": when, "label": words("L"), "amount": 1, "currency": "USD", **dated}
    ]
    made["waivers"] = [{"key": "w", "label": words("W"), "percent": 5, "by_officer": True, **dated}]
    made["exclusions"] = [{"key": "e", "when": {"field": "how", "is": "a"}, "reason": words("R")}]
    made["notices"] = [{"event": "ready", "text": words("N")}]
    return definitions.dump(definitions.parse(made))


def all_places(draft: Document) -> list[Place]:
    """Return the place of every part."""
    found: list[Place] = []

    def walk(node: Any, place: Place) -> None:
        if places.part_of(place):
            found.append(place)
        for key, value in node.items() if isinstance(node, dict) else ():
            if isinstance(value, list):
                for n, one in enumerate(value):
                    walk(one, (*place, key, n))

    walk(draft, ())
    return found


Act = Callable[[Document, Place], Document]
ACTS: dict[str, Act] = {
    "up": lambda draft, place: moves.moved(draft, place, by=-1),
    "down": lambda draft, place: moves.moved(draft, place, by=1),
    "duplicate": moves.duplicated,
    "remove": moves.removed,
    "carry": lambda draft, place: moves.carried(draft, place, to_page=0),
    "add": lambda draft, place: moves.added(draft, place[:-1], places.at(draft, place)),
    "rename": lambda draft, place: moves.replaced(
        draft, place, places.at(draft, place) | {"key": "renamed"}
    ),
    "add_field": lambda draft, place: moves.added(
        draft, ("pages", 0, "fields"), question("fresh", "date")
    ),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 200)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_is_done_leaves_a_service_or_changes_nothing(did: list[tuple[str, int]]) -> None:
    draft = busy_service()
    for name, number in did:
        there = all_places(draft)
        before = copy.deepcopy(draft)
        try:
            changed = ACTS[name](draft, there[number % len(there)])
            parsed = definitions.parse(changed)
        except (StillRead, NoSuchPlace, definitions.DefinitionError):
            assert draft == before
            continue
        assert draft == before
        draft = definitions.dump(parsed)
    definitions.parse(draft)


def test_every_blank_part_can_be_filled_in() -> None:
    draft = busy_service()
    for part in Part:
        kind = {"field": "choice", "inner": "date", "step": "payment", "notice": "accepted"}
        item = parts.blank(part, kind.get(part, ""))
        assert parts.new_inputs(part, draft, item)
