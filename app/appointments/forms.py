"""What is sent to book a seat, to check somebody in, and to plan the week."""

from datetime import time

from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.appointments import presenting, rules
from app.appointments.kept import Seen
from app.appointments.missions import Mission
from app.appointments.models import Lane
from app.catalogue.workdays import ClosureScope
from app.core import i18n
from app.core.db import Texts
from app.core.text import fold_digits
from app.web.forms import (
    CHOOSE,
    DAY,
    REQUIRED,
    Form,
    KeyedForm,
    LocalDateField,
    LocalIntegerField,
    only_text,
)

SCOPES = {
    ClosureScope.ALL: _l("Everything"),
    ClosureScope.PAID: _l("Services with a fee only"),
}
_NO_NUMBER = _l("Please give a whole number.")
_CHOOSE_TIME = _l("Please choose one of the times.")
_TOO_LONG = _l("This text is too long.")
_NO_TIME = _l("Please write the time as hours and minutes, such as 09:00.")


class ChooseForm(Form):
    """A time at a place."""

    site = HiddenField(filters=[only_text])
    admission = HiddenField(filters=[only_text])
    """The token of a queue, where it is the reader's turn."""
    at = StringField(
        _l("Time"), [InputRequired(_CHOOSE_TIME), Length(max=20, message=_CHOOSE_TIME)]
    )


class ConfirmForm(KeyedForm):
    """The wish to have the time that the page shows, and which one that is."""

    site = HiddenField(filters=[only_text])
    at = HiddenField(filters=[only_text])

    def seen(self) -> Seen:
        """Return the time that was shown."""
        return Seen(site=self.site.data or "", at=presenting.find_moment(self.at.data or ""))


class CancelForm(KeyedForm):
    """Why an appointment is given up; a citizen need not say it."""

    reason = RadioField(
        _l("Why is it cancelled?"),
        choices=[
            *(SelectChoice(one.value, presenting.CANCEL_REASONS[one]) for one in rules.OF_CITIZEN),
            SelectChoice("", _l("I would rather not say")),
        ],
        default="",
    )

    def chosen(self) -> rules.CancelReason | None:
        """Return the reason that was given, None for none; for a form that is valid."""
        return rules.CancelReason(self.reason.data) if self.reason.data else None


class CallOffForm(CancelForm):
    """Why the post cancels an appointment: who waits for another one depends on it."""

    reason = RadioField(
        _l("Why is it cancelled?"),
        [InputRequired(CHOOSE)],
        choices=[SelectChoice(one.value, presenting.WHY_CANCELLED[one]) for one in rules.OF_STAFF],
    )


class ArrivalForm(Form):
    """A reference as typed, or what a reader for QR codes types."""

    reference = StringField(
        _l("Reference or code"),
        [InputRequired(REQUIRED), Length(max=200, message=_TOO_LONG)],
        filters=[only_text],
    )


class VisitForm(KeyedForm):
    """A visit that is over, and the version of the request that was seen."""

    reference = HiddenField(filters=[only_text], validators=[InputRequired()])
    seen = IntegerField(validators=[InputRequired()])


def find_time(text: str) -> time | None:
    """Return the time of day that was typed: 9:00, 09.00, ٩:٠٠; None when it is none."""
    hour, separator, minute = fold_digits(text).strip().replace(".", ":").partition(":")
    parts = (hour, minute)
    if not separator or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    if int(hour) > 23 or int(minute) > 59 or len(hour) > 2 or len(minute) != 2:
        return None
    return time(int(hour), int(minute))


