"""What the pages say of an opening and of a place in its queue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from app.appointments import presenting as seats
from app.appointments.line import joining, queries, rules
from app.appointments.line.models import Opening, Place
from app.appointments.line.rules import OpeningState, PlaceState
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core import i18n
from app.web.templating import moment_text

STATES = {
    OpeningState.ANNOUNCED: ("work", lazy_pgettext("queue", "Announced")),
    OpeningState.OPEN: ("waits", lazy_pgettext("queue", "Open")),
    OpeningState.OVER: ("done", lazy_pgettext("queue", "Over")),
    OpeningState.CALLED_OFF: ("stopped", _l("Called off")),
}
PLACES = {
    PlaceState.WAITING: lazy_pgettext("queue", "Wait"),
    PlaceState.ADMITTED: lazy_pgettext("queue", "Choose"),
    PlaceState.BOOKED: _l("Have a time"),
    PlaceState.LAPSED: _l("Let their turn go by"),
    PlaceState.LEFT: lazy_pgettext("queue", "Left"),
    PlaceState.ENDED: _l("Waited when it was over"),
}
HAD_TURN = frozenset({PlaceState.ADMITTED, PlaceState.LAPSED, PlaceState.BOOKED})
"""Whoever kept a time and did not confirm it stands like one who chose none."""
PRESENT_S = 20


class Stage(StrEnum):
    """What a reader can do about a queue now."""

    EARLY = "early"
    LOBBY = "lobby"
    PRESENT = "present"
    WAITING = "waiting"
    TURN = "turn"
    BOOKED = "booked"
    OVER = "over"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How somebody stands in a queue, in words."""

    stage: Stage
    headline: str | Markup
    text: str | Markup = ""
    more: str = ""
    every_s: int = 0
    """After so many seconds the page looks again; 0 for never."""

    @property
    def can_join(self) -> bool:
        """Return whether its reader may line up now."""
        return self.stage is Stage.LOBBY

    @property
    def can_leave(self) -> bool:
        """Return whether its reader stands in the queue."""
        return self.stage in (Stage.PRESENT, Stage.WAITING, Stage.TURN)


def outlook(opening: Opening, place: Place | None, now: datetime) -> Outlook:
    """Return how somebody with this place, or without one, stands."""
    if opening.state is OpeningState.CALLED_OFF:
        text = _("Its times are free for everybody.")
        return Outlook(stage=Stage.CALLED_OFF, headline=_("This opening is not held"), text=text)
    if place is not None and _is_turn(place, now):
        return _turn(opening, place)
    if place is not None and place.state is PlaceState.BOOKED and queries.has_time(place, now):
        return Outlook(stage=Stage.BOOKED, headline=_("A time is kept or booked for you"))
    if opening.state is OpeningState.OVER:
        return _over()
    if place is not None and place.state is PlaceState.WAITING:
        return _waiting(opening, place, now)
    return _outside(opening, place, now)


def _is_turn(place: Place, now: datetime) -> bool:
    return place.state is PlaceState.ADMITTED and place.until is not None and place.until > now


def _turn(opening: Opening, place: Place) -> Outlook:
    until = seats.until(place.until or opening.closes_at, opening.pool.site.zone)
    text = _("Choose a time until %(until)s. After that the turn goes to the next.")
    return Outlook(
        stage=Stage.TURN,
        headline=_("It is your turn"),
        text=Markup.escape(text) % {"until": until},
        every_s=rules.SLOWEST_S,
    )


def _over() -> Outlook:
    return Outlook(
        stage=Stage.OVER,
        headline=_("This queue is over"),
        text=_("Its times are given out, or free for everybody if any are left."),
    )


def _waiting(opening: Opening, place: Place, now: datetime) -> Outlook:
    if opening.state is OpeningState.ANNOUNCED:
        return Outlook(
            stage=Stage.PRESENT,
            headline=_at_hour(_("You are in. The queue begins: %(time)s."), opening),
            text=_("Then all who are here are shuffled. It does not matter who came first."),
            every_s=PRESENT_S,
        )
    number, standing = queries.number_of(place), queries.standing_of(opening, now)
    headline = Markup.escape(_("You are number %(number)s."))
    return Outlook(
        stage=Stage.WAITING,
        headline=headline % {"number": seats.isolated(i18n.number(number))},
        text=_wait_of(opening, number, standing),
        more=_chances(number, standing),
        every_s=rules.look_again_s(standing.waiting),
    )


