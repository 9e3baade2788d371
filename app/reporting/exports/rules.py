"""What an export may be, how long it lives, and what a spreadsheet must not take for a formula."""

import re
from datetime import timedelta
from enum import StrEnum

MOST_ROWS = 20_000
LIFE = timedelta(hours=12)
"""For so long a file can be fetched; then it is removed and its key destroyed."""
BEGINS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""A program for sheets may run a cell that begins so (OWASP, CSV injection)."""


class Format(StrEnum):
    """As what rows or a case leave."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    ZIP = "zip"


SHEETS = (Format.XLSX, Format.CSV, Format.JSON)
"""As what a view of the queue leaves; a case leaves as ZIP."""
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
    Format.ZIP: "application/zip",
}


_BEGINS_LATER = re.compile('([,;\\t\\r\\n])(?=[ \u00a0"]*[=+@＝＋－＠-])')
"""What parts cells or rows for a program that was told another sign, before such a beginning."""


def harmless(text: str) -> str:
    """Return a cell that no program takes for a formula: a quote stands before what begins one.

    So it does within the cell, after each sign at which another program would begin a cell.
    """
    inner = _BEGINS_LATER.sub(r"\1'", text)
    return f"'{inner}" if text.lstrip(" ")[:1] in BEGINS_FORMULA and text.strip(" ") else inner
