"""What is written down of a fact is one line, whatever stands in it."""

import json
import logging

import pytest

from app.core.logging import JsonLines

SIGNS = [
    "x\n2026-01-01 ERROR admin logged in",
    "\x1b[31mred",
    "\x9b31m",
    "a\u2028b\u2029c\x85d",
    "\0",
]


@pytest.mark.parametrize("typed", SIGNS)
@pytest.mark.proves("S45", "names_text-019")
def test_a_record_is_one_line_of_plain_signs(typed: str) -> None:
    record = logging.makeLogRecord({"msg": "case submitted", "levelname": "INFO", "name": typed})
    record.note = typed

    line = JsonLines().format(record)

    assert line.splitlines() == [line]
    assert all(" " <= sign <= "~" for sign in line)
    assert json.loads(line)["note"] == typed


@pytest.mark.proves("S45", "names_text-019")
def test_the_text_of_an_error_is_left_out() -> None:
    try:
        raise ValueError("ليان typed 01234567890")
    except ValueError as error:
        trace = (ValueError, error, error.__traceback__)
    record = logging.makeLogRecord({"msg": "unexpected error", "exc_info": trace})

    line = json.loads(JsonLines().format(record))

    assert line["error"] == "ValueError" and line["places"]
    assert "01234567890" not in json.dumps(line)
