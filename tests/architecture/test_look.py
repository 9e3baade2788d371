"""What every page must keep: one joined sheet, both directions, nothing inline, little to load."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "app" / "static"
TEMPLATES = ROOT / "app" / "templates"
# A mail has no policy, and one style block.
PAGES = sorted(p for p in TEMPLATES.rglob("*.html") if p.parts[len(TEMPLATES.parts)] != "email")
OWN_SHEETS = ["tokens", "jaliya", "staff", "print", "board"]

PHYSICAL = re.compile(
    r"[{;]\s*((?:margin|padding|border|inset)-(?:left|right|top|bottom)[\w-]*"
    r"|left|right|top|bottom|(?:min-|max-)?(?:width|height)"
    r"|(?:float|text-align|clear)\s*:\s*(?:left|right))\s*[:;]"
)
INLINE = re.compile(r"""<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=["']""")


def joins() -> list[tuple[Path, list[Path]]]:
    """Return each joined sheet with its parts, as the recipe would make it."""
    command = ["make", "--dry-run", "--silent", "--file", "app/static/static.mk", "static"]
    lines = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    halves = [line.removeprefix("cat ").split(" > ") for line in lines]
    return [(ROOT / whole, [ROOT / part for part in parts.split()]) for parts, whole in halves]


@pytest.mark.parametrize(("whole", "parts"), joins(), ids=lambda value: getattr(value, "name", ""))
def test_joined_sheet_is_the_sum_of_its_parts(whole: Path, parts: list[Path]) -> None:
    assert whole.read_text() == "".join(part.read_text() for part in parts), "run make static"


@pytest.mark.parametrize("name", OWN_SHEETS)
def test_own_sheet_has_logical_properties_only(name: str) -> None:
    sheet = (STATIC / "css" / f"{name}.css").read_text()

    assert PHYSICAL.findall(sheet) == []


@pytest.mark.parametrize("name", ["jaliya", "staff", "board"])
def test_raw_colours_stand_in_the_tokens(name: str) -> None:
    sheet = (STATIC / "css" / f"{name}.css").read_text()

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_nothing_inline(page: Path) -> None:
    assert INLINE.findall(page.read_text()) == []


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("css/citizen.rtl.css", 18_000),
        ("css/staff.rtl.css", 22_000),
        ("js/jaliya.js", 8_000),
        ("vendor/htmx-2.0.11.min.js", 17_000),
    ],
)
def test_what_a_page_loads_stays_small(name: str, most: int) -> None:
    assert len(gzip.compress((STATIC / name).read_bytes(), 9)) <= most


def test_fonts_stay_small() -> None:
    fonts = list((STATIC / "vendor" / "fonts").glob("*.woff2"))

    assert len(fonts) == 6
    assert sum(font.stat().st_size for font in fonts) <= 60_000
