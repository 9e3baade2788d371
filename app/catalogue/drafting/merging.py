"""Two who changed one draft at once: what each of them touched, input by input.

A form says in short hashes what it was given. With what it sends and what is stored meanwhile,
that tells what its sender changed, what others changed, and what both did.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.catalogue.drafting import rows
from app.catalogue.drafting.inputs import LANGUAGES, Input, Shape, Typed

_LONGEST = 100_000
"""So many signs of what a form was given are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What is to be shown: of each input what was typed where it was touched, else what is stored.

    `both` has the ids of inputs that others changed too, with what stands there now, empty
    where that is nothing to be read, such as a condition.
    """

    values: Typed
    both: dict[str, str]


def given(inputs: Iterable[Input], shown: Typed) -> str:
    """Return what a form shows, in hashes by the id of its inputs, for it to send back."""
    return json.dumps({unit: _hash(_said(*part, shown)) for unit, part in _units(inputs)})


def merge(inputs: Sequence[Input], was: str, *, typed: Typed, stored: Typed) -> Merged:
    """Return what was typed and what is stored in one, seen from what the form was given.

    An input of which `was` says nothing is taken as touched.
    """
    base = _read(was)
    values = {name: list(sent) for name, sent in typed.items()}
    both: dict[str, str] = {}
    for unit, part in _units(inputs):
        mine, theirs = _said(*part, typed), _said(*part, stored)
        if mine == theirs:
            continue
        if base.get(unit) == _hash(mine):
            _take(values, part, stored)
        elif base.get(unit) != _hash(theirs):
            both[unit] = theirs if part[0].shape not in _UNREADABLE else ""
    return Merged(values=values, both=both)


_UNREADABLE = frozenset({Shape.CONDITION, Shape.FLAG, Shape.ONE, Shape.SOME})
_Unit = tuple[Input, str]


def _units(inputs: Iterable[Input]) -> Iterator[tuple[str, _Unit]]:
    """Yield (id, input and its name in the form); a text is one in each language."""
    for one in inputs:
        if one.shape is Shape.TEXT:
            for code in LANGUAGES:
                yield f"{one.name}-{code}", (one, f"{one.name}-{code}")
        else:
            yield one.name, (one, one.name)


def _said(one: Input, name: str, typed: Typed) -> str:
    if one.shape is Shape.CONDITION and f"{name}.json" not in typed:
        return repr(rows.typed_rows(name, typed))
    if one.shape is Shape.CONDITION:
        name = f"{name}.json"
    parts = (value.replace("\r\n", "\n").strip() for value in typed.get(name, ()))
    return " ".join(part for part in parts if part)


def _take(values: dict[str, list[str]], part: _Unit, stored: Typed) -> None:
    one, name = part

    def is_own(key: str) -> bool:
        return key == name or (one.shape is Shape.CONDITION and key.startswith(f"{name}."))

    for key in [key for key in values if is_own(key)]:
        del values[key]
    values.update({key: list(said) for key, said in stored.items() if is_own(key)})


def _hash(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:8]


def _read(was: str) -> dict[str, str]:
    try:
        found = json.loads(was[:_LONGEST])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
