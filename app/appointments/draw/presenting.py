"""What the pages say of a draw: where it stands, what is published, what an entry got."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup
from wtforms.fields import SelectChoice

from app.appointments import presenting as seats
from app.appointments import queries as bookings
from app.appointments.draw import queries, rules
from app.appointments.draw.models import Entry, Release
from app.appointments.draw.rules import (
    Outcome,
    PublicKind,
    ReleaseMode,
    ReleaseState,
    Weighting,
)
from app.appointments.models import Booking
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core import clock, i18n
from app.web.templating import moment_text

MODES = {
    ReleaseMode.FIRST_COME: _l("To whoever comes first"),
    ReleaseMode.DRAW: _l("By draw"),
    ReleaseMode.QUEUE: _l("At an hour, in a queue"),
}
CHANGES = {
    ReleaseMode.FIRST_COME: _l("To whoever comes first from now on"),
    ReleaseMode.DRAW: _l("By draw from now on"),
    ReleaseMode.QUEUE: _l("In a queue from now on"),
}
WEIGHTINGS = {
    Weighting.EQUAL: _l("The same for everybody"),
    Weighting.WAITING: _l("One lot more for each full week of waiting, 13 lots at most"),
}
KINDS = {
    PublicKind.RATE: _l("An official rate of exchange"),
    PublicKind.BEACON: _l("The output of a public random beacon"),
}
FORMS_OF_VALUES = {
    PublicKind.RATE: _l("For one unit, with a point and four decimals, such as 81.2337."),
    PublicKind.BEACON: _l("64 to 128 digits from 0 to 9 and small letters from a to f."),
}
STATES = {
    ReleaseState.ANNOUNCED: ("work", lazy_pgettext("draw", "Announced")),
    ReleaseState.OPEN: ("waits", _l("Wishes are taken")),
    ReleaseState.CLOSED: ("work", _l("The list is fixed")),
    ReleaseState.DRAWING: ("work", _l("Seats are being assigned")),
    ReleaseState.DRAWN: ("done", lazy_pgettext("draw", "Drawn")),
    ReleaseState.OVER: ("done", lazy_pgettext("draw", "Over")),
    ReleaseState.CALLED_OFF: ("stopped", _l("Called off")),
}
OUTCOMES = {
    Outcome.SEAT: _l("A time was drawn"),
    Outcome.FULL: _l("No wished day had room for all of the party"),
    Outcome.GONE: _l("The time that was drawn could not be given any more"),
    Outcome.ENDED: _l("The request did not wait for a time any more"),
    Outcome.BOOKED: _l("The person had an appointment already"),
}
GROUP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A place in the order of a draw."""

    number: int
    ticket: str
    result: str


def counters_of(post: Post, codes: Collection[str]) -> list[SelectChoice]:
    """Return the pools of a post of some codes as the choices of a form.

    Those of missions that are over, or do not take place, are left out. Of several none is chosen
    before: which one is right depends on the service.
    """
    found = [
        SelectChoice(
            f"{pool.site.code}:{pool.code}",
            f"{i18n.text_in(pool.site.name)}: {i18n.text_in(pool.name)}",
        )
        for pool in bookings.list_pools(post.id)
        if pool.code in codes and not pool.site.is_over(clock.today(pool.site.zone))
    ]
    return found if len(found) == 1 else [SelectChoice("", _("Choose the counters")), *found]


def state_of(release: Release) -> tuple[str, str]:
    """Return (kind, word) of the state of a draw."""
    kind, word = STATES[release.state]
    return kind, str(word)


def titles_of(post: Post, releases: Iterable[Release]) -> Mapping[int, Mapping[str, str]]:
    """Return the titles of the services whose seats some draws give out, by key of the service."""
    titles = {one.code: one.title for one in catalogue.list_published(post)}
    codes = {one.service_id: one.service.code for one in releases}
    return {id: titles.get(code, {i18n.SOURCE: code}) for id, code in codes.items()}


def figure(text: str | None) -> Markup:
    """Return a hash or another long figure, left to right, that a narrow page can break."""
    groups = [(text or "")[at : at + GROUP] for at in range(0, len(text or ""), GROUP)]
    inner = Markup("<wbr>").join(groups)
    return Markup('<bdi dir="ltr" class="j-num">{}</bdi>').format(inner)


def moment(release: Release, at: datetime) -> Markup:
    """Return day and time of a step on the clocks of the place."""
    return moment_text(at, release.pool.site.zone)


def facts(release: Release) -> list[tuple[str, object, str]]:
    """Return what is said of a draw from the beginning, as lines of a summary."""
    days = _("%(first)s to %(last)s") % {
        "first": i18n.short_day(release.first_on),
        "last": i18n.short_day(release.last_on),
    }
    return [
        (_("Place"), i18n.text_in(release.pool.site.name), ""),
        (_("Days of the seats"), days, ""),
        (_("Wishes are taken from"), moment(release, release.opens_at), ""),
        (_("Wishes are taken until"), moment(release, release.closes_at), ""),
        (_("Chances"), str(WEIGHTINGS[release.weighting]), ""),
        (_("Wishes"), i18n.number(queries.count_entries(release.id)), ""),
    ]


def published(release: Release) -> list[tuple[str, object, str]]:
    """Return what a draw has published up to now, as lines of a summary."""
    later = _("Not published yet")
    secret = figure(release.secret) if release.state in rules.REVEALED else later
    return [
        (_("Hash of the secret"), figure(release.commitment), ""),
        (_("Public value"), release.public_source, ""),
        (_("Its day"), i18n.day(release.public_on), ""),
        (_("Hash of the list"), figure(release.list_hash) if release.list_hash else later, ""),
        (
            _("The value"),
            seats.isolated(release.public_value) if release.public_value else later,
            "",
        ),
        (_("Secret"), secret, ""),
    ]


def lines(entries: Sequence[Entry]) -> list[Line]:
    """Return the places of some entries in the order of their draw."""
    return [
        Line(number=entry.position or 0, ticket=entry.ticket, result=result_of(entry))
        for entry in entries
    ]


def result_of(entry: Entry) -> str:
    """Return what an entry got, without saying whether it was taken."""
    if entry.outcome is None:
        return ""
    if entry.passed_place:
        return _("A time that others left: %(time)s", time=_at(entry.passed_place))
    if entry.outcome is Outcome.SEAT and entry.place:
        return _at(entry.place)
    return str(OUTCOMES[entry.outcome])


def _at(place: str) -> str:
    at = rules.wall(place)
    text = _("%(day)s, %(time)s")
    return text % {"day": i18n.short_day(at.date()), "time": f"\u2066{at:%H:%M}\u2069"}


def last_day(booking: Booking) -> date | None:
    """Return the last day on which a time that is kept can be accepted."""
    if booking.expires_at is None:
        return None
    return rules.last_day(booking.expires_at, booking.pool.site.zone)
