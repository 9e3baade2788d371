"""The sentence for every way in which an answer or a service file can be wrong."""

from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString

from app.catalogue.answers.engine import FieldError
from app.catalogue.answers.entries import ErrorCode
from app.catalogue.definition.problems import Problem, ProblemCode
from app.core import i18n

ANSWERS: Mapping[ErrorCode, LazyString] = {
    ErrorCode.REQUIRED: _l("Enter an answer."),
    ErrorCode.CHOOSE: _l("Choose an answer."),
    ErrorCode.TICK: _l("Tick the box to confirm."),
    ErrorCode.UNREADABLE: _l("The text contains characters that cannot be read. Type it again."),
    ErrorCode.TOO_SHORT: _l("The number of characters must be at least %(limit)s."),
    ErrorCode.TOO_LONG: _l("The number of characters must be at most %(limit)s."),
    ErrorCode.TOO_SMALL: _l("The number must be at least %(limit)s."),
    ErrorCode.TOO_LARGE: _l("The number must be at most %(limit)s."),
    ErrorCode.TOO_FEW: _l("The number of entries must be at least %(limit)s."),
    ErrorCode.TOO_MANY: _l("The number of entries must be at most %(limit)s."),
    ErrorCode.NOT_A_NUMBER: _l("Enter a whole number, for example 25."),
    ErrorCode.NOT_AN_AMOUNT: _l("Enter an amount, for example 200 or 49.50."),
    ErrorCode.UNKNOWN_CURRENCY: _l("Choose a currency from the list."),
    ErrorCode.NOT_A_DATE: _l("Enter a date that exists, for example 27\u00a03\u00a01998."),
    ErrorCode.DATE_INCOMPLETE: _l("Enter the day, the month and the year."),
    ErrorCode.DATE_OR_YEAR: _l("Enter the whole date, or the year alone."),
    ErrorCode.YEAR_OUT_OF_RANGE: _l(
        "Enter a year of the Gregorian calendar between %(earliest)s and %(latest)s."
    ),
    ErrorCode.DATE_TOO_EARLY: _l("The date must be %(earliest)s or later."),
    ErrorCode.DATE_TOO_LATE: _l("The date must be %(latest)s or earlier."),
    ErrorCode.UNKNOWN_CHOICE: _l("Choose one of the answers in the list."),
    ErrorCode.UNKNOWN_COUNTRY: _l("Choose a country from the list."),
    ErrorCode.NOT_AN_EMAIL: _l("Enter one e-mail address, for example name@example.org."),
    ErrorCode.NOT_A_PHONE: _l(
        "Enter the whole number with its area or country code, "
        "for example 89161234567 or 00963944123456."
    ),
    ErrorCode.PHONE_UNUSUAL: _l("This phone number looks unusual. Check it before continuing."),
    ErrorCode.NATIONAL_NUMBER_UNUSUAL: _l(
        "A national number usually has 11 digits. Check it before continuing."
    ),
    ErrorCode.NOT_IN_ARABIC: _l("Write the name in Arabic letters."),
    ErrorCode.NOT_IN_LATIN: _l("Write the name in Latin letters, as in the passport."),
    ErrorCode.NOT_IN_RUSSIAN: _l("Write the name in Russian letters."),
    ErrorCode.PATTERN: _l("The answer does not have the expected form."),
}

