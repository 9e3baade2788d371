"""Writes rows as CSV, XLSX or JSON, one after the other: never all of them in memory."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import IO

import xlsxwriter

from app.core import i18n
from app.reporting.exports.rules import Format, harmless

BOM = b"\xef\xbb\xbf"
"""Tells programs for sheets that the text is UTF-8."""
WIDTH = 22

LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
SEMICOLON = frozenset({"ar", "ru"})
"""Languages whose programs for sheets part the cells of a CSV by semicolons."""

Row = Mapping[str, str | date]
"""Name of a column to its text or day."""


def write(
    body: IO[bytes],
    kind: Format,
    heads: Mapping[str, str],
    rows: Iterable[Row],
    *,
    language: str,
    title: str = "",
) -> None:
    """Write rows into a file; `heads` names the columns in their order, `title` the sheet.

    A cell is text, whatever it looks like: in CSV a quote stands before what a program could take
    for a formula, in XLSX its type says so, and JSON has none. A day is a day in XLSX, and ISO text
    elsewhere. The language decides how cells of a CSV are parted and from where a sheet runs.
    """
    if kind is Format.XLSX:
        _write_xlsx(body, heads, rows, is_rtl=i18n.direction(language) == "rtl", title=title)
    elif kind is Format.CSV:
        _write_csv(body, heads, rows, ";" if language in SEMICOLON else ",")
    elif kind is Format.JSON:
        _write_json(body, list(heads), rows)
    else:
        raise ValueError(kind)


def _write_csv(
    body: IO[bytes], heads: Mapping[str, str], rows: Iterable[Row], delimiter: str
) -> None:
    body.write(BOM)
    text = io.TextIOWrapper(body, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, delimiter=delimiter)
    writer.writerow([harmless(head) for head in heads.values()])
    for row in rows:
        writer.writerow([harmless(str(row[name])) for name in heads])
    text.detach()


def _write_xlsx(
    body: IO[bytes], heads: Mapping[str, str], rows: Iterable[Row], *, is_rtl: bool, title: str
) -> None:
    # Rows go to a temporary file one by one; nothing is turned into a formula, number or link.
    book = xlsxwriter.Workbook(body, {"constant_memory": True})
    sheet = book.add_worksheet(_NOT_IN_TITLES.sub(" ", title).strip()[:LONGEST_TITLE] or None)
    if is_rtl:
        sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, WIDTH)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for column, head in enumerate(heads.values()):
        sheet.write_string(0, column, head, bold)
    for number, row in enumerate(rows, start=1):
        _write_cells(sheet, number, [row[name] for name in heads], day)
    book.close()


def _write_cells(
    sheet: xlsxwriter.worksheet.Worksheet,
    number: int,
    cells: Sequence[str | date],
    day: xlsxwriter.format.Format,
) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, date):
            sheet.write_datetime(number, column, cell, day)
        else:
            sheet.write_string(number, column, cell)


def _write_json(body: IO[bytes], names: Sequence[str], rows: Iterable[Row]) -> None:
    body.write(b"[")
    before = b"\n"
    for row in rows:
        line = json.dumps({name: str(row[name]) for name in names}, ensure_ascii=False)
        body.write(before + line.encode())
        before = b",\n"
    body.write(b"\n]\n")
