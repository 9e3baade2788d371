"""Where the parts of a service stand in its draft, such as pages.0.fields.3."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

# Any throughout: a draft is a JSON document (catalogue.definition says what is in it).
Draft: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str | int, ...]

_NUMBERS = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,3}")
_STEP = re.compile(r"\[(\d+)\]")


class Part(StrEnum):
    """What a draft has lists of."""

    PAGE = "page"
    FIELD = "field"
    INNER = "inner"
    CHOICE = "choice"
    INNER_CHOICE = "inner_choice"
    PAPER = "paper"
    REASON = "reason"
    FEE = "fee"
    ADD_ON = "add_on"
    WAIVER = "waiver"
    EXCLUSION = "exclusion"
    NOTICE = "notice"
    STEP = "step"


LISTS: dict[Part, tuple[str, ...]] = {
    Part.PAGE: ("pages",),
    Part.FIELD: ("pages", "fields"),
    Part.INNER: ("pages", "fields", "fields"),
    Part.CHOICE: ("pages", "fields", "choices"),
    Part.INNER_CHOICE: ("pages", "fields", "fields", "choices"),
    Part.PAPER: ("papers",),
    Part.REASON: ("papers", "reasons"),
    Part.FEE: ("fees",),
    Part.ADD_ON: ("add_ons",),
    Part.WAIVER: ("waivers",),
    Part.EXCLUSION: ("exclusions",),
    Part.NOTICE: ("notices",),
    Part.STEP: ("path",),
}
"""The names of the lists that lead to a part, the outermost first."""

_NAMED_BY = {Part.REASON: "code", Part.NOTICE: "event", Part.STEP: "kind"}
CONDITIONS = ("show_when", "require_when", "bring_when", "when")
OF_SERVICE = ("consent_when",)
"""Conditions that stand in the service itself, not in one of its parts."""


class NoSuchPlace(LookupError):
    """The draft has nothing there."""


def key_name(part: Part) -> str:
    """Return under which name a part carries what tells it from its siblings."""
    return _NAMED_BY.get(part, "key")


def place_of(part: Part, numbers: str) -> Place:
    """Return the place of a part by its numbers: FIELD and "0.3" is pages.0.fields.3.

    Raises NoSuchPlace for anything that is not as many numbers as the part has lists.
    """
    names = LISTS[part]
    found = numbers.split(".") if _NUMBERS.fullmatch(numbers) else []
    if len(found) != len(names):
        raise NoSuchPlace(numbers)
    return tuple(
        step for name, number in zip(names, found, strict=True) for step in (name, int(number))
    )


def list_of(part: Part, numbers: str) -> Place:
    """Return the place of a list by the numbers of what holds it: FIELD and "0" is pages.0.fields.

    Raises NoSuchPlace.
    """
    whole = f"{numbers}.0" if numbers else "0"
    return place_of(part, whole)[:-1]


def numbers_of(place: Place) -> str:
    """Return the numbers of a place, as they stand in an address."""
    return ".".join(str(step) for step in place if isinstance(step, int))


def part_of(place: Place) -> Part | None:
    """Return what kind of part stands at a place, or None when it is not one."""
    names = tuple(step for step in place if isinstance(step, str))
    fits = len(place) == 2 * len(names)
    return next((part for part, lists in LISTS.items() if fits and lists == names), None)


def as_text(place: Place) -> str:
    """Return a place as a word: pages.0.fields.3."""
    return ".".join(map(str, place))


def from_problem(place: str) -> Place:
    """Return the place of a definition's problem: "pages[0].key" is pages.0.key."""
    steps = _STEP.sub(r".\1", place).split(".")
    return tuple(int(step) if step.isdigit() else step for step in steps if step)


def at(draft: Draft, place: Place) -> Any:
    """Return what stands at a place, an empty list where there could be one (Any: JSON).

    Raises NoSuchPlace.
    """
    node: Any = draft
    for step in place:
        if isinstance(step, int):
            if not isinstance(node, list) or step >= len(node):
                raise NoSuchPlace(as_text(place))
            node = node[step]
        elif isinstance(node, dict):
            node = node.get(step, [])
        else:
            raise NoSuchPlace(as_text(place))
    return node


def enclosing(draft: Draft, place: Place) -> Iterator[tuple[Place, Part]]:
    """Yield the parts in which a place lies, the outermost first, as far as they exist."""
    for end in range(2, len(place) + 1):
        part = part_of(place[:end])
        if part is not None:
            yield place[:end], part


def keys_of(draft: Draft, place: Place) -> tuple[str, ...]:
    """Return the keys of a part and of what holds it, the outermost first; raises NoSuchPlace."""
    return tuple(str(at(draft, whole)[key_name(part)]) for whole, part in enclosing(draft, place))


def find(draft: Draft, part: Part, keys: Sequence[str]) -> Place | None:
    """Return where the part with these keys stands now, None when it is gone.

    A field may have gone to another page: its key is its own in the whole form.
    """
    found: list[Place] = [()]
    for name, key in zip(LISTS[part], keys, strict=False):
        found = [
            (*place, name, n)
            for place in found
            for n, item in enumerate(at(draft, (*place, name)))
            if _is(item, part_of((*place, name, n)), key) or _is_on_any_page(part, name)
        ]
    return next(iter(found), None) if len(keys) == len(LISTS[part]) else None


def _is(item: Draft, part: Part | None, key: str) -> bool:
    return part is not None and item.get(key_name(part)) == key


def _is_on_any_page(part: Part, name: str) -> bool:
    return name == "pages" and part is not Part.PAGE


def fields_of(draft: Draft) -> Iterator[tuple[Place, Draft]]:
    """Yield the fields of all pages in order, without those inside groups."""
    for p, page in enumerate(draft.get("pages", [])):
        for f, field in enumerate(page["fields"]):
            yield ("pages", p, "fields", f), field


def conditions_of(draft: Draft) -> Iterator[tuple[Place, Draft]]:
    """Yield every condition of a draft with its place."""
    for place, field in fields_of(draft):
        yield from _of_part(place, field)
        for n, inner in enumerate(field.get("fields", [])):
            yield from _of_part((*place, "fields", n), inner)
    for name in ("papers", "exclusions", "add_ons", "waivers"):
        for n, one in enumerate(draft.get(name, [])):
            yield from _of_part((name, n), one)
    for name in OF_SERVICE:
        if draft.get(name):
            yield (name,), draft[name]


def _of_part(place: Place, part: Draft) -> Iterator[tuple[Place, Draft]]:
    for name in CONDITIONS:
        if part.get(name):
            yield (*place, name), part[name]


def fields_read(condition: Draft) -> frozenset[str]:
    """Return the keys of the fields that a condition reads."""
    if "not" in condition:
        return fields_read(condition["not"])
    parts: Sequence[Draft] = condition.get("all") or condition.get("any") or ()
    if parts:
        return frozenset().union(*map(fields_read, parts))
    return frozenset({str(condition.get("field", ""))})
