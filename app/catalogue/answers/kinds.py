"""Reads one answer of each kind: what was typed becomes a value or a reason."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from app.catalogue.answers import dates as answer_dates
from app.catalogue.answers.entries import Answer, Entry, ErrorCode, Refused
from app.catalogue.definition.elements import FieldKind
from app.catalogue.rates import CURRENCIES as CURRENCIES  # amounts are answered in these
from app.core import phones
from app.core import text as texts

SHORT_TEXT = 200
LONG_TEXT = 4_000
ADDRESS = 500
NAME = 100
NATIONAL_NUMBER = 40
EMAIL = 254
COUNTRIES: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)

_INTEGER = re.compile(r"-?[0-9]{1,15}")
_AMOUNT = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,2})?")
_NUMBER_MARKS = str.maketrans(
    {"٫": ".", "٬": None, " ": None, "\u00a0": None, "\u202f": None, "−": "-"}
)


def read_short_text(entry: Entry) -> str | None:
    """Return one line of text; where a form is asked for, its digits are Latin."""
    typed = entry.line()
    folded = texts.fold_digits(typed) if entry.field.pattern else typed
    return _within_length(folded, entry, longest=SHORT_TEXT)


def read_long_text(entry: Entry) -> str | None:
    """Return text with its lines."""
    return _within_length(entry.paragraph(), entry, longest=LONG_TEXT)


def read_address(entry: Entry) -> str | None:
    """Return an address with its lines."""
    return _within_length(entry.paragraph(), entry, longest=ADDRESS)


def read_name_ar(entry: Entry) -> str | None:
    """Return a name in Arabic letters."""
    return _name(entry, texts.Script.ARABIC, ErrorCode.NOT_IN_ARABIC)


def read_name_latin(entry: Entry) -> str | None:
    """Return a name in Latin letters, as in the passport."""
    return _name(entry, texts.Script.LATIN, ErrorCode.NOT_IN_LATIN)


def read_name_ru(entry: Entry) -> str | None:
    """Return a name in Russian letters."""
    return _name(entry, texts.Script.CYRILLIC, ErrorCode.NOT_IN_RUSSIAN)


def read_number(entry: Entry) -> int | None:
    """Return a whole number typed in any digits."""
    typed = texts.fold_digits(entry.line()).translate(_NUMBER_MARKS)
    if not typed:
        return None
    if not _INTEGER.fullmatch(typed):
        raise Refused(ErrorCode.NOT_A_NUMBER)
    number = int(typed)
    if entry.field.least is not None and number < entry.field.least:
        raise Refused(ErrorCode.TOO_SMALL, limit=entry.field.least)
    if entry.field.most is not None and number > entry.field.most:
        raise Refused(ErrorCode.TOO_LARGE, limit=entry.field.most)
    return number


def read_money(entry: Entry) -> dict[str, object] | None:
    """Return an amount in minor units and its currency."""
    typed = entry.line("amount") or entry.line()
    folded = texts.fold_digits(typed).translate(_NUMBER_MARKS)
    if not folded:
        return None
    if not _AMOUNT.fullmatch(folded):
        raise Refused(ErrorCode.NOT_AN_AMOUNT)
    currency = entry.line("currency") or CURRENCIES[0]
    if currency not in CURRENCIES:
        raise Refused(ErrorCode.UNKNOWN_CURRENCY)
    amount = int(Decimal(folded.replace(",", ".")) * 100)
    _check_amount(amount, entry)
    return {"amount": amount, "currency": currency}


def read_yes_no(entry: Entry) -> bool | None:
    """Return true for yes."""
    typed = entry.line()
    if typed not in {"", "yes", "no"}:
        raise Refused(ErrorCode.UNKNOWN_CHOICE)
    return typed == "yes" if typed else None


def read_declaration(entry: Entry) -> bool | None:
    """Return true when the box was ticked; an empty box is no answer."""
    return True if entry.line() else None


def read_choice(entry: Entry) -> str | None:
    """Return the key of the chosen answer."""
    typed = entry.line()
    if typed and typed not in {choice.key for choice in entry.field.choices}:
        raise Refused(ErrorCode.UNKNOWN_CHOICE)
    return typed or None


def read_choices(entry: Entry) -> list[object] | None:
    """Return the keys of the chosen answers in the order of the form."""
    typed = set(entry.lines())
    if not typed <= {choice.key for choice in entry.field.choices}:
        raise Refused(ErrorCode.UNKNOWN_CHOICE)
    if not typed:
        return None
    if entry.field.least is not None and len(typed) < entry.field.least:
        raise Refused(ErrorCode.TOO_FEW, limit=entry.field.least)
    if entry.field.most is not None and len(typed) > entry.field.most:
        raise Refused(ErrorCode.TOO_MANY, limit=entry.field.most)
    return [choice.key for choice in entry.field.choices if choice.key in typed]


def read_country(entry: Entry) -> str | None:
    """Return a country as its ISO code of two letters."""
    typed = entry.line()
    if typed and typed not in COUNTRIES:
        raise Refused(ErrorCode.UNKNOWN_COUNTRY)
    return typed or None


def read_email(entry: Entry) -> str | None:
    """Return one e-mail address; whether it can be reached is not asked here."""
    typed = entry.line()
    if not typed:
        return None
    if len(typed) > EMAIL:
        raise Refused(ErrorCode.TOO_LONG, limit=EMAIL)
    try:
        return validate_email(typed, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise Refused(ErrorCode.NOT_AN_EMAIL) from None


def read_phone(entry: Entry) -> str | None:
    """Return a phone number of any country as E.164; without a code it is Russian."""
    typed = entry.line()
    if not typed:
        return None
    number = phones.find(typed)
    if number is None:
        raise Refused(ErrorCode.NOT_A_PHONE)
    return number


def read_national_number(entry: Entry) -> str | None:
    """Return the national number; its form is warned about, never refused."""
    typed = texts.fold_digits(entry.line()).replace(" ", "").replace("-", "")
    if len(typed) > NATIONAL_NUMBER:
        raise Refused(ErrorCode.TOO_LONG, limit=NATIONAL_NUMBER)
    return typed or None


def read_document_number(entry: Entry) -> str | None:
    """Return the number of a passport or identity card, with Latin digits."""
    return _within_length(texts.fold_digits(entry.line()), entry, longest=NATIONAL_NUMBER)


def is_unusual_national_number(number: str) -> bool:
    """Return whether the number has not 10 to 12 digits (the length has no sure source)."""
    return re.fullmatch(r"[0-9]{10,12}", number) is None


READERS: Mapping[FieldKind, Callable[[Entry], Answer | None]] = {
    FieldKind.SHORT_TEXT: read_short_text,
    FieldKind.LONG_TEXT: read_long_text,
    FieldKind.NUMBER: read_number,
    FieldKind.MONEY: read_money,
    FieldKind.DATE: answer_dates.read_date,
    FieldKind.YEAR_OR_DATE: answer_dates.read_year_or_date,
    FieldKind.YES_NO: read_yes_no,
    FieldKind.CHOICE: read_choice,
    FieldKind.CHOICES: read_choices,
    FieldKind.COUNTRY: read_country,
    FieldKind.EMAIL: read_email,
    FieldKind.PHONE: read_phone,
    FieldKind.NATIONAL_NUMBER: read_national_number,
    FieldKind.DOCUMENT_NUMBER: read_document_number,
    FieldKind.NAME_AR: read_name_ar,
    FieldKind.NAME_LATIN: read_name_latin,
    FieldKind.NAME_RU: read_name_ru,
    FieldKind.ADDRESS: read_address,
    FieldKind.DECLARATION: read_declaration,
}


def _within_length(typed: str, entry: Entry, *, longest: int) -> str | None:
    if not typed:
        return None
    most = longest if entry.field.most is None else min(longest, entry.field.most)
    if len(typed) > most:
        raise Refused(ErrorCode.TOO_LONG, limit=most)
    if entry.field.least is not None and len(typed) < entry.field.least:
        raise Refused(ErrorCode.TOO_SHORT, limit=entry.field.least)
    return typed


def _name(entry: Entry, script: texts.Script, code: ErrorCode) -> str | None:
    name = _within_length(entry.line(), entry, longest=NAME)
    if name and not texts.is_written_in(name, script):
        raise Refused(code)
    return name


def _check_amount(amount: int, entry: Entry) -> None:
    if entry.field.least is not None and amount < entry.field.least:
        raise Refused(ErrorCode.TOO_SMALL, limit=_in_units(entry.field.least))
    if entry.field.most is not None and amount > entry.field.most:
        raise Refused(ErrorCode.TOO_LARGE, limit=_in_units(entry.field.most))


def _in_units(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"
