"""The inputs of a part: what they show of it, and the part with what was typed into them."""

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from app.catalogue.drafting import rows
from app.catalogue.drafting.places import Draft
from app.catalogue.drafting.rows import Asked
from app.catalogue.drafting.texts import NotAnAmount, major_units, minor_units
from app.core import months
from app.core.text import UnreadableText, clean_line, clean_text, fold_digits

Typed: TypeAlias = Mapping[str, Sequence[str]]
"""Name of an input to what it sends."""

MEGABYTE = 1024 * 1024
DEEPEST = 50
"""So many levels may a condition have: what is copied and checked goes down as deep."""
LANGUAGES = ("ar", "ru", "en")
_WHOLE = re.compile(r"-?\d{1,12}")
_STORED_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_SIZE = re.compile(r"\d{1,3}(\.\d{1,2})?")
_OPTIONAL_OBJECTS = ("pattern", "appointment", "window")


class Shape(StrEnum):
    """How something is typed."""

    TEXT = "text"
    LINE = "line"
    KEY = "key"
    WHOLE = "whole"
    MONEY = "money"
    MEGABYTES = "megabytes"
    DAY = "day"
    FLAG = "flag"
    ONE = "one"
    SOME = "some"
    CONDITION = "condition"


class Wrong(StrEnum):
    """Why what was typed cannot even be tried."""

    WHOLE = "whole"
    AMOUNT = "amount"
    SIZE = "size"
    NOT_JSON = "not_json"
    NO_VALUE = "no_value"
    UNREADABLE = "unreadable"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Input:
    """One input; its name is the way through the part, such as pattern.expression."""

    name: str
    shape: Shape
    options: tuple[str, ...] = ()
    rows: int = 1
    optional: bool = False


