"""What the pages say of those who wait: where they stand, for what, why a seat fitted nobody."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from app.appointments import presenting as seats
from app.appointments.models import Pool
from app.appointments.waiting import rules
from app.appointments.waiting.models import SeatReturn, WaitingEntry, WaitingOffer
from app.appointments.waiting.queries import Standing
from app.appointments.waiting.rules import EntryState, PartOfDay, Return, Unfit
from app.core import clock, i18n

STATES = {
    EntryState.WAITING: ("work", _l("On the list")),
    EntryState.OFFERED: ("waits", _l("A time is offered")),
    EntryState.SERVED: ("done", _l("A time was accepted")),
    EntryState.LEFT: ("stopped", lazy_pgettext("waiting", "Left")),
    EntryState.SILENT: ("stopped", _l("Removed: no answer")),
    EntryState.ENDED: ("stopped", lazy_pgettext("waiting", "Ended")),
}
PARTS = {
    PartOfDay.ANY: _l("Any time of day"),
    PartOfDay.MORNING: _l("Before noon"),
    PartOfDay.AFTERNOON: _l("After noon"),
}
NOTICES = {
    2: _l("Two hours"),
    24: _l("One day"),
    72: _l("Three days"),
    168: _l("One week"),
}
RETURNS = {
    Return.OFFERED: ("done", _l("Offered to the list")),
    Return.PUBLIC: ("done", _l("Free for everybody")),
    Return.DRAW: ("work", _l("Given out by draw")),
}
REASONS = {
    Unfit.DAYS: _l("other days"),
    Unfit.HOURS: _l("another time of day"),
    Unfit.NOTICE: _l("too little notice"),
    Unfit.PARTY: _l("not enough seats for all who come"),
    Unfit.LATER: _l("not earlier than what they have"),
    Unfit.PASSED: _l("offered before and not taken"),
    Unfit.PUBLIC: _l("free for everybody as well"),
    Unfit.RESTED: _l("another time was offered just before and not taken"),
    Unfit.HELD: _l("they could have none just then: one was kept for them, or they missed visits"),
}


def state_of(entry: WaitingEntry) -> tuple[str, str]:
    """Return (kind, word) of the state of an entry."""
    kind, word = STATES[entry.state]
    return kind, str(word)


def facts(
    entry: WaitingEntry, pools: Sequence[Pool], people: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Return what an entry waits for, as rows of a summary."""
    chosen = {place.pool_id for place in entry.places}
    places = [i18n.text_in(pool.site.name) for pool in pools if pool.id in chosen]
    first, last = i18n.short_day(entry.first_on), i18n.short_day(entry.last_on)
    days = _("%(first)s to %(last)s", first=first, last=last)
    return [
        (_("Days"), days, ""),
        (_("Time of day"), str(PARTS[entry.part]), ""),
        (_("Places"), i18n.listed(places), ""),
        (_("Who comes"), i18n.listed(list(people)), ""),
        (_("Notice needed"), notice_of(entry), ""),
    ]


def notice_of(entry: WaitingEntry) -> str:
    """Return how long before a visit its owner needs to know."""
    hours = entry.notice_hours
    return str(NOTICES.get(hours) or ngettext("%(num)d hour", "%(num)d hours", hours))


def standing(place: Standing) -> list[str]:
    """Return sentences of the place of an entry and how fast the list goes, no more than known."""
    offered = ngettext(
        "In the last 30 days %(num)d time was offered to this list.",
        "In the last 30 days %(num)d times were offered to this list.",
        place.offered,
    )
    if not place.offered:
        offered = _(
            "In the last 30 days no time was offered to this list, so nobody can say how long it "
            "takes."
        )
    return [_("Your place: %(number)s.", number=place.place), offered]


def offered_when(offer: WaitingOffer) -> Markup:
    """Return when the visit is that is offered."""
    return seats.when_with_distance(offer.starts_at, offer.pool.site.zone)


def until(offer: WaitingOffer) -> Markup:
    """Return until when an offer is kept."""
    return seats.when(offer.until, offer.pool.site.zone)


def answer_by(entry: WaitingEntry) -> str:
    """Return until which day an entry says whether it still waits, empty when it is not asked."""
    if entry.asked_at is None:
        return ""
    on = clock.local(entry.asked_at + rules.GRACE, entry.case.service.post.zone).date()
    return i18n.until_day(on)


def became_of(row: SeatReturn) -> tuple[str, str]:
    """Return (kind, word) of what became of a seat that was given back."""
    if row.outcome is None:
        return "waits", str(_("Kept until a random moment"))
    kind, word = RETURNS[row.outcome]
    return kind, str(word)


def reasons(row: SeatReturn) -> str:
    """Return why a seat was offered to nobody, empty for one that was."""
    if row.outcome is Return.OFFERED or row.looked_at is None:
        return ""
    counts: Mapping[str, int] = row.reasons
    if not counts:
        return str(_("Nobody was waiting for it."))
    parts = [
        _("%(reason)s: %(count)s", reason=REASONS[Unfit(key)], count=counts[key])
        for key in sorted(counts)
    ]
    return i18n.listed(parts)
