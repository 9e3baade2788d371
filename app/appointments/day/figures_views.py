"""What a hall measured of itself, for the head of the post."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import presenting as seats
from app.appointments.day import asking, figures, presenting, queries, rules
from app.appointments.day.figures import DayFigures
from app.appointments.rules import CancelReason
from app.core import i18n
from app.core.actor import Role
from app.web import days
from app.web.access import staff

PATH = "/desk/hall/figures"
bp = Blueprint("hall_figures", __name__)

DAYS = timedelta(days=13)
MOST = timedelta(days=92)


@bp.get("")
@staff(Role.HEAD)
def index() -> ResponseReturnValue:
    """Show waiting, serving, visits missed and seats used by day, of two weeks or a span."""
    site = asking.site()
    today = queries.today(site)
    last = min(_day("until", today), today)
    first = max(min(_day("since", last - DAYS), last), last - MOST)
    counted = figures.by_day(site, first, last)
    return render_template(
        "day/figures.html",
        site=site,
        places=asking.places(site, queries.list_sites(site.post_id)),
        first=first,
        last=last,
        lines=_lines(counted),
        reasons=_reasons(counted),
        half=rules.HALF,
        nine_tenths=rules.NINE_TENTHS,
        span=presenting.span_in_words,
    )


def _reasons(counted: Mapping[date, DayFigures]) -> list[tuple[str, int]]:
    """Return how many appointments were cancelled for which reason, the most frequent first."""
    total: Counter[CancelReason | None] = Counter()
    for one in counted.values():
        total.update(one.cancelled)
    return [
        (str(seats.WHY_CANCELLED[reason]) if reason else _("No reason was said"), count)
        for reason, count in total.most_common()
    ]


def _day(name: str, default: date) -> date:
    return days.read(request.args.get(name, "")[:10]) or default


def _lines(counted: Mapping[date, DayFigures]) -> list[tuple[str, DayFigures]]:
    """Return the figures of all days together, and of each; nothing where nothing was counted."""
    if not counted:
        return []
    total = DayFigures()
    for one in counted.values():
        total.add(one)
    by_day = [(i18n.short_day(day), one) for day, one in counted.items()]
    return [(_("All days"), total), *by_day]
