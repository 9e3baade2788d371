"""Whoever judges the record reads what was done in words, whatever was done."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from app.appointments.missed.rules import MissedState
from app.cases.consents.rules import ConsentState
from app.cases.mandates.rules import MandateState
from app.desk import record_words
from app.notifications.announcements.rules import Step
from app.notifications.rules import Wish
from app.payments.rules import OnlineState, SlipState

APP = Path(record_words.__file__).parents[1]
WRITERS = {"record", "_record", "_note", "_record_device", "_changed"}
OF_BEFORE = 107
AT_BEGINNING = {MandateState.RECEIVED, MissedState.NOTED, OnlineState.STARTED}
BY_STATE: dict[str, type[StrEnum]] = {
    "consent_": ConsentState,
    "authority_": MandateState,
    "missed.": MissedState,
    "slip_": SlipState,
    "online_payment_": OnlineState,
    "message.": Wish,
    "announcement.": Step,
}


def prefix_in(tree: ast.AST) -> str:
    """Return what a module puts before the names of its acts."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record" and call.args:
            first = call.args[0]
            if isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                return str(first.values[0].value)
    return ""


def codes_in(tree: ast.AST) -> Iterator[str]:
    prefix = prefix_in(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = ast.unparse(call.func)
        if name.rpartition(".")[2] not in WRITERS:
            continue
        own = prefix if name in ("_record", "_note") else ""
        choices = [call.args[0]]
        if isinstance(choices[0], ast.IfExp):
            choices = [choices[0].body, choices[0].orelse]
        for one in (*choices, *call.args[2:3]):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value if one.value.startswith(prefix) else own + one.value


def kinds_in(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for keyword in call.keywords:
                if keyword.arg == "object_kind" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def test_every_object_has_a_name_and_stands_in_a_group() -> None:
    modules = [path.read_text() for path in APP.rglob("*.py")]
    found = {kind for text in modules if "audit" in text for kind in kinds_in(ast.parse(text))}
    named = {*record_words.NAMES, "record"}
    assert len(found) > 30
    assert found - named == set()
    assert set(record_words.KINDS) == named


def test_new_acts_are_called_by_what_they_are_about() -> None:
    """As rights.asked: what is sealed by an older name keeps it (docs/adr/0018)."""
    assert sum("." not in act for act in record_words.ACTS) == OF_BEFORE


def test_every_act_that_the_code_records_has_words() -> None:
    modules = [path.read_text() for path in APP.rglob("*.py")]
    trees = [ast.parse(text) for text in modules if "audit" in text]
    found = {code for tree in trees for code in codes_in(tree)}
    found |= {
        f"{prefix}{state}"
        for prefix, states in BY_STATE.items()
        for state in states
        if state not in AT_BEGINNING
    }
    assert len(found) > 120
    assert sorted(code for code in found if not record_words.act(code)) == []