def _at_hour(text: str, opening: Opening) -> Markup:
    """Return a sentence with the day and the hour of the opening, and whose clocks they are."""
    when = seats.when(opening.opens_at, opening.pool.site.zone)
    return Markup.escape(text) % {"time": when}


def _wait_of(opening: Opening, number: int, standing: queries.Standing) -> str:
    """Return how long it takes: a figure only as long as there are seats to come to."""
    if standing.free <= standing.choosing:
        return _("All times that are left are being chosen by others. You move up if one is left.")
    minutes = rules.minutes_until_turn(number, opening.rate)
    return ngettext("About %(num)d minute.", "About %(num)d minutes.", minutes)


def _chances(number: int, standing: queries.Standing) -> str:
    """Return a warning to those for whom there may be no time left."""
    left = standing.free - standing.choosing
    return _("More people are before you than times are left.") if 0 < left < number else ""


def _outside(opening: Opening, place: Place | None, now: datetime) -> Outlook:
    if not joining.can_come_in(opening, now):
        zone = opening.pool.site.zone
        headline = Markup.escape(_("You can come in from: %(time)s"))
        return Outlook(
            stage=Stage.EARLY,
            headline=headline % {"time": seats.when(opening.opens_at - rules.LOBBY, zone)},
            text=_("It does not matter who comes first: at the hour all who came are shuffled."),
        )
    if place is not None and place.state in HAD_TURN:
        text = _("No time was booked while it was your turn. You can line up again, at the end.")
        return Outlook(stage=Stage.LOBBY, headline=_("Your turn is over"), text=text)
    if opening.state is OpeningState.ANNOUNCED:
        return Outlook(
            stage=Stage.LOBBY,
            headline=_at_hour(_("Come in before: %(time)s"), opening),
            text=_("Then all who came are shuffled. Whoever comes later stands behind them."),
        )
    waiting = queries.count_waiting(opening.id)
    return Outlook(
        stage=Stage.LOBBY,
        headline=_("The queue is open"),
        text=ngettext("%(num)d waits in it.", "%(num)d wait in it.", waiting),
    )


def state_of(opening: Opening) -> tuple[str, str]:
    """Return (kind, word) of the state of an opening."""
    kind, word = STATES[opening.state]
    return kind, str(word)


def titles_of(post: Post, openings: Iterable[Opening]) -> Mapping[int, Mapping[str, str]]:
    """Return the titles of the services whose seats some openings give out, by key."""
    titles = {one.code: one.title for one in catalogue.list_published(post)}
    codes = {one.service_id: one.service.code for one in openings}
    return {id: titles.get(code, {i18n.SOURCE: code}) for id, code in codes.items()}


def moment(opening: Opening, at: datetime) -> Markup:
    """Return day and time of a step on the clocks of the place."""
    return moment_text(at, opening.pool.site.zone)


def facts(opening: Opening) -> list[tuple[str, object, str]]:
    """Return what is said of an opening from the beginning, as lines of a summary."""
    days = _("%(first)s to %(last)s") % {
        "first": i18n.short_day(opening.first_on),
        "last": i18n.short_day(opening.last_on),
    }
    pace = ngettext("%(num)d person a minute", "%(num)d people a minute", opening.rate)
    return [
        (_("Place"), i18n.text_in(opening.pool.site.name), ""),
        (_("Days of the seats"), days, ""),
        (_("Hour of the opening"), moment(opening, opening.opens_at), ""),
        (_("Free for everybody from"), moment(opening, opening.closes_at), ""),
        (_("Pace of letting in"), pace, ""),
    ]


def counts(opening: Opening) -> list[tuple[str, str]]:
    """Return how many are in which state, for those who run an opening."""
    found = queries.counts(opening.id)
    return [
        (str(words), i18n.number(found[state])) for state, words in PLACES.items() if state in found
    ]
