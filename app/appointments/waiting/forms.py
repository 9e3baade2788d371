"""What is sent to wait for a seat."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from app.appointments.models import Pool
from app.appointments.waiting import presenting
from app.appointments.waiting.rules import PartOfDay
from app.appointments.waiting.services import Wanted
from app.core import i18n
from app.web.forms import DAY, REQUIRED, KeyedForm, LocalDateField


class JoinForm(KeyedForm):
    """Days, times of day and places that suit, who comes, and how much notice is needed."""

    first_on = LocalDateField(_l("First day that suits"), [InputRequired(REQUIRED)], format=DAY)
    last_on = LocalDateField(_l("Last day that suits"), [InputRequired(REQUIRED)], format=DAY)
    part = RadioField(
        _l("Time of day"),
        choices=[SelectChoice(one.value, text) for one, text in presenting.PARTS.items()],
        default=PartOfDay.ANY.value,
    )
    places = SelectMultipleField(_l("Places"), coerce=int)
    notice = RadioField(
        _l("How long before the visit do you need to know?"),
        choices=[SelectChoice(str(hours), text) for hours, text in presenting.NOTICES.items()],
        default="24",
    )
    coming = SelectMultipleField(_l("Who comes along"), coerce=str)

    def offer(self, pools: Sequence[Pool], others: Sequence[tuple[str, str]]) -> None:
        """Set what can be chosen: places, and (reference, name) of others of the household."""
        self.places.choices = [
            SelectChoice(str(pool.id), i18n.text_in(pool.site.name)) for pool in pools
        ]
        self.coming.choices = [SelectChoice(reference, name) for reference, name in others]
        if len(pools) == 1:
            self.places.data = [pools[0].id]

    def validate_places(self, field: SelectMultipleField) -> None:
        """Refuse a wish for no place at all."""
        if not field.data:
            raise ValidationError(_l("Please choose at least one of the places."))

    def wanted(self) -> Wanted:
        """Return what was entered; for a form that is valid."""
        return Wanted(
            places=frozenset(self.places.data),
            first=self.first_on.data,
            last=self.last_on.data,
            part=PartOfDay(self.part.data),
            notice_hours=int(self.notice.data),
            coming=frozenset(self.coming.data or ()),
        )
