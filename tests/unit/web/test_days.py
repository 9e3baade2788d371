"""Days in addresses."""

from datetime import date

import pytest

from app.web import days


def test_a_day_is_read_as_it_is_written() -> None:
    assert days.read("2026-11-26") == date(2026, 11, 26)


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_what_nobody_means_is_no_day(text: str) -> None:
    assert days.read(text) is None
