"""What is sent to make a draw and to take its steps, and to wish for days in one."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from app.appointments.draw import presenting
from app.appointments.draw.rules import PublicKind, ReleaseMode, Weighting
from app.appointments.draw.services import Plan
from app.appointments.forms import find_time
from app.core import i18n
from app.web.forms import CHOOSE, DAY, REQUIRED, KeyedForm, LocalDateField, only_text

_NO_TIME = _l("Please write the time as hours and minutes, such as 09:00.")


class ModeForm(KeyedForm):
    """How the seats of a service are given out."""

    mode = RadioField(
        _l("Seats are given out"),
        choices=[SelectChoice(mode.value, text) for mode, text in presenting.MODES.items()],
    )

    def wanted(self) -> ReleaseMode:
        """Return the mode that was chosen; for a form that is valid."""
        return ReleaseMode(self.mode.data)


class ReleaseForm(KeyedForm):
    """A draw: for what, when wishes are taken, which days, and by which public value."""

    service = SelectField(_l("Service"), validators=[InputRequired(CHOOSE)])
    pool = SelectField(_l("Counters"), validators=[InputRequired(CHOOSE)])
    opens_on = LocalDateField(_l("Wishes are taken from"), [InputRequired(REQUIRED)], format=DAY)
    opens_at = StringField(_l("Time of the opening"), [InputRequired(REQUIRED)], default="09:00")
    closes_on = LocalDateField(_l("Wishes are taken until"), [InputRequired(REQUIRED)], format=DAY)
    closes_at = StringField(_l("Time of the closing"), [InputRequired(REQUIRED)], default="18:00")
    weighting = RadioField(
        _l("Chances"),
        choices=[SelectChoice(one.value, text) for one, text in presenting.WEIGHTINGS.items()],
        default=Weighting.EQUAL.value,
    )
    public_kind = RadioField(
        _l("Public value"),
        choices=[SelectChoice(one.value, text) for one, text in presenting.KINDS.items()],
        default=PublicKind.RATE.value,
    )
    public_on = LocalDateField(_l("Day of the public value"), [InputRequired(REQUIRED)], format=DAY)
    public_source = StringField(
        _l("What the value is and who publishes it"),
        [InputRequired(REQUIRED), Length(max=300)],
        filters=[only_text],
    )
    first_on = LocalDateField(_l("First day of the seats"), [InputRequired(REQUIRED)], format=DAY)
    last_on = LocalDateField(_l("Last day of the seats"), [InputRequired(REQUIRED)], format=DAY)

    def validate_opens_at(self, field: StringField) -> None:
        """Refuse what is no time of day."""
        refuse_no_time(field)

    def validate_closes_at(self, field: StringField) -> None:
        """Refuse what is no time of day."""
        refuse_no_time(field)

    def wanted(self, zone: str) -> Plan:
        """Return the draw that was entered, its hours on the clocks of a zone; for a valid form."""
        return Plan(
            first_on=self.first_on.data,
            last_on=self.last_on.data,
            opens_at=moment_of(self.opens_on.data, self.opens_at.data, zone),
            closes_at=moment_of(self.closes_on.data, self.closes_at.data, zone),
            weighting=Weighting(self.weighting.data),
            public_kind=PublicKind(self.public_kind.data),
            public_on=self.public_on.data,
            public_source=self.public_source.data,
        )


def refuse_no_time(field: StringField) -> None:
    """Raise ValidationError for what is no time of day."""
    if find_time(field.data or "") is None:
        raise ValidationError(_NO_TIME)


def moment_of(day: date, typed: str, zone: str) -> datetime:
    """Return the moment of a day and a time of day, as typed, on the clocks of a zone."""
    return datetime.combine(day, find_time(typed) or time.min, ZoneInfo(zone))


class ValueForm(KeyedForm):
    """The public value, as it was published."""

    value = StringField(
        _l("The value"), [InputRequired(REQUIRED), Length(max=128)], filters=[only_text]
    )


class WishForm(KeyedForm):
    """Days that suit, and who comes along."""

    days = SelectMultipleField(_l("Days on which you can come"), coerce=str)
    coming = SelectMultipleField(_l("Who comes along"), coerce=str)

    def offer(self, days: Sequence[date], others: Sequence[tuple[str, str]]) -> None:
        """Set what can be chosen: days, and (reference, name) of others of the household."""
        self.days.choices = [SelectChoice(day.isoformat(), i18n.day(day)) for day in days]
        self.coming.choices = [SelectChoice(reference, name) for reference, name in others]

    def wanted(self) -> list[date]:
        """Return the days that were chosen; for a valid form."""
        return [date.fromisoformat(day) for day in self.days.data or ()]


class AnswerForm(KeyedForm):
    """An answer that concerns the wish of this ticket."""

    ticket = HiddenField(filters=[only_text])
