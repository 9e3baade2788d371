"""What others have written and we run: pinned, listed with its licence, looked up when possible."""

import json
import re
import subprocess
import sys
from functools import cache

import pytest

from tests.servers import ROOT

MAKER = ROOT / "tools" / "sbom.py"
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


@cache
def made(*options: str) -> str:
    """Return what the maker of the bill writes."""
    command = [sys.executable, str(MAKER), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def rows(page: str) -> dict[str, str]:
    """Return the licence of each package of a page."""
    lines = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    return {name.strip(): said.strip() for _, name, said, _ in lines[1:]}


@pytest.mark.proves("S52")
def test_the_bill_names_every_package_with_hashes_and_a_licence() -> None:
    pinned = set(PINNED.findall((ROOT / "requirements.txt").read_text("utf-8")))

    bill = json.loads(made())

    parts = bill["components"]
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "jaliya")
    assert {(one["name"], one["version"]) for one in parts} == pinned
    assert [one["name"] for one in parts if not one["hashes"] or not one["licenses"]] == []
    assert all(one["purl"].startswith("pkg:pypi/") for one in parts)


@pytest.mark.proves("S52")
def test_the_page_of_licences_is_what_is_installed() -> None:
    page = rows((ROOT / "docs" / "licences.md").read_text("utf-8"))
    now = rows(made("--licences"))

    assert page.keys() == now.keys(), "make sbom"
    # What another system or Python needs is not installed here, and says nothing.
    assert {name: now[name] for name in now if now[name] not in (page[name], "not said")} == {}


@pytest.mark.parametrize(
    ("found", "end"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0),
        ([{"name": "a", "skip_reason": "not found"}], 2),
        ([], 2),
        (
            [
                {"name": "b", "skip_reason": "not found"},
                {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]},
            ],
            1,
        ),
    ],
)
@pytest.mark.proves("S52")
def test_an_audit_that_looked_nothing_up_does_not_pass(found: list[object], end: int) -> None:
    script = f"import json, tools.audit as a; print(json.dumps(a.verdict({found!r})))"

    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout

    assert json.loads(said)[0] == end
