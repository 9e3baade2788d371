"""What WTForms says of a field, in sentences of our own: its catalogues are not complete.

Its Arabic knows two of six plurals and says the rest in English; its English speaks of coercing.
"""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

_CHOICE = _l("Choose one of the answers in the list.")
_DATE = _l("Enter a date that exists, for example 27\u00a03\u00a01998.")
_EXPIRED = _l("This form has expired. Open the page anew and send it once more.")
_FRACTION = _l("Enter a number, for example 12.5.")

SENTENCES = {
    "Invalid field name '%s'.": _l("This form asks for something that it does not have."),
    "Field must be equal to %(other_name)s.": _l("The two entries differ."),
    "Field must be between %(min)d and %(max)d characters long.": _l(
        "Enter no fewer than %(min)d and no more than %(max)d characters."
    ),
    "Number must be at least %(min)s.": _l("Enter a number that is at least %(min)s."),
    "Number must be at most %(max)s.": _l("Enter a number that is at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Enter a number from %(min)s to %(max)s."),
    "Date must be at least %(min)s.": _l("Enter a date no earlier than %(min)s."),
    "Date must be at most %(max)s.": _l("Enter a date no later than %(max)s."),
    "Date must be between %(min)s and %(max)s.": _l("Enter a date between %(min)s and %(max)s."),
    "This field is required.": _l("This is needed."),
    "Invalid input.": _l("The answer does not have the expected form."),
    "Invalid email address.": _l("This is not an e-mail address."),
    "Invalid IP address.": _l("This is not an IP address."),
    "Invalid Mac address.": _l("This is not a MAC address."),
    "Invalid URL.": _l("This is not an address of a page on the internet."),
    "Invalid UUID.": _l("This is not a UUID."),
    "Invalid value, must be one of: %(values)s.": _l("Enter one of these: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": _l("Enter none of these: %(values)s."),
    "This field cannot be edited.": _l("This cannot be changed here."),
    "This field is disabled and cannot have a value.": _l("Nothing can be entered here."),
    "Invalid CSRF Token.": _EXPIRED,
    "CSRF token missing.": _EXPIRED,
    "CSRF failed.": _EXPIRED,
    "CSRF token expired.": _EXPIRED,
    "Invalid Choice: could not coerce.": _CHOICE,
    "Choices cannot be None.": _CHOICE,
    "Not a valid choice.": _CHOICE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOICE,
    "Not a valid datetime value.": _l("Enter a date that exists, with a time."),
    "Not a valid date value.": _DATE,
    "Not a valid time value.": _l("Enter a time, for example 09:30."),
    "Not a valid week value.": _l("Enter a week of a year."),
    "Not a valid integer value.": _l("Enter a whole number, for example 25."),
    "Not a valid decimal value.": _FRACTION,
    "Not a valid float value.": _FRACTION,
}
"""The sentences of WTForms to ours, which keep its placeholders."""


def _at_least(num: int) -> str:
    return ngettext(
        "Enter no fewer than %(num)d character.", "Enter no fewer than %(num)d characters.", num
    )


def _at_most(num: int) -> str:
    return ngettext(
        "Enter no more than %(num)d character.", "Enter no more than %(num)d characters.", num
    )


def _exactly(num: int) -> str:
    return ngettext("Enter exactly %(num)d character.", "Enter exactly %(num)d characters.", num)


def _not_offered(_num: int) -> str:
    # WTForms counts what was not offered and names it; the names are of no use to a reader.
    return _("Choose one of the answers in the list.")


COUNTED: dict[str, Callable[[int], str]] = {
    "Field must be at least %(min)d character long.": _at_least,
    "Field cannot be longer than %(max)d character.": _at_most,
    "Field must be exactly %(max)d character long.": _exactly,
    "'%(value)s' is not a valid choice for this field.": _not_offered,
}
"""The sentences of WTForms that count, by their singular."""


class FieldWords:
    """The translations that WTForms asks for its sentences."""

    def gettext(self, text: str) -> str:
        """Return our sentence for one of WTForms; a label made of a name stays as it is."""
        return str(SENTENCES.get(text, text))

    def ngettext(self, singular: str, _plural: str, num: int) -> str:
        """Return our sentence for one of WTForms that counts; raises KeyError for an unknown."""
        return COUNTED[singular](num)
