"""Words in several languages, and where in a service file they stand."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Text: TypeAlias = Mapping[str, str]
"""Language code to words."""

Way: TypeAlias = tuple[str | int, ...]
"""The steps that lead to a value of a JSON document."""

LANGUAGE = re.compile(r"[a-z]{2,3}")
_NAMES = ("key", "code", "kind", "event")
"""What tells the objects of a list apart; each kind of object has the first of them only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """A text of a service file and its place, by keys and by numbers.

    `place` holds the keys of pages, fields and papers instead of their positions, so that it
    stays the same when they are put in another order; `address` is what a Problem says.
    """

    place: str
    address: str
    way: Way
    text: Text


def placed_texts(document: object) -> Iterator[PlacedText]:
    """Yield every map of languages in a canonical document, in its order."""
    yield from _walk(document, place="", address="", way=())


def _walk(value: object, *, place: str, address: str, way: Way) -> Iterator[PlacedText]:
    if isinstance(value, list):
        for n, item in enumerate(value):
            yield from _walk(
                item,
                place=f"{place}.{_name(item, n)}",
                address=f"{address}[{n}]",
                way=(*way, n),
            )
    elif isinstance(value, Mapping):
        if _is_text(value):
            yield PlacedText(place=place, address=address, way=way, text=value)
            return
        for key, item in value.items():
            yield from _walk(
                item, place=_joined(place, key), address=_joined(address, key), way=(*way, key)
            )


def _name(item: object, position: int) -> str:
    if isinstance(item, Mapping):
        for name in _NAMES:
            if isinstance(item.get(name), str):
                return str(item[name])
    return str(position)


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _is_text(value: Mapping[str, object]) -> bool:
    """Return whether the map has languages as keys; no other object of the file has."""
    return bool(value) and all(
        LANGUAGE.fullmatch(key) and isinstance(said, str) for key, said in value.items()
    )
