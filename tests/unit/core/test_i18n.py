"""Days as the reader's language writes them after a preposition."""

from datetime import date

import pytest
from flask import Flask, g

from app.core import i18n


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "субботы, 5 декабря 2026 г."),
        ("ar", "السبت 5 كانون الأول 2026"),
        ("en", "Saturday 5 December 2026"),
    ],
)
def test_a_day_that_follows_until_stands_in_its_case(language: str, text: str) -> None:
    with Flask(__name__).app_context():
        g.lang = language

        assert i18n.until_day(date(2026, 12, 5)) == text
