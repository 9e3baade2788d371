"""What is sent to make an opening and to change its pace."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from app.appointments.draw.forms import moment_of, refuse_no_time
from app.appointments.line import rules
from app.appointments.line.services import Plan
from app.web.forms import CHOOSE, DAY, REQUIRED, KeyedForm, LocalDateField, LocalIntegerField

HOUR = timedelta(hours=1)


class OpeningForm(KeyedForm):
    """An opening: for what, at which hour and for how long, which days, how fast."""

    service = SelectField(_l("Service"), validators=[InputRequired(CHOOSE)])
    pool = SelectField(_l("Counters"), validators=[InputRequired(CHOOSE)])
    opens_on = LocalDateField(_l("Day of the opening"), [InputRequired(REQUIRED)], format=DAY)
    opens_at = StringField(_l("Time of the opening"), [InputRequired(REQUIRED)], default="10:00")
    hours = LocalIntegerField(
        _l("For so many hours the times are for the queue alone"),
        [InputRequired(REQUIRED)],
        default=4,
    )
    rate = LocalIntegerField(
        _l("People who are let in in a minute"),
        [InputRequired(REQUIRED)],
        default=rules.USUAL_RATE,
    )
    first_on = LocalDateField(_l("First day of the seats"), [InputRequired(REQUIRED)], format=DAY)
    last_on = LocalDateField(_l("Last day of the seats"), [InputRequired(REQUIRED)], format=DAY)

    def validate_opens_at(self, field: StringField) -> None:
        """Refuse what is no time of day."""
        refuse_no_time(field)

    def wanted(self, zone: str) -> Plan:
        """Return the opening that was entered, its hour on the clocks of a zone."""
        return Plan(
            first_on=self.first_on.data,
            last_on=self.last_on.data,
            opens_at=moment_of(self.opens_on.data, self.opens_at.data, zone),
            hours=self.hours.data,
            rate=self.rate.data,
        )


class RateForm(KeyedForm):
    """How fast people are let in."""

    rate = LocalIntegerField(_l("People who are let in in a minute"), [InputRequired(REQUIRED)])
