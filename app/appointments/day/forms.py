"""What is sent in a hall: a number wanted, a counter opened, a visit sent on, a device added."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.appointments.day import presenting, rules, services
from app.appointments.day.models import Counter
from app.appointments.day.rules import DeviceKind, Ground
from app.appointments.models import Pool
from app.catalogue.definition.document import Definition
from app.catalogue.models import Site
from app.core import i18n
from app.web.forms import CHOOSE, REQUIRED, Form, KeyedForm, LocalIntegerField, only_text

KINDS = {
    DeviceKind.BOARD: _l("Display board"),
    DeviceKind.KIOSK: _l("Kiosk for checking in"),
    DeviceKind.CALENDAR: _l("Calendar of the visits"),
}


class WalkInForm(KeyedForm):
    """Somebody without an appointment."""

    ground = SelectField(_l("Priority"), validators=[Optional()])
    service = SelectField(_l("Service"), validators=[Optional()])
    pool = SelectField(_l("Counters"), validators=[Optional()])
    note = StringField(
        _l("Note for colleagues"),
        [Optional(), Length(max=services.LONGEST_NOTE)],
        filters=[only_text],
    )

    def offer(self, offered: Sequence[Definition], pools: Sequence[Pool]) -> None:
        """Let these services and counters be chosen."""
        grounds = [SelectChoice(one.value, presenting.GROUNDS[one]) for one in Ground]
        titles = [SelectChoice(one.code, i18n.text_in(one.title)) for one in offered]
        self.ground.choices = [SelectChoice("", _("None")), *grounds]
        self.service.choices = [SelectChoice("", _("Not known yet")), *titles]
        self.pool.choices = _pool_choices(pools)


class OpenCounterForm(KeyedForm):
    """A counter that is opened for today."""

    number = LocalIntegerField(
        _l("Number of the counter"),
        [
            InputRequired(REQUIRED),
            NumberRange(1, rules.MOST_COUNTERS, _l("Please give a number from 1 to 99.")),
        ],
    )
    pool = SelectField(_l("Who is called"), validators=[Optional()])

    def offer(self, pools: Sequence[Pool]) -> None:
        """Let these pools be chosen."""
        self.pool.choices = _pool_choices(pools)


def _pool_choices(pools: Sequence[Pool]) -> list[SelectChoice]:
    named = [SelectChoice(one.code, i18n.text_in(one.name)) for one in pools]
    return [SelectChoice("", _("Everybody")), *named]


class ActForm(KeyedForm):
    """What is done at a counter, and the version of the request that was seen."""

    seen = IntegerField(validators=[Optional()])
    ticket = HiddenField(filters=[only_text])
    then = HiddenField(filters=[only_text])


class SendForm(KeyedForm):
    """Where a visit is sent on to."""

    ticket = HiddenField(filters=[only_text])
    to = SelectField(_l("Send on to"), validators=[InputRequired(CHOOSE)])

    def offer(self, counters: Sequence[Counter], pools: Sequence[Pool]) -> None:
        """Let these counters and pools be chosen."""
        named = [
            SelectChoice(
                f"counter:{one.uid}",
                f"{presenting.counter_name(one)} – {presenting.staff_name(one)}",
            )
            for one in counters
        ]
        pooled = [SelectChoice(f"pool:{one.code}", i18n.text_in(one.name)) for one in pools]
        self.to.choices = [SelectChoice("", _("Choose a counter")), *named, *pooled]


class NoteForm(KeyedForm):
    """A note on a ticket."""

    note = TextAreaField(
        _l("Note for colleagues"),
        [Optional(), Length(max=services.LONGEST_NOTE)],
        filters=[only_text],
    )


class GroundForm(KeyedForm):
    """Why somebody who waits does not wait like the others."""

    ground = SelectField(_l("Priority"), validators=[Optional()])

    def offer(self) -> None:
        """Let any ground be chosen, or none."""
        grounds = [SelectChoice(one.value, presenting.GROUNDS[one]) for one in Ground]
        self.ground.choices = [SelectChoice("", _("None")), *grounds]


class DeviceForm(KeyedForm):
    """A board or a kiosk."""

    kind = SelectField(_l("Kind"), validators=[InputRequired(CHOOSE)])
    site = SelectField(_l("Place"), validators=[InputRequired(CHOOSE)])
    name = StringField(
        _l("Where it stands"), [InputRequired(REQUIRED), Length(max=60)], filters=[only_text]
    )

    def offer(self, sites: Sequence[Site]) -> None:
        """Let these places be chosen."""
        self.kind.choices = [SelectChoice(kind.value, words) for kind, words in KINDS.items()]
        self.site.choices = [SelectChoice(one.code, i18n.text_in(one.name)) for one in sites]


class KioskForm(Form):
    """A reference as it was typed or scanned; the secret in the address stands for the token."""

    class Meta:
        """No token: see the view."""

        csrf = False

    reference = StringField(_l("Number of the request, typed or scanned"), filters=[only_text])
