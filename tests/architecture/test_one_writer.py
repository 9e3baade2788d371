"""Only one module moves the state of a case; everybody else goes through it."""

import ast
from pathlib import Path

import pytest

from tests.servers import ROOT

WRITER = ROOT / "app" / "cases" / "changing.py"
MODULES = sorted(path for path in (ROOT / "app").rglob("*.py") if path != WRITER)
OTHERS_OF_CASES = {"item", "step", "mandate", "consent", "box"}
"""What else has a state inside the domain; a box is a consignment."""


def writes(source: str, *, inside_cases: bool) -> list[int]:
    """Return the lines that set, update or construct the state of a case."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt | ast.expr) and _writes(node, inside_cases)
    ]


def _writes(node: ast.AST, inside_cases: bool) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.attr == "state" and _is_case(ast.unparse(node.value), inside_cases)
    return isinstance(node, ast.Call) and (_constructs(node) or _updates(node))


def _is_case(owner: str, inside_cases: bool) -> bool:
    name = owner.rsplit(".", 1)[-1]
    return name not in OTHERS_OF_CASES if inside_cases else "case" in name.casefold()


def _constructs(call: ast.Call) -> bool:
    called = ast.unparse(call.func).rsplit(".", 1)[-1]
    if called == "setattr":
        return any(isinstance(a, ast.Constant) and a.value == "state" for a in call.args)
    return called == "Case" and any(word.arg == "state" for word in call.keywords)


def _updates(call: ast.Call) -> bool:
    """Return whether this is update(Case)....values(state=...) or the like."""
    text = ast.unparse(call.func)
    if not text.endswith(".values") or "update(Case)" not in text.replace("models.", ""):
        return False
    named = {word.arg for word in call.keywords}
    return "state" in named or None in named or bool(call.args)


@pytest.mark.parametrize(
    "source",
    [
        "case.state = State.READY",
        "booking.case.state = State.READY",
        "the_case.state, x = State.READY, 1",
        "for case.state in states: pass",
        "Case(state=State.READY)",
        "setattr(case, 'state', State.READY)",
        "session.execute(update(Case).where(Case.id == 1).values(state='ready'))",
        "session.execute(update(models.Case).values({'state': 'ready'}))",
    ],
)
def test_the_scan_finds_every_way_of_writing(source: str) -> None:
    assert writes(source, inside_cases=False)


@pytest.mark.parametrize(
    "source", ["job.state = JobState.DONE", "x = case.state", "select(Case).where(Case.state == 1)"]
)
def test_the_scan_leaves_reading_and_others_alone(source: str) -> None:
    assert writes(source, inside_cases=False) == []


def test_one_module_writes_the_state_of_a_case() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in MODULES
        if (lines := writes(path.read_text("utf-8"), inside_cases=_is_inside(path)))
    }

    assert found == {}
    assert writes(WRITER.read_text("utf-8"), inside_cases=True)


def _is_inside(path: Path) -> bool:
    return "cases" in path.relative_to(ROOT).parts
