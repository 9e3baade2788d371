"""Regular expressions: none can be made to take for ever by what somebody types (S58)."""

import ast
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]  # nothing public parses them
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.servers import ROOT

LONG = 50_000
BOUND_MS = 50
FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer"}
SOURCES = (ROOT / "config.py", *sorted((ROOT / "app").rglob("*.py")))
UNITS = ("a", "0", " ", "-", ".", "/", ":", "%", "{", "((", "<", "\n", "a ", "a.", "0-", "{{a", "ا")
MANY = codes.MAXREPEAT
REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT}


@dataclass(frozen=True)
class Found:
    """A pattern of our source, where it stands, and how it is used."""

    place: str
    pattern: Any
    """Text or bytes (Any: ast.Constant has no better type)."""
    how: str


def patterns() -> Iterator[Found]:
    """Yield each pattern that stands in our source."""
    texts = {path: path.read_text() for path in SOURCES}
    everything = "\n".join(texts.values())
    for path, text in texts.items():
        tree = ast.parse(text)
        names = {
            node.value: node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (pattern := _pattern_of(node)) is not None:
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield Found(place, pattern, _how(node, names.get(node), everything))


def _how(call: ast.Call, name: str | None, everything: str) -> str:
    """Return by which function a pattern is used; by the one that tries most when in doubt."""
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr != "compile":
        return call.func.attr
    used = set(re.findall(rf"\b{name}\.(\w+)\(", everything)) & FUNCTIONS
    return "fullmatch" if used == {"fullmatch"} else "search"


def _pattern_of(call: ast.Call) -> Any:
    name = call.func
    if not (isinstance(name, ast.Attribute) and name.attr in FUNCTIONS and call.args):
        return None
    if not (isinstance(name.value, ast.Name) and name.value.id == "re"):
        return None
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) else None


FOUND = list(patterns())


def is_nested(tree: Any, *, parted: Any = None) -> bool:
    """Return whether something without an end is repeated without an end (Any: no types).

    Where a sign that the inner one does not take parts the turns of the outer one, as the dots
    of a host name do, there is one way to read a text and no harm in it. `parted` holds those
    signs inside of a repetition, and is None outside of any.
    """
    for code, value in tree:
        if code in REPEATS:
            _least, most, body = value
            endless = most is MANY or most > 100
            if endless and parted is not None and not any(not takes(body, one) for one in parted):
                return True
            if is_nested(body, parted=list(_signs(body)) if endless else parted):
                return True
        elif any(is_nested(part, parted=parted) for part in _parts(value)):
            return True
    return False


def _signs(body: Any) -> Iterator[int]:
    """Yield the signs without which a repetition makes no turn."""
    for code, value in body:
        if code is codes.LITERAL:
            yield value
        elif code is codes.SUBPATTERN:
            yield from _signs(value[-1])


def takes(tree: Any, sign: int) -> bool:
    """Return whether a part of a pattern may take a sign; any that is not understood may."""
    return any(_takes(code, value, sign) for code, value in tree)


def _takes(code: Any, value: Any, sign: int) -> bool:
    if code is codes.LITERAL:
        return bool(value == sign)
    if code is codes.RANGE:
        return bool(value[0] <= sign <= value[1])
    if code is codes.IN and value[0][0] is not codes.NEGATE:
        return any(_takes(kind, one, sign) for kind, one in value)
    return code is not codes.CATEGORY or value is not codes.CATEGORY_DIGIT


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _parts(one)


@pytest.mark.proves("S58")
@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.place)
def test_nothing_endless_is_repeated_endlessly(found: Found) -> None:
    assert not is_nested(parser.parse(found.pattern))


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(?:\s*\w+)*!", r"(a|b*)*c", r"(.*,){11,}x"])
def test_a_pattern_that_takes_for_ever_is_found(pattern: str) -> None:
    """The control."""
    assert is_nested(parser.parse(pattern))


def test_every_pattern_is_written_where_it_can_be_looked_at() -> None:
    assert len(FOUND) > 40


def slowest_ms(found: Found, length: int) -> float:
    """Return how long a pattern takes for the worst of our long texts, in milliseconds."""
    how = "search" if found.how in {"sub", "split", "findall", "finditer"} else found.how
    run = getattr(re.compile(found.pattern), how)
    slowest = 0.0
    for unit in UNITS:
        for end in ("", "!", "\0"):
            text: Any = unit * (length // len(unit)) + end
            text = text.encode() if isinstance(found.pattern, bytes) else text
            began = time.process_time()
            run(text)
            slowest = max(slowest, time.process_time() - began)
    return slowest * 1000


@pytest.mark.grid
@pytest.mark.proves("S58")
def test_long_texts_take_no_longer_than_their_length() -> None:
    """S58: the time is told, and what it grows by when the text doubles; the reader judges."""
    grown = {one: slowest_ms(one, LONG // 8) for one in FOUND}
    slow = {one: took for one, took in grown.items() if took > BOUND_MS / 8}
    print(f"\nS58: {len(FOUND)} patterns, {len(slow)} to look at, for {LONG // 8} signs and double")
    for one, took in slow.items():
        doubled = slowest_ms(one, LONG // 4)
        print(f"{one.place} {one.how}: {took:.0f} ms, {doubled:.0f} ms")
