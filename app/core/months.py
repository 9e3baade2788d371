"""The names of the months as people write them: Syrian and international Arabic, Russian, English.

All are read in every language of the pages: a paper is copied in the words that stand on it.
"""

from collections.abc import Iterable

from app.core import text as texts

NAMES: tuple[tuple[str, ...], ...] = (
    ("كانون الثاني", "يناير", "январь", "января", "january"),
    ("شباط", "فبراير", "февраль", "февраля", "february"),
    ("آذار", "مارس", "март", "марта", "march"),
    ("نيسان", "أبريل", "апрель", "апреля", "april"),
    ("أيار", "مايو", "май", "мая", "may"),
    ("حزيران", "يونيو", "يونيه", "июнь", "июня", "june"),
    ("تموز", "يوليو", "يوليه", "июль", "июля", "july"),
    ("آب", "أغسطس", "август", "августа", "august"),
    ("أيلول", "سبتمبر", "сентябрь", "сентября", "september", "sept"),
    ("تشرين الأول", "أكتوبر", "октябрь", "октября", "october"),
    ("تشرين الثاني", "نوفمبر", "ноябрь", "ноября", "november"),
    ("كانون الأول", "ديسمبر", "декабрь", "декабря", "december"),
)
"""From January on; Russian and English ones are also cut, to three letters or more."""

_SHORTEST = 3


def _spellings() -> dict[str, int]:
    known: dict[str, int] = {}
    for number, names in enumerate(NAMES, start=1):
        for name in names:
            key = texts.match_key(name)
            # Arabic, which has no capitals, cuts no month.
            shortest = len(key) if name.upper() == name else _SHORTEST
            known.update({key[:length]: number for length in range(shortest, len(key) + 1)})
    return known


_NUMBER_OF = _spellings()


def number_of(name: str) -> int | None:
    """Return the month that a name stands for, from 1; None for anything else.

    Case, vowel marks, hamza, a point behind it and the article do not matter.
    """
    try:
        return _NUMBER_OF.get(texts.match_key(name))
    except texts.UnreadableText:
        return None


def as_digits(parts: Iterable[str]) -> list[str]:
    """Return the parts of a date in digits of ours, a month that was named by its number."""
    return [str(number_of(part) or texts.fold_digits(part).strip()) for part in parts]
