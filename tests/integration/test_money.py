"""Money in the reader's words, from minor units."""

import pytest
from flask import Flask

from app.core import i18n


@pytest.mark.parametrize(
    ("language", "amount", "words"),
    [
        ("ar", 20000, "200 دولار أمريكي"),
        ("ru", 20000, "200 долларов США"),
        ("ru", 100, "1 доллар США"),
        ("en", 1250, "12.50 US dollars"),
    ],
)
def test_an_amount_is_said_in_words(app: Flask, language: str, amount: int, words: str) -> None:
    with app.app_context(), i18n.speaking(language):
        assert i18n.money(amount, "USD") == words
