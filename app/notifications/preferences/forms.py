"""The form of what a recipient wishes: shape only, truth is the services'."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice

from app.notifications import wording
from app.notifications.preferences.rules import Quiet, Wishes
from app.notifications.rules import Channel, Topic
from app.web.forms import CHOOSE, Form

HOURS = [SelectChoice(f"{hour:02}:00", f"{hour:02}:00") for hour in range(24)]
BEGINS, ENDS = "22:00", "08:00"
"""What stands there before anybody chose."""
RANKS = (
    _l("First"),
    _l("When that fails"),
    _l("When that fails, too"),
    _l("At last"),
)


class WishesForm(Form):
    """How an account wishes to be told; the ways come as `way_0` and so on (see form_for)."""

    wanted = SelectMultipleField(
        _l("Send me also"),
        choices=[],
        validate_choice=False,
    )
    is_quiet = BooleanField(_l("Send me nothing in quiet hours"))
    kept_order: tuple[Channel, ...] = ()
    """What stands while there is nothing to choose between."""
    is_discreet = BooleanField(_l("Name neither this service nor what a message is about"))
    begins = SelectField(_l("Quiet from"), choices=HOURS, default=BEGINS, validate_choice=False)
    ends = SelectField(_l("Quiet until"), choices=HOURS, default=ENDS, validate_choice=False)
    zone = SelectField(_l("By the clocks of"), choices=[], validate_choice=False)

    @property
    def ways(self) -> list[Any]:
        """Return the fields of the ways in their order (Any: WTForms ships no types)."""
        return [field for name, field in self._fields.items() if name.startswith("way_")]

    def wishes(self, topics: Iterable[Topic]) -> Wishes | None:
        """Return what was chosen; None, with an error at its field, for what nobody offered."""
        order = [_chosen(field) for field in self.ways]
        quiet = self._quiet() if self.is_quiet.data else None
        if None in order or (self.is_quiet.data and quiet is None):
            return None
        return Wishes(
            order=tuple(cast(Sequence[Channel], order)) if self.ways else self.kept_order,
            quiet=quiet,
            is_discreet=bool(self.is_discreet.data),
            unwanted=frozenset(topic for topic in topics if topic.value not in self.wanted.data),
        )

    def _quiet(self) -> Quiet | None:
        begins, ends = _hour(self.begins), _hour(self.ends)
        if begins is None or ends is None:
            return None
        return Quiet(begins=begins, ends=ends, zone=self.zone.data or "")


class StaffWishesForm(Form):
    """What a member of staff wishes to be sent."""

    digest = BooleanField(_l("Send me this mail"))


def _chosen(field: Any) -> Channel | None:
    if field.data in [choice.value for choice in field.choices]:
        return Channel(field.data)
    field.errors = [CHOOSE]
    return None


def _hour(field: Any) -> time | None:
    if field.data in [choice.value for choice in HOURS]:
        return time.fromisoformat(field.data)
    field.errors = [CHOOSE]
    return None


def form_for(
    wishes: Wishes,
    *,
    channels: Sequence[Channel],
    topics: Sequence[Topic],
    zones: Sequence[tuple[str, str]],
    zone: str,
) -> WishesForm:
    """Return the form as an account's choices stand, with a place for each way it is reached."""
    kind = type("WishesFormOfAccount", (WishesForm,), _places(channels))
    form = cast(WishesForm, kind(data=_data(wishes, channels, topics, zone)))
    form.kept_order = wishes.order
    form.wanted.choices = [SelectChoice(one.value, wording.TOPICS[one]) for one in topics]
    form.zone.choices = [SelectChoice(*one) for one in zones]
    return form


def _places(channels: Sequence[Channel]) -> dict[str, Any]:
    if len(channels) < 2:
        return {}
    choices = [SelectChoice(one.value, wording.CHANNELS[one]) for one in channels]
    return {
        f"way_{number}": SelectField(RANKS[number], choices=choices, validate_choice=False)
        for number in range(len(channels))
    }


def _data(
    wishes: Wishes, channels: Sequence[Channel], topics: Sequence[Topic], zone: str
) -> Mapping[str, Any]:
    order = [channel for channel in wishes.ladder if channel in channels]
    quiet = wishes.quiet
    return {
        **{f"way_{number}": channel.value for number, channel in enumerate(order)},
        "wanted": [topic.value for topic in topics if topic not in wishes.unwanted],
        "is_quiet": quiet is not None,
        "is_discreet": wishes.is_discreet,
        "begins": f"{quiet.begins:%H:%M}" if quiet else BEGINS,
        "ends": f"{quiet.ends:%H:%M}" if quiet else ENDS,
        "zone": quiet.zone if quiet else zone,
    }
