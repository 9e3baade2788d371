"""What is sent to write an announcement, and to take a step with it."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from app.core.errors import Invalid
from app.notifications.announcements import audiences
from app.notifications.announcements.models import Announcement
from app.web.forms import CHOOSE, DAY, KeyedForm, LocalDateField


class SeenForm(KeyedForm):
    """A form that says which version its sender saw."""

    seen = HiddenField(default="1")

    def seen_version(self) -> int:
        """Return the version, 0 for what is none."""
        typed = str(self.seen.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


class AnnouncementForm(SeenForm):
    """For whom an announcement is; its texts come beside it in three languages."""

    audience = RadioField(_l("For whom"), validators=[InputRequired(CHOOSE)])
    service = SelectField(_l("Service"), validators=[Optional()])
    day = LocalDateField(_l("Day of the appointments"), [Optional()], format=DAY)

    def offer(self, post_id: int) -> None:
        """Let the groups that the domains registered be chosen."""
        self.audience.choices = [(one.code, one.name) for one in audiences.list_all()]
        values = [one.choices(post_id) for one in audiences.list_all() if one.choices]
        listed = [pair for pairs in values for pair in pairs]
        self.service.choices = [("", _("Choose a service")), *dict(listed).items()]

    def narrowed_to(self) -> str:
        """Return the value by which the chosen group is narrowed down, empty for none."""
        if self._asks_for_a_day():
            return self.day.data.isoformat() if self.day.data else ""
        return self.service.data or ""

    def fill(self, row: Announcement) -> None:
        """Show for whom an announcement is."""
        self.audience.data, self.seen.data = row.audience, str(row.version)
        if self._asks_for_a_day():
            self.day.data = audiences.day_of(row.narrowed_to)
        else:
            self.service.data = row.narrowed_to

    def lacks(self) -> bool:
        """Return whether the chosen group is not narrowed down, and say so beside its field."""
        if self.narrowed_to():
            return False
        if self._asks_for_a_day():
            if not self.day.errors:
                self.day.errors = [_("Choose a day.")]
        else:
            self.service.errors = [_("Choose a service.")]
        return True

    def blame(self, refusal: Invalid) -> None:
        """Say what is wrong beside the field that it is wrong with, else above them all."""
        if refusal.field in self:
            self[refusal.field].errors = [refusal.sentence()]
        else:
            self.form_errors = [refusal.sentence()]

    def _asks_for_a_day(self) -> bool:
        known = {one.code: one for one in audiences.list_all()}
        chosen = known.get(self.audience.data or "")
        return chosen is not None and chosen.choices is None
