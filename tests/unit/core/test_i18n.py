"""Days and money as the reader's language writes them."""

from datetime import date

import pytest
from flask import Flask, g
from flask_babel import Babel

from app.core import i18n


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "субботы, 5 декабря 2026 года"),
        ("ar", "السبت 5 كانون الأول 2026"),
        ("en", "Saturday 5 December 2026"),
    ],
)
def test_a_day_that_follows_until_stands_in_its_case(language: str, text: str) -> None:
    with Flask(__name__).app_context():
        g.lang = language

        assert i18n.until_day(date(2026, 12, 5)) == text


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_day_brings_a_full_stop_of_its_own(language: str) -> None:
    with Flask(__name__).app_context():
        g.lang = language

        for said in (i18n.day, i18n.until_day, i18n.short_day, i18n.day_and_month):
            assert not said(date(2026, 12, 5)).endswith(".")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (100, "دولار أمريكي واحد"),
        (200, "دولاران أمريكيان"),
        (500, "5 دولارات أمريكية"),
        (5000, "50 دولاراً أمريكياً"),
        (20000, "200 دولار أمريكي"),
        (123450, "1,234.50 دولار أمريكي"),
    ],
)
def test_money_in_arabic_counts_as_arabic_does(amount: int, text: str) -> None:
    with Flask(__name__).app_context():
        g.lang = "ar"

        assert i18n.money(amount, "USD") == text


@pytest.mark.parametrize(
    ("language", "monday", "sunday"),
    [
        ("ar", "الاثنين", "الأحد"),
        ("ru", "понедельник", "воскресенье"),
        ("en", "Monday", "Sunday"),
    ],
)
def test_week_begins_on_monday_in_numbers(language: str, monday: str, sunday: str) -> None:
    app = Flask("words")
    Babel(app)

    with app.app_context(), i18n.speaking(language):
        assert (i18n.weekday_name(1), i18n.weekday_name(7)) == (monday, sunday)


@pytest.mark.parametrize(
    ("language", "zone", "town"),
    [
        ("ar", "Europe/Samara", "سامارا"),
        ("ar", "Asia/Sakhalin", "سخالين"),
        ("ar", "Europe/Berlin", "برلين"),
        ("ru", "Asia/Sakhalin", "Сахалин"),
        ("ru", "Asia/Anadyr", "Анадырь"),
        ("en", "Asia/Anadyr", "Anadyr"),
    ],
)
def test_a_town_is_named_as_atlases_name_it(language: str, zone: str, town: str) -> None:
    with Flask(__name__).app_context():
        g.lang = language

        assert i18n.city(zone) == town


def test_each_russian_zone_has_an_arabic_name_of_our_own() -> None:
    with Flask(__name__).app_context():
        g.lang = "ar"

        zones = dict(i18n.zones_near("Europe/Moscow"))
    assert zones == i18n.CITIES["ar"]
