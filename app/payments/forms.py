"""What is filled in to take money, to count it, to void a receipt, and to send a bank slip."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    FileField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from app.payments import rules
from app.payments.services import desks, online, slips, taking
from app.web.forms import DAY, REQUIRED, KeyedForm, one_file, only_text


class AmountField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """An amount as it is typed; `minor` is it in minor units, once the form was validated."""

    minor: int = 0

    def pre_validate(self, form: Any) -> None:
        """Read the amount, or say how one looks (Any: WTForms has no types)."""
        try:
            self.minor = rules.amount_of(self.data or "")
        except ValueError:
            raise ValidationError(_("Enter an amount in figures, such as 200 or 12.50.")) from None


class TakeForm(KeyedForm):
    """What the citizen gave."""

    currency = HiddenField(validators=[InputRequired(), Length(max=3)])
    given = AmountField(_l("Amount taken in cash"), validators=[Length(max=20)])


class VoidForm(KeyedForm):
    """Why a receipt is worth nothing any more."""

    reason = TextAreaField(
        _l("Reason"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=taking.LONGEST_REASON)],
    )


class GiveBackForm(KeyedForm):
    """How and why stray money went back."""

    reason = TextAreaField(
        _l("How and why it was given back"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=online.LONGEST_REASON)],
    )


class OpenForm(KeyedForm):
    """With what a cash desk begins its day."""

    currency = SelectField(_l("Currency"))
    opening = AmountField(_l("Float in the desk"), validators=[Length(max=20)])

    def offer(self, currencies: list[tuple[str, str]]) -> None:
        """Set the currencies that can be chosen, each with its name."""
        self.currency.choices = currencies


class CloseForm(KeyedForm):
    """What was counted."""

    counted = AmountField(_l("Counted in the desk"), validators=[Length(max=20)])
    remark = TextAreaField(
        _l("How does the difference come about?"),
        filters=[only_text],
        validators=[Optional(), Length(max=desks.LONGEST_REMARK)],
    )


class SlipForm(KeyedForm):
    """The slip of a bank, with what stands on it."""

    currency = HiddenField(validators=[InputRequired(), Length(max=3)])
    amount = AmountField(_l("Amount on the slip"), validators=[Length(max=20)])
    paid_on = DateField(
        _l("Day of the payment"),
        format=DAY,
        validators=[InputRequired(_l("Enter the day that stands on the slip."))],
    )
    file = FileField(_l("Slip"), validators=[one_file])


class RefuseSlipForm(KeyedForm):
    """Why a slip is no proof."""

    reason = TextAreaField(
        _l("Reason, as the citizen reads it"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=slips.LONGEST_REASON)],
    )
