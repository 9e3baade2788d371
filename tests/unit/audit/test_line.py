"""What a seal covers is the same text of JSON on every engine and release."""

import hmac
import json
from datetime import datetime

import pytest

from app.audit import rules

AT = datetime.fromisoformat("2026-11-23T09:00:00.000120+00:00")


@pytest.mark.proves("S44")
@pytest.mark.parametrize(
    "entry",
    [
        (7, AT, "staff", 3, 1, "case_opened", "case", "c" * 32, '{"b": 1, "a": [null]}', "r1"),
        (7, AT, "system", None, None, "tried", "case", "", "{}", None),
        (2**62, AT, "staff", 0, 0, 'a"b\\', "طلب\n", "\u2028\x00é", '{"ключ": "\\u0007"}', ""),
    ],
)
def test_a_line_is_what_the_encoder_of_json_writes(entry: rules.Columns) -> None:
    number, at, *between, fields, request = entry
    sorted_fields = json.dumps(json.loads(fields), sort_keys=True, separators=(",", ":"))
    listed = [5, number, at.isoformat(), *between, sorted_fields, request]

    line = json.dumps(listed, separators=(",", ":"))

    assert rules.line_of(5, entry) == line
    sealed = hmac.digest(b"k" * 32, rules.BEGINNING + line.encode(), "sha256")
    assert rules.mac_of(b"k" * 32, rules.BEGINNING, 5, entry) == sealed
