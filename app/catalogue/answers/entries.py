"""What a form posted for one field, before anybody has judged it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.catalogue.definition.elements import Field
from app.core import text as texts

# Answers are stored as JSON: text, number, boolean, list or object.
Answer = str | int | bool | list[object] | dict[str, object]
Raw = Mapping[str, list[str]]
Param = str | int | Mapping[str, str]


class ErrorCode(StrEnum):
    """Why an answer was refused; app.catalogue.messages has a sentence for each."""

    REQUIRED = "required"
    CHOOSE = "choose"
    TICK = "tick"
    UNREADABLE = "unreadable"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_AMOUNT = "not_an_amount"
    UNKNOWN_CURRENCY = "unknown_currency"
    NOT_A_DATE = "not_a_date"
    DATE_INCOMPLETE = "date_incomplete"
    DATE_OR_YEAR = "date_or_year"
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    DATE_TOO_EARLY = "date_too_early"
    DATE_TOO_LATE = "date_too_late"
    UNKNOWN_CHOICE = "unknown_choice"
    UNKNOWN_COUNTRY = "unknown_country"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_PHONE = "not_a_phone"
    PHONE_UNUSUAL = "phone_unusual"
    NATIONAL_NUMBER_UNUSUAL = "national_number_unusual"
    NOT_IN_ARABIC = "not_in_arabic"
    NOT_IN_LATIN = "not_in_latin"
    NOT_IN_RUSSIAN = "not_in_russian"
    PATTERN = "pattern"


class Refused(Exception):
    """An entry cannot be accepted as it is."""

    def __init__(self, code: ErrorCode, **params: Param) -> None:
        super().__init__(code.value)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The raw values of a field under its key in the form, and the post's today."""

    field: Field
    key: str
    raw: Raw
    today: date

    def line(self, part: str = "") -> str:
        """Return one clean line; of several values under a key only the first counts."""
        return " ".join(self.paragraph(part).split())

    def paragraph(self, part: str = "") -> str:
        """Return clean text with its lines."""
        values = self.raw.get(f"{self.key}.{part}" if part else self.key) or [""]
        return _clean(values[0])

    def lines(self) -> list[str]:
        """Return every value under the key that is not blank, clean."""
        cleaned = (_clean(value) for value in self.raw.get(self.key, ()))
        return [value for value in cleaned if value]

    def of(self, field: Field, key: str) -> "Entry":
        """Return the entry of a field inside this group."""
        return replace(self, field=field, key=key)


def _clean(value: str) -> str:
    try:
        return texts.clean_text(value)
    except texts.UnreadableText:
        raise Refused(ErrorCode.UNREADABLE) from None
