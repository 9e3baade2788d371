"""The forms of signing in and of a person's details: shape only, truth is the services'."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup
from wtforms import Field, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, EqualTo, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import TextInput

from app.accounts import rules
from app.accounts.models import AuthorityKind
from app.core import clock
from app.core import text as texts
from app.core.i18n import LANGUAGES
from app.core.text import Script
from app.web.forms import CHOOSE, REQUIRED, Form, KeyedForm, joined_parts

LONGEST_NAME = 255
LONGEST_PLACE = 150
LONGEST_NUMBER = 40

KINDS = {
    AuthorityKind.SELF.value: _l("This is me"),
    AuthorityKind.PARENT.value: _l("My child"),
    AuthorityKind.GUARDIAN.value: _l("My ward: I am the guardian"),
    AuthorityKind.AGENT.value: _l("My principal: I have a power of attorney"),
}
SEXES = {
    rules.Sex.FEMALE.value: lazy_pgettext("sex", "Female"),
    rules.Sex.MALE.value: lazy_pgettext("sex", "Male"),
}
SHORTER = _l("Shorten this to %(max)d characters or fewer.")
IN_SCRIPT = {
    Script.ARABIC: _l("Write this in Arabic letters."),
    Script.LATIN: _l("Write this in Latin letters, as in the passport."),
    Script.CYRILLIC: _l("Write this in Russian letters."),
}


class Needed:
    """Refuses an empty field, and keeps quiet where reading it failed already."""

    field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Raise StopValidation unless there is something."""
        if field.data:
            return
        raise StopValidation("" if field.errors else str(REQUIRED))


class Written:
    """Refuses letters of another script, and signs that stand in no name."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def __call__(self, form: Form, field: Field) -> None:
        """Raise ValidationError for a text that is not in the script."""
        if field.data and not texts.is_written_in(field.data, self.script):
            raise ValidationError(str(IN_SCRIPT[self.script]))


def number_like(_form: Form, field: Field) -> None:
    """Refuse signs that stand in no number of a paper; a validator."""
    if field.data and not texts.is_number(field.data):
        raise ValidationError(_("Use only letters, digits and the signs of a keyboard."))


class LineField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """One line of text, cleaned of what nobody sees."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the first value; raise ValueError for text that no reader typed."""
        self.data = ""
        try:
            self.data = texts.clean_line(valuelist[0]) if valuelist else ""
        except texts.UnreadableText:
            raise ValueError(_("This text holds signs that cannot be read.")) from None


class BirthField(Field):  # type: ignore[misc]  # WTForms ships no types
    """Day, month and year in three inputs of one name; the year alone is enough."""

    widget = TextInput()

    def _value(self) -> str:
        """Return what was typed, or the stored birth, as "day month year"."""
        if self.raw_data:
            return joined_parts(self.raw_data)
        year, _dash, rest = (self.data or "").partition("-")
        month, _dash, day = rest.partition("-")
        return f"{day} {month} {year}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Set an ISO day or a year; raise ValueError when there was no such day."""
        self.data = None
        day, month, year = [*valuelist, "", "", ""][:3]
        if not any(part.strip() for part in (day, month, year)):
            return
        self.data = rules.find_birth(year, month, day, today=_latest_today())
        if self.data is None:
            raise ValueError(
                _(
                    "Enter a day that was, such as 27\u00a03\u00a01990, "
                    "or the year alone if no more is known."
                )
            )


def _latest_today() -> date:
    """Return the date where the day is furthest ahead: a child may be born there today."""
    return (clock.now() + timedelta(hours=14)).date()


class AddressForm(Form):
    """Where the code is sent."""

    address = StringField(_l("E-mail address"))
    next = HiddenField()


class PhoneForm(Form):
    """The phone to which a code is sent."""

    phone = StringField(_l("Mobile phone, with the country code"))


class AddressPasswordForm(AddressForm):
    """Address and password, of a citizen who has one."""

    password = PasswordField(lazy_pgettext("field", "Password"), [Needed()])


class PasskeyForm(Form):
    """What the script of a page got from an authenticator, and from where somebody came."""

    credential = HiddenField()
    next = HiddenField()
    door = HiddenField()


class PasskeyNameForm(Form):
    """What a passkey is called, and at its making what the authenticator gave."""

    name = LineField(_l("Name of the passkey"), [Optional(), Length(max=60, message=SHORTER)])
    credential = HiddenField()


