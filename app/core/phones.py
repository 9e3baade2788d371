"""Phone numbers as people type them, and as they are called from anywhere."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.core import text as texts

LONGEST = 40
HOME_REGION = "RU"

_MARKS = re.compile(r"[0-9+() .\-/]+")
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_MOBILE = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UNKNOWN,
    }
)


def find(typed: str) -> str | None:
    """Return a number of any country as E.164, None for what is none.

    Without the code of a country it is Russian.
    """
    folded = texts.fold_digits(typed)
    if len(folded) > LONGEST or not _MARKS.fullmatch(folded):
        return None
    try:
        number = phonenumbers.parse(re.sub(r"^\s*00", "+", folded), HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    # A number without its area, which is possible only within it, reaches nobody from abroad.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if phonenumbers.number_type(number) in _COSTLY:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_unusual(number: str) -> bool:
    """Return whether no known range of the country holds a number."""
    return not phonenumbers.is_valid_number(phonenumbers.parse(number))


def takes_texts(number: str) -> bool:
    """Return whether a number may be a mobile phone; a range that nobody knows may be one."""
    return phonenumbers.number_type(phonenumbers.parse(number)) in _MOBILE
