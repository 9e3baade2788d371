"""The shape of the source: one transaction boundary, a sentence for each module, empty inits."""

import ast
import re
from pathlib import Path

import pytest

from tests.servers import ROOT

MODULES = sorted((ROOT / "app").rglob("*.py"))
BOUNDARY = ROOT / "app" / "core" / "db.py"
JOINED = re.compile(r"\.(ltr|rtl)\.css$")
"""Sheets joined from ours and the vendored one, which comes in two directions."""
STYLE_SHEETS = [
    path
    for path in sorted((ROOT / "app" / "static" / "css").glob("*.css"))
    if not JOINED.search(path.name)
]
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right)"
    r"|(?:left|right)\s*:|text-align\s*:\s*(?:left|right)|float\s*:\s*(?:left|right)"
    r"|border-(?:top|bottom)-(?:left|right)-radius)"
)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _calls_of(path: Path, method: str) -> list[int]:
    tree = ast.parse(path.read_text("utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    ]


def test_only_the_transaction_boundary_commits() -> None:
    found = {_named(path): _calls_of(path, "commit") for path in MODULES if path != BOUNDARY}

    assert {name: lines for name, lines in found.items() if lines} == {}
    # One for what writes, and one for what only read (ADR 0013).
    assert len(_calls_of(BOUNDARY, "commit")) == 2


CALLERS = {
    "app/accounts/sign_on_client.py",
    "app/documents/clamd.py",
    "app/documents/storage.py",
    "app/notifications/channels/calling.py",
    "app/notifications/channels/email.py",
    "app/notifications/channels/reaching.py",
}
"""All call what the settings name, but the last, which calls what browsers name (S31)."""
_NETWORK = ("socket", "http.client", "smtplib", "requests", "obstore", "urllib.request", "httpx")


def test_nothing_is_called_from_anywhere_else() -> None:
    ours = [path for path in MODULES if "demo" not in path.parts and "static" not in path.parts]

    found = {_named(path) for path in ours if _imports_of(path) & set(_NETWORK)}

    assert found == CALLERS


def _imports_of(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    froms = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    plain = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    return froms | plain


def test_every_module_says_what_it_is_for() -> None:
    filled = [path for path in MODULES if path.name != "__init__.py"]

    silent = [_named(path) for path in filled if not ast.get_docstring(ast.parse(path.read_text()))]

    assert filled
    assert silent == []


def test_every_init_is_empty() -> None:
    inits = [path for path in MODULES if path.name == "__init__.py"]

    assert inits
    assert [_named(path) for path in inits if path.read_text().strip()] == []


def test_no_module_is_longer_than_400_lines() -> None:
    longer = {_named(p): n for p in MODULES if (n := len(p.read_text().splitlines())) > 400}

    assert longer == {}


def test_only_the_clock_reads_the_clock() -> None:
    clock = ROOT / "app" / "core" / "clock.py"
    others = [path for path in MODULES if path not in (clock, ROOT / "app/core/logging.py")]

    found = [_named(path) for path in others if _calls_of(path, "utcnow") or _reads_now(path)]

    assert found == []


def _reads_now(path: Path) -> bool:
    return bool(re.search(r"\b(?:datetime|date)\.(?:now|today)\(", path.read_text("utf-8")))


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=lambda path: path.name)
def test_our_style_sheets_know_no_left_and_right(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)

    assert [line for line in text.splitlines() if PHYSICAL.search(line)] == []


@pytest.mark.proves("S52")
def test_every_requirement_is_pinned_by_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9#]|\Z)", text, re.DOTALL | re.MULTILINE)

        assert len(entries) > 40
        assert [entry for entry in entries if "==" not in entry or "--hash=" not in entry] == []
        assert not re.search(r"^-|index-url|find-links|https?://", text, re.MULTILINE)
