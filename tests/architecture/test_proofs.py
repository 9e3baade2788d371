"""Every requirement of security and every bad input names the test that proves it.

The marks are read from the source, so that neither a database nor an engine is needed to see that
one is missing.
"""

import ast
import csv
from collections.abc import Iterator

import pytest

from tests.servers import ROOT

LISTS = ("security-requirements.csv", "bad-inputs.csv")
_WAITING = """
"""
WAITING = frozenset(_WAITING.split())
"""What nobody proves yet; whoever adds a test takes its ids out of here."""


class NotConstant(Exception):
    """A mark names something else than texts, so that nobody can read it from the source."""


def known() -> list[str]:
    """Return the ids of the lists, in their order."""
    found = []
    for name in LISTS:
        with (ROOT / "tests" / "data" / name).open(encoding="utf-8", newline="") as file:
            found += [row["id"] for row in csv.DictReader(file)]
    return found


def marked_in(source: str) -> Iterator[tuple[str, str]]:
    """Yield (id, name of the test) of each mark at a test of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for call in (part for one in node.decorator_list for part in ast.walk(one)):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.proves":
                    yield from ((_text(one), node.name) for one in call.args)


def _text(argument: ast.expr) -> str:
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        raise NotConstant(ast.unparse(argument))
    return argument.value


def proofs() -> dict[str, list[str]]:
    """Return for each id that a mark names the tests that prove it."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for id, name in marked_in(path.read_text("utf-8")):
            found.setdefault(id, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def missing(ids: list[str], proved: dict[str, list[str]]) -> list[str]:
    """Return the ids that have no test and are not waited for."""
    return [id for id in ids if id not in proved and id not in WAITING]


def test_every_id_names_the_test_that_proves_it() -> None:
    ids = known()

    assert len(ids) == len(set(ids)) > 160
    assert missing(ids, proofs()) == []


def test_a_mark_names_only_what_is_on_the_lists() -> None:
    assert {id: tests for id, tests in proofs().items() if id not in set(known())} == {}


def test_nothing_is_waited_for_that_has_a_test_or_is_not_known() -> None:
    assert sorted(WAITING & proofs().keys()) == []
    assert sorted(WAITING - set(known())) == []


def test_an_id_without_a_test_would_be_found() -> None:
    planted = '@pytest.mark.proves("S12", "http-002")\ndef test_x() -> None: ...\n'
    found = dict(marked_in(planted))

    assert found == {"S12": "test_x", "http-002": "test_x"}
    assert missing(["S12", "S00"], {"S12": ["test_x"]}) == ["S00"]
    assert list(marked_in('@pytest.mark.proves("S12")\ndef helper() -> None: ...\n')) == []
    with pytest.raises(NotConstant):
        list(marked_in("@pytest.mark.proves(*IDS)\ndef test_x() -> None: ...\n"))
