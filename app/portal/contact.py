"""Where the post is and when it is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.appointments import presenting, queries, rules, schedule
from app.appointments.models import Lane, WeeklyHours
from app.appointments.rules import Hours
from app.catalogue import queries as catalogue
from app.catalogue.models import Site
from app.core import clock, i18n
from app.web.access import Audience, public
from app.web.navigation import Place, enter

PATH = "/contact"
bp = Blueprint("contact", __name__)

enter(Place.FOOT, Audience.PUBLIC, 15, "contact.index", _l("Contact"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place with the hours in which somebody with an appointment is received."""

    site: Site
    hours: list[tuple[str, Markup]]
    """Weekday, and from when until when."""


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """Show the places of the post with their hours."""
    post = catalogue.get_current_post()
    pools = queries.list_pools(post.id)
    places = [
        Address(site=site, hours=_week(_in_force([p.id for p in pools if p.site_id == site.id])))
        for site in catalogue.list_sites(post.id)
        if not site.is_over(clock.today(site.zone))
    ]
    return render_template("portal/contact.html", places=places)


def _in_force(pool_ids: list[int]) -> list[Hours]:
    """Return the hours for everyone, as they are in the coming seven days."""
    rows = queries.list_hours(pool_ids)
    days = [_next(weekday) for weekday in range(1, 8)]
    return [
        hours
        for pool_id in pool_ids
        for day in days
        for hours in rules.in_force(day, _of_pool(rows, pool_id))
        if hours.lane == Lane.PUBLIC
    ]


def _of_pool(rows: Sequence[WeeklyHours], pool_id: int) -> list[Hours]:
    return [schedule.as_rule(row) for row in rows if row.pool_id == pool_id]


def _next(weekday: int) -> date:
    today = clock.today(catalogue.current_zone())
    return today + timedelta(days=(weekday - today.isoweekday()) % 7)


def _week(rows: Sequence[Hours]) -> list[tuple[str, Markup]]:
    """Return for each weekday the first opening and the last closing of all counters."""
    return [
        (i18n.weekday(_next(day)), _span([row for row in rows if row.weekday == day]))
        for day in sorted({row.weekday for row in rows})
    ]


def _span(rows: Sequence[Hours]) -> Markup:
    opens, closes = min(row.opens for row in rows), max(row.closes for row in rows)
    return presenting.isolated(f"{opens:%H:%M}–{closes:%H:%M}")