PROBLEMS: Mapping[ProblemCode, LazyString] = {
    ProblemCode.NOT_JSON: _l("The file is not valid JSON in UTF-8."),
    ProblemCode.FILE_TOO_LARGE: _l("The file is larger than %(limit)s bytes."),
    ProblemCode.TOO_DEEP: _l("The nesting is deeper than %(limit)s levels."),
    ProblemCode.MISSING: _l("This value is missing."),
    ProblemCode.UNKNOWN_KEY: _l("This key is not known."),
    ProblemCode.WRONG_TYPE: _l("The value has the wrong type; expected: %(expected)s."),
    ProblemCode.WRONG_FORMAT_VERSION: _l("The format version must be %(expected)s."),
    ProblemCode.BAD_KEY: _l(
        "A key has small Latin letters, digits and underscores, and starts with a letter."
    ),
    ProblemCode.BAD_CODE: _l(
        "A code has 3 to 40 capital Latin letters, digits and underscores, "
        "and starts with a letter."
    ),
    ProblemCode.NOT_ALLOWED: _l("This value is not one of the allowed ones."),
    ProblemCode.OUT_OF_RANGE: _l("The number must be between %(least)s and %(most)s."),
    ProblemCode.TOO_MANY: _l("The list is too long; the limit is %(limit)s."),
    ProblemCode.TOO_FEW: _l("The list is too short; the least number is %(limit)s."),
    ProblemCode.TOO_LONG: _l("The text is too long; the limit in characters is %(limit)s."),
    ProblemCode.LANGUAGE_MISSING: _l("The text is missing in the language “%(language)s”."),
    ProblemCode.BAD_LANGUAGE: _l("A language is a code such as ar, ru or en."),
    ProblemCode.HTML_IN_TEXT: _l("HTML is not allowed in texts."),
    ProblemCode.UNREADABLE_TEXT: _l("The text contains control characters."),
    ProblemCode.BAD_DATE: _l("A date is written as 2026-01-31."),
    ProblemCode.DATES_REVERSED: _l("The last day lies before the first."),
    ProblemCode.BOUNDS_REVERSED: _l("The upper limit is below the lower limit."),
    ProblemCode.DUPLICATE: _l("This key is used twice."),
    ProblemCode.UNSAFE_PATTERN: _l(
        "The pattern must start with ^ and end with $, use ASCII characters only, "
        "and not repeat groups."
    ),
    ProblemCode.CONDITION_UNKNOWN_FIELD: _l(
        "The condition refers to the field “%(field)s”, which does not exist."
    ),
    ProblemCode.CONDITION_LATER_FIELD: _l(
        "The condition refers to the field “%(field)s”, which is asked later."
    ),
    ProblemCode.CONDITION_CYCLE: _l("The condition leads back to its own field “%(field)s”."),
    ProblemCode.CONDITION_UNCLEAR: _l(
        "A condition says one of: is, in, below, at_least, at_most, older_than, answered, all, "
        "any, not."
    ),
    ProblemCode.CONDITION_UNKNOWN_VALUE: _l(
        "The field “%(field)s” can never have the value “%(value)s”."
    ),
    ProblemCode.CONDITION_NOT_A_DATE: _l(
        "The condition asks how old the field “%(field)s” is, which is not a date."
    ),
    ProblemCode.CONDITION_NEVER: _l(
        "No answers can fulfil this condition, so nobody would ever be asked this."
    ),
    ProblemCode.NOT_FOR_THIS_STEP: _l("This is not possible for a step of the kind %(kind)s."),
    ProblemCode.SECOND_WITHOUT_FIRST: _l("A second check comes after a first one."),
    ProblemCode.NOT_FOR_THIS_KIND: _l("This is not possible for a field of the kind %(kind)s."),
    ProblemCode.REQUIRED_TWICE: _l("A field that is always required needs no condition for it."),
    ProblemCode.FEES_OVERLAP: _l(
        "The period overlaps the fee “%(fee)s” of the same variant and category."
    ),
    ProblemCode.FEE_CATEGORY_UNSERVED: _l(
        "The service is not open to the applicant category “%(value)s”."
    ),
    ProblemCode.WAIVER_WITHOUT_GROUND: _l(
        "A waiver needs a condition, an officer’s decision or a last day."
    ),
    ProblemCode.PLACEHOLDER_UNKNOWN: _l("The placeholder {%(name)s} is not known."),
    ProblemCode.UNREADABLE_REASON_MISSING: _l("The reason “unreadable” is missing."),
    ProblemCode.APPOINTMENT_MISSING: _l(
        "The path has an appointment, but no pool and units are given."
    ),
    ProblemCode.APPOINTMENT_UNUSED: _l("A pool is given, but the path has no appointment."),
    ProblemCode.WITHOUT_DOCUMENT: _l("No template is chosen, so no document is made here."),
}


EXPECTED: Mapping[str, LazyString] = {
    "object": lazy_pgettext("JSON", "an object in braces"),
    "list": lazy_pgettext("JSON", "a list in square brackets"),
    "list of strings": lazy_pgettext("JSON", "a list of texts"),
    "map of languages": lazy_pgettext("JSON", "a text for each language"),
    "string": lazy_pgettext("JSON", "a text in quotation marks"),
    "whole number": lazy_pgettext("JSON", "a whole number"),
    "true or false": lazy_pgettext("JSON", "true or false"),
    "string, whole number, true or false": lazy_pgettext(
        "JSON", "a text, a whole number, true or false"
    ),
}
"""What a value should have been, by what its reader says."""


def describe_error(error: FieldError) -> tuple[str, str]:
    """Return (language, sentence) for an answer's error or warning.

    A pattern brings the sentence of the admin who wrote it, which may exist in
    another language than the reader's.
    """
    message = error.params.get("message")
    if isinstance(message, Mapping):
        return i18n.pick(message)
    shown = {name: _shown(name, value) for name, value in error.params.items()}
    return i18n.language(), _fill(ANSWERS[error.code], shown)


def describe_problem(problem: Problem) -> str:
    """Return the sentence for a mistake in a service file; the place stands beside it."""
    params: dict[str, object] = dict(problem.params)
    if problem.code is ProblemCode.WRONG_TYPE:
        params["expected"] = EXPECTED[str(params["expected"])]
    if problem.code is ProblemCode.LANGUAGE_MISSING:
        params["language"] = i18n.language_name(str(params["language"]))
    return _fill(PROBLEMS[problem.code], params)


def _fill(sentence: LazyString, params: Mapping[str, object]) -> str:
    words = str(sentence)
    return words % params if params else words


def _shown(name: str, value: object) -> object:
    """Return a bound that is a day as the reader writes days, anything else unchanged."""
    if name in {"earliest", "latest"} and isinstance(value, str):
        return i18n.short_day(date.fromisoformat(value))
    return value