class TimesForm(KeyedForm):
    """From when until when, and for how many at a time."""

    opens_at = StringField(_l("From"), [InputRequired(REQUIRED)])
    closes_at = StringField(_l("Until"), [InputRequired(REQUIRED)])
    seats = LocalIntegerField(
        _l("Seats at a time"),
        [
            InputRequired(_NO_NUMBER),
            NumberRange(1, rules.MOST_SEATS, _l("Please give a number from 1 to 50.")),
        ],
    )

    def validate_opens_at(self, field: StringField) -> None:
        """Refuse what is no time of day."""
        if find_time(field.data or "") is None:
            raise ValidationError(_NO_TIME)

    def validate_closes_at(self, field: StringField) -> None:
        """Refuse what is no time of day, or not later than the beginning."""
        closes, opens = find_time(field.data or ""), find_time(self.opens_at.data or "")
        if closes is None:
            raise ValidationError(_NO_TIME)
        if opens is not None and closes <= opens:
            raise ValidationError(_l("The end must be later than the beginning."))

    def times(self) -> tuple[time, time]:
        """Return the times that were entered; ValueError for a form that is not valid."""
        opens, closes = find_time(self.opens_at.data), find_time(self.closes_at.data)
        if opens is None or closes is None:
            raise ValueError("no times of day")
        return opens, closes


class DaysForm(KeyedForm):
    """From which day to which."""

    first_on = LocalDateField(_l("First day"), [InputRequired(REQUIRED)], format=DAY)
    last_on = LocalDateField(_l("Last day"), [InputRequired(REQUIRED)], format=DAY)

    def validate_last_on(self, field: LocalDateField) -> None:
        """Refuse an end before the beginning."""
        if field.data and self.first_on.data and field.data < self.first_on.data:
            raise ValidationError(_l("The last day lies before the first."))


class HoursForm(TimesForm):
    """One line of the week of a pool."""

    weekday = SelectField(_l("Weekday"), coerce=int)
    lane = SelectField(_l("Kind of seats"))
    on_day = LocalDateField(
        _l("Only on this day, in place of the hours of its weekday"), [Optional()], format=DAY
    )
    valid_from = LocalDateField(_l("First day"), [Optional()], format=DAY)
    valid_until = LocalDateField(_l("Last day"), [Optional()], format=DAY)

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)
        self.weekday.choices = [SelectChoice(str(n), i18n.weekday_name(n)) for n in range(1, 8)]
        self.lane.choices = [SelectChoice(lane.value, presenting.LANES[lane]) for lane in Lane]

    def validate_valid_until(self, field: LocalDateField) -> None:
        """Refuse an end before the beginning."""
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_l("The last day lies before the first."))

    def wanted(self) -> rules.Hours:
        """Return the line that was entered; for a form that is valid."""
        opens, closes = self.times()
        on = self.on_day.data
        return rules.Hours(
            weekday=on.isoweekday() if on else self.weekday.data,
            opens=opens,
            closes=closes,
            lane=self.lane.data,
            seats=self.seats.data,
            valid_from=None if on else self.valid_from.data,
            valid_until=None if on else self.valid_until.data,
            on=on,
        )


class HorizonForm(KeyedForm):
    """How many days ahead can be booked."""

    horizon_days = LocalIntegerField(
        _l("Days that can be booked ahead"), [InputRequired(_NO_NUMBER)]
    )
    pass_on_hours = LocalIntegerField(
        _l("Hours before, when unused emergency seats go to everyone"), [Optional()]
    )


class ClosureForm(DaysForm):
    """Days on which the post is closed."""

    scope = RadioField(
        _l("What is closed"),
        choices=[SelectChoice(scope.value, text) for scope, text in SCOPES.items()],
        default=ClosureScope.ALL.value,
    )


class MissionDaysForm(DaysForm, TimesForm):
    """Days in another city, and the hours of each of them."""

    def hours(self) -> rules.Hours:
        """Return the hours that were entered; for a form that is valid."""
        opens, closes = self.times()
        return rules.Hours(
            weekday=1, opens=opens, closes=closes, lane=Lane.PUBLIC, seats=self.seats.data
        )


class MissionForm(MissionDaysForm):
    """A new mission."""

    zone = StringField(
        _l("Time zone"), [InputRequired(REQUIRED), Length(max=64, message=_TOO_LONG)]
    )
    pool = SelectField(_l("Whose services are offered there"))

    def wanted(self, *, name: Texts, address: Texts) -> Mission:
        """Return the mission that was entered; for a form that is valid."""
        return Mission(
            name=name,
            address=address,
            zone=self.zone.data.strip(),
            first=self.first_on.data,
            last=self.last_on.data,
            hours=self.hours(),
            pool=self.pool.data,
        )
