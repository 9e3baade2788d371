"""Languages, directions, dates, numbers and money as the reader writes them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, get_day_names, get_timezone_location
from babel.numbers import format_currency, format_decimal
from flask import g
from flask_babel import force_locale, gettext

from app.core import clock

LANGUAGES: dict[str, str] = {"ar": "العربية", "ru": "Русский", "en": "English"}
LOCALES: dict[str, str] = {"ar": "ar_SY", "ru": "ru_RU", "en": "en_GB"}
SOURCE = "en"
DEFAULT = "ar"
FALLBACK: dict[str, tuple[str, ...]] = {
    "ar": ("ar", "en", "ru"),
    "ru": ("ru", "en", "ar"),
    "en": ("en", "ru", "ar"),
}


def language() -> str:
    """Return the code of the language that the present reader gets."""
    try:
        code: str = g.get("lang", DEFAULT)
    except RuntimeError:  # outside any app; asked for first, it would cost as much again
        return DEFAULT
    return code


def locale_name() -> str:
    """Return the locale for Flask-Babel: Arabic is always ar_SY, for its months."""
    return LOCALES[language()]


def locale() -> Locale:
    """Return the Babel locale of the present reader."""
    return Locale.parse(locale_name())


def direction(code: str | None = None) -> str:
    """Return "rtl" or "ltr" for a language, the reader's own when none is named."""
    return "rtl" if (code or language()) == "ar" else "ltr"


def own_name(code: str) -> str:
    """Return what a language calls itself."""
    return LANGUAGES.get(code) or Locale.parse(code).get_display_name(code) or code


def language_name(code: str) -> str:
    """Return what the present reader calls a language, as it stands by itself."""
    name = language_said(code)
    return name[:1].upper() + name[1:]


def language_said(code: str) -> str:
    """Return what the present reader calls a language, as it stands within a sentence."""
    return str(locale().languages.get(code, code))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language outside a request: in a message, a document, a command."""
    before, spoken = g.get("lang"), g.get("spoken")
    if before == spoken == code:  # within another: a crowd of messages is written in one go
        yield
        return
    g.lang = g.spoken = code
    try:
        with force_locale(LOCALES[code]):
            yield
    finally:
        g.spoken = spoken
        if before is None:
            g.pop("lang", None)
        else:
            g.lang = before


def pick(texts: Mapping[str, str] | None) -> tuple[str, str]:
    """Return (language, text) of a map of languages, the reader's or the nearest there is."""
    if not isinstance(texts, Mapping):  # of a row that somebody damaged
        return language(), gettext("(cannot be read)")
    for code in FALLBACK[language()]:
        if texts.get(code):
            return code, texts[code]
    for code, text in texts.items():
        if text:
            return code, text
    return language(), ""


def text_in(texts: Mapping[str, str]) -> str:
    """Return the plain text of a map of languages for the present reader."""
    return pick(texts)[1]


def comma() -> str:
    """Return what stands between two things that are listed in one line."""
    return "، " if language() == "ar" else ", "


def listed(texts: Iterable[str]) -> str:
    """Return texts as one line, with the comma of the reader's language between them."""
    return comma().join(text for text in texts if text)


@lru_cache(maxsize=1024)
def _dated(value: date, pattern: str, name: str) -> str:
    """Return a day in a locale; a list repeats few days in many rows."""
    return format_date(value, pattern, locale=name)


def day(value: date) -> str:
    """Return a day in full: "الخميس 26 تشرين الثاني 2026"."""
    # "года" and not "г.": a full stop of its own would stand twice at the end of a sentence.
    pattern = "EEEE d MMMM y" if language() != "ru" else "EEEE, d MMMM y 'года'"
    return _dated(value, pattern, locale_name())


_RUSSIAN_UNTIL = (
    "понедельника",
    "вторника",
    "среды",
    "четверга",
    "пятницы",
    "субботы",
    "воскресенья",
)


def until_day(value: date) -> str:
    """Return a day in full as it follows "until": Russian puts the weekday in the genitive."""
    if language() != "ru":
        return day(value)
    rest = format_date(value, "d MMMM y 'года'", locale=locale())
    return f"{_RUSSIAN_UNTIL[value.weekday()]}, {rest}"


def short_day(value: date) -> str:
    """Return a day with its month in full and without the weekday."""
    return _dated(value, "d MMMM y", locale_name())


def day_and_month(value: date) -> str:
    """Return a day without its year, for tables of what is near."""
    return _dated(value, "d MMMM", locale_name())


def month(value: date) -> str:
    """Return the name of the month as it follows a day: "24 ноября"."""
    return _dated(value, "MMMM", locale_name())


def weekday(value: date) -> str:
    """Return the name of the weekday alone."""
    return _dated(value, "cccc", locale_name())