class _Mistyped(ValueError):
    """Carries why an input cannot be read, and where in it, such as in a row."""

    def __init__(self, why: Wrong, *, within: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.within = within


def written(inputs: Iterable[Input], item: Draft, asked: Mapping[str, Asked]) -> dict[str, Any]:
    """Return what the inputs show of a part, as a form would send it (Any: lists of str)."""
    sent: dict[str, Any] = {}
    for one in inputs:
        sent |= _written(one, _get(item, one.name), asked)
    return sent


def _written(one: Input, value: Any, asked: Mapping[str, Asked]) -> dict[str, list[str]]:
    if one.shape is Shape.TEXT:
        return {f"{one.name}-{code}": [(value or {}).get(code, "")] for code in LANGUAGES}
    if one.shape is Shape.CONDITION:
        found = rows.rows_of(value, asked)
        if found is None:
            return {f"{one.name}.json": [json.dumps(value, ensure_ascii=False, indent=1)]}
        return rows.written_rows(one.name, *found)
    if one.shape is Shape.FLAG:
        return {one.name: ["y"]} if value else {}
    if one.shape is Shape.SOME:
        return {one.name: list(value or [])}
    if one.shape is Shape.DAY:
        return {one.name: day_parts(value or "")}
    return {one.name: ["" if value is None else _said(one.shape, value)]}


def _said(shape: Shape, value: Any) -> str:
    if shape is Shape.MONEY:
        return major_units(value)
    if shape is Shape.MEGABYTES:
        return f"{value / MEGABYTE:.2f}".rstrip("0").rstrip(".")
    return str(value)


def read(
    inputs: Iterable[Input], typed: Typed, item: Draft, asked: Mapping[str, Asked]
) -> tuple[Draft, dict[str, Wrong]]:
    """Return the part with what was typed, and why some inputs could not be read.

    What is shown as it was stays as it was, so that looking and saving changes nothing.
    """
    changed = copy.deepcopy(item)
    wrong: dict[str, Wrong] = {}
    for one in inputs:
        shown = _written(one, _get(item, one.name), asked)
        if not _came(one, typed) or _same(one, typed, shown):
            continue
        try:
            _put(changed, one.name, _read(one, typed, _get(item, one.name), asked))
        except _Mistyped as error:
            wrong[one.name + error.within] = error.why
        except UnreadableText:
            wrong[one.name] = Wrong.UNREADABLE
    return _tidied(changed), wrong


def _came(one: Input, typed: Typed) -> bool:
    """Return whether the form had the input; boxes that are not ticked send nothing."""
    if one.shape is Shape.TEXT:
        return any(f"{one.name}-{code}" in typed for code in LANGUAGES)
    if one.shape is Shape.CONDITION:
        return f"{one.name}.join" in typed or f"{one.name}.json" in typed
    return one.shape in (Shape.FLAG, Shape.SOME) or one.name in typed


def _same(one: Input, typed: Typed, shown: Typed) -> bool:
    if one.shape is Shape.CONDITION and f"{one.name}.json" not in {*shown, *typed}:
        return rows.typed_rows(one.name, typed) == rows.typed_rows(one.name, shown)
    names = {one.name, f"{one.name}.json", *shown}
    return all(list(typed.get(name, [])) == list(shown.get(name, [])) for name in names)


def _read(one: Input, typed: Typed, before: Any, asked: Mapping[str, Asked]) -> Any:
    if one.shape is Shape.TEXT:
        return _text(one.name, typed, before)
    if one.shape is Shape.CONDITION:
        return _condition(one.name, typed, asked)
    if one.shape is Shape.SOME:
        return [value for value in typed.get(one.name, []) if value] or None
    if one.shape is Shape.DAY:
        return _day(typed.get(one.name, []))
    first = next(iter(typed.get(one.name, [])), "")
    if one.shape is Shape.FLAG:
        return bool(first)
    line = clean_line(first)
    return _value(one.shape, line) if line else None


def _value(shape: Shape, line: str) -> Any:
    if shape is Shape.WHOLE:
        return whole(line)
    if shape is Shape.MONEY:
        return _money(line)
    if shape is Shape.MEGABYTES:
        return _bytes(line)
    return line


def day_parts(text: str) -> list[str]:
    """Return day, month and year of a date as it is stored, or of what stands for it."""
    found = _STORED_DAY.fullmatch(text)
    parts = [found[3], found[2], found[1]] if found else text.split(" ", 2)
    return [*parts, "", "", ""][:3]


def day_as_stored(parts: Sequence[str]) -> str:
    """Return a date typed in three parts, or whole, as it is stored; what is none as it came."""
    said = [part for part in months.as_digits(map(clean_line, parts)) if part]
    try:
        day, month, year = map(int, said)
        return date(year, month, day).isoformat()
    except ValueError:
        return " ".join(said)


def _day(parts: Sequence[str]) -> str | None:
    text = day_as_stored(parts)
    if len(parts) > 1 and text and not _STORED_DAY.fullmatch(text):
        raise _Mistyped(Wrong.DAY)
    return text or None


def whole(text: str) -> int:
    """Return a whole number typed in any digits; raises _Mistyped."""
    plain = fold_digits(text).replace("−", "-")
    if not _WHOLE.fullmatch(plain) or not plain.isascii():
        raise _Mistyped(Wrong.WHOLE)
    return int(plain)


def _money(text: str) -> int:
    try:
        return minor_units(text)
    except NotAnAmount:
        raise _Mistyped(Wrong.AMOUNT) from None


def _bytes(text: str) -> int:
    plain = fold_digits(text).replace("٫", ".").replace(",", ".")
    if not _SIZE.fullmatch(plain):
        raise _Mistyped(Wrong.SIZE)
    return int(Decimal(plain) * MEGABYTE)


def _text(name: str, typed: Typed, before: Any) -> dict[str, str] | None:
    said = dict(before or {})
    for code in LANGUAGES:
        if f"{name}-{code}" in typed:
            said[code] = clean_text(next(iter(typed[f"{name}-{code}"]), ""))
    return {code: text for code, text in said.items() if text} or None


def _condition(name: str, typed: Typed, asked: Mapping[str, Asked]) -> Any:
    if f"{name}.json" in typed:
        return _json(next(iter(typed[f"{name}.json"]), ""))
    try:
        return rows.condition_of(*rows.typed_rows(name, typed), asked)
    except rows.NoValue as error:
        raise _Mistyped(Wrong.NO_VALUE, within=f".{error.row}.value") from None


def _json(text: str) -> Any:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _Mistyped(Wrong.NOT_JSON) from None
    if _is_deeper(found, DEEPEST):
        raise _Mistyped(Wrong.NOT_JSON)
    return found


def _is_deeper(value: Any, most: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most < 0 or any(_is_deeper(part, most - 1) for part in parts)


def _get(item: Draft, name: str) -> Any:
    node: Any = item
    for step in name.split("."):
        if isinstance(node, list):
            node = node[int(step)] if int(step) < len(node) else None
        else:
            node = (node or {}).get(step)
    return node


def _put(item: Draft, name: str, value: Any) -> None:
    *way, last = name.split(".")
    node: Any = item
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value


def _tidied(item: Draft) -> Draft:
    """Return a part without objects that have nothing in them."""
    for name in _OPTIONAL_OBJECTS:
        if name in item and not item[name]:
            del item[name]
    if "choices" in item:
        item["choices"] = [one for one in item["choices"] if one]
    return item
