"""Writes rows as CSV, XLSX or JSON, one after the other: never all of them in memory."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

import xlsxwriter

from app.reporting.exports.rules import Format, harmless

BOM = b"\xef\xbb\xbf"
"""Tells programs for sheets that the text is UTF-8."""
WIDTH = 22

Row = Mapping[str, str]
"""Name of a column to its text."""


def write(
    body: IO[bytes], kind: Format, heads: Mapping[str, str], rows: Iterable[Row], *, is_rtl: bool
) -> None:
    """Write rows into a file; `heads` names the columns in their order.

    A cell is text, whatever it looks like: in CSV a quote stands before what a program could take
    for a formula, in XLSX its type says so, and JSON has none.
    """
    if kind is Format.XLSX:
        _write_xlsx(body, heads, rows, is_rtl=is_rtl)
    elif kind is Format.CSV:
        _write_csv(body, heads, rows)
    elif kind is Format.JSON:
        _write_json(body, list(heads), rows)
    else:
        raise ValueError(kind)


def _write_csv(body: IO[bytes], heads: Mapping[str, str], rows: Iterable[Row]) -> None:
    body.write(BOM)
    text = io.TextIOWrapper(body, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([harmless(head) for head in heads.values()])
    for row in rows:
        writer.writerow([harmless(row[name]) for name in heads])
    text.detach()


def _write_xlsx(
    body: IO[bytes], heads: Mapping[str, str], rows: Iterable[Row], *, is_rtl: bool
) -> None:
    # Rows go to a temporary file one by one; nothing is turned into a formula, number or link.
    book = xlsxwriter.Workbook(body, {"constant_memory": True})
    sheet = book.add_worksheet()
    if is_rtl:
        sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, WIDTH)
    _write_cells(sheet, 0, list(heads.values()), book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        _write_cells(sheet, number, [row[name] for name in heads])
    book.close()


def _write_cells(
    sheet: xlsxwriter.worksheet.Worksheet,
    number: int,
    texts: Sequence[str],
    look: xlsxwriter.format.Format | None = None,
) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(number, column, text, look)


def _write_json(body: IO[bytes], names: Sequence[str], rows: Iterable[Row]) -> None:
    body.write(b"[")
    before = b"\n"
    for row in rows:
        line = json.dumps({name: row[name] for name in names}, ensure_ascii=False)
        body.write(before + line.encode())
        before = b",\n"
    body.write(b"\n]\n")
