"""Sheets: no cell is a formula, every program reads the text, and memory stays flat."""

import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.reporting.exports import rules, sheets
from app.reporting.exports.rules import Format

BAD_INPUTS = Path(__file__).parents[2] / "data" / "bad-inputs.csv"
HEADS = {"a": "المرجع", "b": "Имя"}
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " =HYPERLINK(1)",
)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def bad_texts() -> list[str]:
    with BAD_INPUTS.open(encoding="utf-8", newline="") as file:
        return [text for row in csv.reader(file) for text in row]


def written(kind: Format, texts: list[str], *, language: str = "en") -> bytes:
    body = io.BytesIO()
    rows = ({"a": text, "b": 'ليان, "x"; y\nz'} for text in texts)
    sheets.write(body, kind, HEADS, rows, language=language)
    return body.getvalue()


def cells_of_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet_of(data: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_a_formula_has_a_quote_before_it(text: str) -> None:
    assert rules.harmless(text).startswith("'")
    assert rules.harmless(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("sign", [",", ";", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", " +1", "＝1", '"=1'])
def test_no_formula_begins_where_another_sign_parts_the_cells(sign: str, formula: str) -> None:
    data = rules.harmless(f"A{sign}{formula}{sign}B")

    assert f"{sign}'{formula}" in data


@pytest.mark.parametrize("text", ["", " ", "a; b, c", "ليان", "2026-11-26", "a=b", "'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert rules.harmless(text) == text


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    data = written(Format.CSV, [*FORMULAS, *bad_texts()])

    cells = [cell for row in cells_of_csv(data) for cell in row]
    assert [cell for cell in cells if cell.lstrip(" ")[:1] in rules.BEGINS_FORMULA and cell] == []
    assert f"'{FORMULAS[0]}" in cells


@pytest.mark.proves("export-002")
def test_a_csv_is_utf_8_with_its_mark_and_keeps_its_columns() -> None:
    data = written(Format.CSV, ["ليان"])

    assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
    assert cells_of_csv(data) == [["المرجع", "Имя"], ["ليان", 'ليان, "x"; y\nz']]


def test_a_sheet_holds_texts_and_no_formula_number_or_link() -> None:
    texts = [*FORMULAS, "https://example.org", "42", *bad_texts()]
    sheet = sheet_of(written(Format.XLSX, texts))

    assert list(sheet.iter(f"{MAIN}f")) == []
    assert list(sheet.iter(f"{MAIN}hyperlink")) == []
    assert {cell.get("t") for cell in sheet.iter(f"{MAIN}c") if len(cell)} == {"inlineStr"}
    assert len(list(sheet.iter(f"{MAIN}row"))) == len(texts) + 1


@pytest.mark.parametrize(("language", "is_rtl"), [("ar", True), ("ru", False)])
def test_a_sheet_in_arabic_runs_from_the_right(language: str, *, is_rtl: bool) -> None:
    (view,) = sheet_of(written(Format.XLSX, ["x"], language=language)).iter(f"{MAIN}sheetView")

    assert (view.get("rightToLeft") == "1") is is_rtl


def test_a_day_is_a_day_in_a_sheet_and_iso_text_elsewhere() -> None:
    made = {}
    for kind in (Format.XLSX, Format.CSV, Format.JSON):
        body = io.BytesIO()
        sheets.write(body, kind, {"a": "Day"}, [{"a": date(2026, 11, 26)}], language="en")
        made[kind] = body.getvalue()

    (cell,) = [one for one in sheet_of(made[Format.XLSX]).iter(f"{MAIN}c") if one.get("r") == "A2"]
    assert cell.get("t") is None and cell.findtext(f"{MAIN}v") == "46352"
    assert cells_of_csv(made[Format.CSV])[1] == ["2026-11-26"]
    assert json.loads(made[Format.JSON]) == [{"a": "2026-11-26"}]


@pytest.mark.parametrize(("language", "sign"), [("ar", b";"), ("ru", b";"), ("en", b",")])
@pytest.mark.proves("export-002")
def test_a_csv_is_parted_as_programs_of_its_language_expect(language: str, sign: bytes) -> None:
    head = written(Format.CSV, [], language=language)

    assert b'"' + sign + b'"' in head


@pytest.mark.parametrize(("title", "name"), [("Мои: [все]", "Мои   все"), ("", "Sheet1")])
def test_a_sheet_is_called_what_it_shows(title: str, name: str) -> None:
    body = io.BytesIO()
    sheets.write(body, Format.XLSX, HEADS, [], language="ru", title=title)

    with zipfile.ZipFile(body) as archive:
        assert f'name="{name}"' in archive.read("xl/workbook.xml").decode()


@pytest.mark.parametrize("texts", [[], ["ليان"], [*FORMULAS]])
def test_json_has_what_was_there(texts: list[str]) -> None:
    found = json.loads(written(Format.JSON, texts))

    assert [row["a"] for row in found] == texts


@pytest.mark.parametrize("kind", rules.SHEETS)
def test_memory_stays_flat(kind: Format, tmp_path: Path) -> None:
    def rows(number: int) -> Iterator[sheets.Row]:
        for n in range(number):
            yield {"a": f"JM-{n}", "b": "ليان " * 40}

    def peak(number: int) -> int:
        with (tmp_path / f"{number}").open("wb+") as body:
            tracemalloc.start()
            sheets.write(body, kind, HEADS, rows(number), language="ar")
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    peak(10)

    assert peak(10_000) < peak(1_000) + 1_000_000