def weekday_name(number: int) -> str:
    """Return the name of an ISO weekday: 1 is Monday."""
    return str(get_day_names("wide", "stand-alone", locale())[number - 1])


def time_of_day(value: datetime, zone: str) -> str:
    """Return a moment's 24-hour time on the clock of a zone, with Latin digits."""
    return f"{clock.local(value, zone):%H:%M}"


def city(zone: str) -> str:
    """Return the town by which an IANA zone is called, in the reader's language."""
    known = CITIES.get(language(), {}).get(zone)
    return known or str(get_timezone_location(zone, locale=locale(), return_city=True))


def zones_near(zone: str) -> list[tuple[str, str]]:
    """Return the zones of the country of a zone with their towns, in order of the towns."""
    territory = get_global("zone_territories").get(zone, "")
    zones = get_global("territory_zones").get(territory, [zone])
    return sorted(((one, city(one)) for one in zones), key=lambda pair: pair[1])


def number(value: int) -> str:
    """Return a whole number with the reader's grouping and Latin digits."""
    return format_decimal(value, locale=locale(), numbering_system="latn")


_ARABIC_MONEY: dict[str, dict[str, str]] = {
    "USD": {
        "one": "دولار أمريكي واحد",
        "two": "دولاران أمريكيان",
        "few": "{} دولارات أمريكية",
        "many": "{} دولاراً أمريكياً",
        "other": "{} دولار أمريكي",
    },
    "RUB": {
        "one": "روبل روسي واحد",
        "two": "روبلان روسيان",
        "few": "{} روبلات روسية",
        "many": "{} روبلاً روسياً",
        "other": "{} روبل روسي",
    },
    "SYP": {
        "one": "ليرة سورية واحدة",
        "two": "ليرتان سوريتان",
        "few": "{} ليرات سورية",
        "many": "{} ليرة سورية",
        "other": "{} ليرة سورية",
    },
}
"""By plural form; the CLDR has one form for all numbers, which is wrong Arabic."""


def currency_name(code: str) -> str:
    """Return a currency with its name, as it stands in a list: "USD – US Dollar"."""
    name = locale().currencies.get(code, code)
    return f"{code} – {name}"


def money(amount: int, currency: str) -> str:
    """Return an amount in minor units in words that need no isolation: "200 US dollars"."""
    has_cents = amount % 100 != 0
    forms = _ARABIC_MONEY.get(currency, {}) if language() == "ar" else {}
    form = "other" if has_cents else locale().plural_form(amount // 100)
    if form in forms:
        digits = "#,##0.00" if has_cents else "#,##0"
        figure = format_decimal(
            Decimal(amount) / 100, digits, locale=locale(), numbering_system="latn"
        )
        return forms[form].format(figure)
    return format_currency(
        Decimal(amount) / 100,
        currency,
        locale=locale(),
        format_type="name",
        currency_digits=has_cents,
        numbering_system="latn",
    )


CITIES: dict[str, dict[str, str]] = {
    "ar": {
        "Europe/Kaliningrad": "كالينينغراد",
        "Europe/Moscow": "موسكو",
        "Europe/Kirov": "كيروف",
        "Europe/Volgograd": "فولغوغراد",
        "Europe/Astrakhan": "أستراخان",
        "Europe/Saratov": "ساراتوف",
        "Europe/Ulyanovsk": "أوليانوفسك",
        "Europe/Samara": "سامارا",
        "Asia/Yekaterinburg": "يكاترينبورغ",
        "Asia/Omsk": "أومسك",
        "Asia/Novosibirsk": "نوفوسيبيرسك",
        "Asia/Barnaul": "بارناول",
        "Asia/Tomsk": "تومسك",
        "Asia/Novokuznetsk": "نوفوكوزنيتسك",
        "Asia/Krasnoyarsk": "كراسنويارسك",
        "Asia/Irkutsk": "إيركوتسك",
        "Asia/Chita": "تشيتا",
        "Asia/Yakutsk": "ياكوتسك",
        "Asia/Khandyga": "خانديغا",
        "Asia/Vladivostok": "فلاديفوستوك",
        "Asia/Ust-Nera": "أوست نيرا",
        "Asia/Magadan": "ماغادان",
        "Asia/Sakhalin": "سخالين",
        "Asia/Srednekolymsk": "سريدنيكوليمسك",
        "Asia/Kamchatka": "كامتشاتكا",
        "Asia/Anadyr": "أنادير",
    },
    "ru": {"Asia/Sakhalin": "Сахалин"},
}
"""Towns of Russian zones as Arabic atlases write them: those of CLDR are mutilated ("سمراء", the
brown one, for Samara)."""
