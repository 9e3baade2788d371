"""The forms of filing, following and withdrawing a request; choices are passed in."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from app.cases.forms import PartsField
from app.core import reference as references
from app.web.forms import CHOOSE, REQUIRED, Form, KeyedForm, one_file, only_text


class StartForm(KeyedForm):
    """For whom, several persons of a household together, and in what way."""

    person = SelectMultipleField(
        _l("Whom is the request for?"),
        validators=[InputRequired(_l("Please choose at least one person."))],
    )
    variant = RadioField(_l("How quickly?"), validators=[InputRequired(CHOOSE)])

    def offer(self, persons: list[tuple[str, Any]], variants: list[tuple[str, Any]]) -> None:
        """Set what can be chosen (Any: marked text); what leaves no choice is not asked."""
        self.person.choices = [SelectChoice(*pair) for pair in persons]
        self.variant.choices = [SelectChoice(*pair) for pair in variants]
        if not variants:
            del self.variant
        if len(persons) == 1 and not self.is_submitted():
            self.person.data = [persons[0][0]]


class SpeedForm(KeyedForm):
    """In what way a draft is to be worked on."""

    variant = RadioField(_l("How quickly?"), validators=[InputRequired(CHOOSE)])


class SeenForm(KeyedForm):
    """An action on a case as it was looked at."""

    seen = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class PaperForm(KeyedForm):
    """A file for one paper, and the day of issue where it matters."""

    file = FileField(_l("File"), validators=[one_file])
    issued_on = PartsField(_l("Day of issue"))
    for_all = BooleanField(_l("The same file for everybody who is filed for together"))


class RemoveForm(Form):
    """Which file is to be taken away."""

    file = HiddenField(validators=[DataRequired(), Length(max=32)])


def reads_as_reference(_form: Form, field: StringField) -> None:
    """Refuse what can be no number of a request; a validator. Anybody can tell, so nothing leaks.

    A slip is told at once and costs none of the tries that are counted.
    """
    try:
        references.parse(field.data)
    except references.WrongReference as wrong:
        is_slip = wrong.part is references.Part.CHECK
        raise ValidationError(A_SLIP if is_slip else NOT_WHOLE) from None


A_SLIP = _l(
    "One character of this number is wrong: the last one does not fit the others. "
    "Compare it with the slip."
)
NOT_WHOLE = _l(
    "This is not the whole number of a request. Type all of it as it stands on the slip, with the "
    "letters in front."
)


class FollowForm(Form):
    """What stands on a slip."""

    reference = StringField(
        _l("Number of the request"),
        filters=[only_text],
        validators=[DataRequired(REQUIRED), Length(max=100), reads_as_reference],
    )
    code = StringField(
        lazy_pgettext("request", "Follow-up code"),
        filters=[only_text],
        validators=[DataRequired(REQUIRED), Length(max=100)],
    )
