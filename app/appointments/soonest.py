"""The next free times of all places on one page, on the clocks of the place and of the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.appointments import choosing, planning, presenting, queries, rules, together
from app.appointments.choosing import Purpose
from app.appointments.draw import presenting as draw_words
from app.appointments.draw import queries as draws
from app.appointments.missed import queries as missed_visits
from app.appointments.models import Pool
from app.appointments.queries import Visit
from app.appointments.refusals import NotYet
from app.appointments.rules import Start
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock, i18n
from app.web.access import acting, signed_in

PATH = "/requests/<reference>/book/soonest"
bp = Blueprint("soonest", __name__)

MOST = 30
"""So many days of places are listed; the page of a place has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeDay:
    """A day on which a place has free times."""

    on: date
    place: Markup
    """Where, and from what time on."""
    count: str
    href: str
    starts_at: datetime


@bp.get("")
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show on which days which places have free times, or what happens next where none has."""
    case = cases.get_case(reference, acting())
    purpose = _purpose(case)
    if purpose is choosing.BOOK and missed_visits.block_of(case) is not None:
        return redirect(url_for("missed.show", reference=case.reference))
    moved = choosing.booked(case) if purpose is choosing.MOVE else None
    visit = together.visit_of(case, choosing.party(case, moved))
    found = {pool: _free(pool, visit) for pool in visit.pools}
    zones = i18n.zones_near(visit.pools[0].site.zone)
    zone = next((one for one, _name in zones if one == request.args.get("zone")), "")
    days = [
        _day(case, purpose, pool, starts, zone)
        for pool, by_day in found.items()
        for starts in by_day.values()
    ]
    days.sort(key=lambda one: one.starts_at)
    return render_template(
        "appointments/soonest.html",
        case=case,
        purpose=purpose,
        visit=visit,
        days=days[:MOST],
        is_more=len(days) > MOST,
        last_on=max(_last(pool) for pool in visit.pools),
        without=[pool for pool, by_day in found.items() if not by_day],
        opening=[] if visit.is_drawn else list(filter(None, map(_opening, visit.pools))),
        zones=zones,
        zone=zone,
        draws=draws.list_for_case(case, pool_ids=[pool.id for pool in visit.pools]),
        draw_words=draw_words,
        service=cases.definition(case),
    )


def _purpose(case: Case) -> Purpose:
    booking = queries.booking_of(case.id)
    if booking is not None and booking.can_be_changed(clock.now()):
        return choosing.MOVE
    if not queries.is_at_appointment(case):
        raise NotYet()
    return choosing.BOOK


def _last(pool: Pool) -> date:
    """Return the last day that is looked at: 60 days from now, or the last that can be booked."""
    _first, last = queries.span(pool)
    return min(last, clock.today(pool.site.zone) + timedelta(days=rules.SOON_DAYS))


def _free(pool: Pool, visit: Visit) -> dict[date, list[Start]]:
    found: dict[date, list[Start]] = {}
    for start in queries.free_starts(pool, visit, clock.today(pool.site.zone), _last(pool)):
        found.setdefault(start.local_on, []).append(start)
    return found


def _day(case: Case, purpose: Purpose, pool: Pool, starts: Sequence[Start], zone: str) -> FreeDay:
    first = starts[0]
    href = url_for(
        "appointments" + purpose.page,
        reference=case.reference,
        site=pool.site.code,
        day=first.local_on.isoformat(),
        _anchor="times",
    )
    return FreeDay(
        on=first.local_on,
        place=_place(pool, first.starts_at, zone),
        count=ngettext("%(num)d time", "%(num)d times", len(starts)),
        href=href,
        starts_at=first.starts_at,
    )


def _place(pool: Pool, starts_at: datetime, zone: str) -> Markup:
    """Return where a time is and when, on the reader's clock too where that one differs."""
    at = presenting.time_in(starts_at, pool.site.zone)
    said = {"place": i18n.text_in(pool.site.name), "at": at}
    if not zone or _offset(starts_at, zone) == _offset(starts_at, pool.site.zone):
        return Markup.escape(_("%(place)s, from %(at)s")) % said
    said |= {"own": presenting.time_in(starts_at, zone), "city": i18n.city(zone)}
    return Markup.escape(_("%(place)s, from %(at)s (%(own)s, %(city)s time)")) % said


def _offset(moment: datetime, zone: str) -> timedelta | None:
    return clock.local(moment, zone).utcoffset()


def _opening(pool: Pool) -> str:
    """Return when the next day of a place can be booked; nothing for a mission that ends first."""
    name, today = i18n.text_in(pool.site.name), clock.today(pool.site.zone)
    last = rules.last_day(today, pool.horizon_days)
    if pool.site.is_over(last + timedelta(days=1)):
        return ""
    day = _next_day(pool, last)
    if day is None:
        return _(
            "%(place)s: no hours are planned yet after %(day)s.",
            place=name,
            day=i18n.until_day(last),
        )
    return _(
        "%(place)s: the times of %(day)s can be booked from the beginning of %(opens)s.",
        place=name,
        day=i18n.day(day),
        opens=i18n.day(today + (day - last)),
    )


def _next_day(pool: Pool, last: date) -> date | None:
    """Return the first planned day after the last that can be booked, None when none is yet."""
    after = last + timedelta(days=1)
    begins, _ends = pool.site.within(after, after)
    ahead = planning.planned_days(pool, after, last + timedelta(days=rules.AHEAD_DAYS))
    return min(ahead, default=begins if begins > after else None)