class CodeForm(Form):
    """The code that came by mail or to the phone."""

    code = StringField(_l("Code of six digits"), [Needed()])


class LanguageForm(Form):
    """The language of messages."""

    language = RadioField(
        _l("Language of messages to you"),
        [AnyOf(list(LANGUAGES), message=CHOOSE)],
        choices=[
            SelectChoice(code, Markup('<bdi lang="{}">{}</bdi>').format(code, name))
            for code, name in LANGUAGES.items()
        ],
        validate_choice=False,
    )


class StaffForm(Form):
    """The first factor of staff."""

    login = StringField(lazy_pgettext("field", "Login"), [Needed()])
    password = PasswordField(lazy_pgettext("field", "Password"), [Needed()])
    next = HiddenField()


class PasswordForm(Form):
    """The present password, if there is any, and twice the new one."""

    present = PasswordField(_l("Present password"), [Needed()])
    password = PasswordField(_l("New password"), [Needed()])
    again = PasswordField(
        _l("New password once more"),
        [Needed(), EqualTo("password", message=_l("The two passwords differ."))],
    )


class SecondFactorForm(Form):
    """A second factor."""

    code = StringField(_l("Code from the authenticator app"), [Needed()])


class ConfirmForm(SecondFactorForm):
    """The second factor once more, and where it was asked for."""

    next = HiddenField()


def _name(label: Any, script: Script, first: Any) -> LineField:
    """Return a field for a name (Any: a lazy string, and a validator)."""
    return LineField(label, [first, Length(max=LONGEST_NAME, message=SHORTER), Written(script)])


def _choices(texts_of: dict[str, Any]) -> list[SelectChoice]:
    """Return choices by their values (Any: lazy strings)."""
    return [SelectChoice(value, text) for value, text in texts_of.items()]


class PersonForm(KeyedForm):
    """Who a person is, as far as the papers say."""

    kind = RadioField(
        _l("Who is this?"),
        [Needed(), AnyOf(list(KINDS), message=CHOOSE)],
        choices=_choices(KINDS),
        validate_choice=False,
    )
    first_ar = _name(_l("First name"), Script.ARABIC, Needed())
    father_ar = _name(_l("Father's name"), Script.ARABIC, Needed())
    grandfather_ar = _name(_l("Grandfather's name"), Script.ARABIC, Optional())
    family_ar = _name(_l("Family name"), Script.ARABIC, Optional())
    mother_first_ar = _name(_l("Mother's first name"), Script.ARABIC, Needed())
    mother_family_ar = _name(_l("Mother's family name"), Script.ARABIC, Optional())
    first_latin = _name(_l("First name in Latin letters"), Script.LATIN, Needed())
    father_latin = _name(_l("Father's name in Latin letters"), Script.LATIN, Optional())
    family_latin = _name(_l("Family name in Latin letters"), Script.LATIN, Optional())
    first_ru = _name(_l("First name in Russian"), Script.CYRILLIC, Optional())
    father_ru = _name(_l("Father's name in Russian"), Script.CYRILLIC, Optional())
    family_ru = _name(_l("Family name in Russian"), Script.CYRILLIC, Optional())
    sex = RadioField(
        lazy_pgettext("field", "Sex"),
        [Needed(), AnyOf(list(SEXES), message=CHOOSE)],
        choices=_choices(SEXES),
        validate_choice=False,
    )
    birth = BirthField(_l("Date of birth"), [Needed()])
    birth_place = LineField(
        _l("Place of birth"), [Optional(), Length(max=LONGEST_PLACE, message=SHORTER)]
    )
    national_number = LineField(
        _l("National number"),
        [Optional(), Length(max=LONGEST_NUMBER, message=SHORTER), number_like],
    )
    passport_number = LineField(
        _l("Passport number"),
        [Optional(), Length(max=LONGEST_NUMBER, message=SHORTER), number_like],
    )
    next = HiddenField()

    def details(self) -> rules.Details:
        """Return what was entered, numbers in Latin digits."""
        given = {name: self[name].data or "" for name in rules.Details.__dataclass_fields__}
        for number in ("national_number", "passport_number"):
            given[number] = texts.fold_digits(given[number])
        return rules.Details(**given)
