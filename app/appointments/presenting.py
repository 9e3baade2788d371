"""What the booking pages say of days, times and places, in the words of the reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

import segno
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from app.appointments import planning, queries, rules
from app.appointments.draw.rules import ReleaseMode
from app.appointments.models import Booking, BookingState, Lane, Pool
from app.appointments.queries import Visit
from app.appointments.rules import CancelReason, Start
from app.catalogue import queries as catalogue
from app.catalogue import workdays
from app.catalogue.models import Closure
from app.core import clock, i18n

MOMENT = "%Y%m%dT%H%MZ"
SUNDAY = 7
WEEKS_OPEN = 2
MOST_SAID = 2048
"""So many sentences about days and numbers are kept: a page has sixty, on most days the same."""

STATES = {
    BookingState.HELD: ("waits", _l("Kept for a few minutes")),
    BookingState.BOOKED: ("work", _l("Confirmed")),
    BookingState.CHECKED_IN: ("work", _l("Arrived")),
    BookingState.SERVED: ("done", _l("Completed")),
    BookingState.NO_SHOW: ("stopped", _l("Missed")),
    BookingState.LEFT: ("stopped", _l("Not completed")),
    BookingState.CANCELLED: ("stopped", _l("Cancelled")),
    BookingState.EXPIRED: ("stopped", _l("Not confirmed")),
}
BOOK_AGAIN = {
    BookingState.NO_SHOW: _l("Nobody came to this appointment. Another time can be booked."),
    BookingState.LEFT: _l("This visit was not completed. Another time can be booked."),
}
CANCEL_REASONS = {
    CancelReason.CANNOT_COME: _l("I cannot come at this time"),
    CancelReason.NO_PAPERS: _l("A paper that I need is missing"),
    CancelReason.NOT_NEEDED: _l("I do not need the appointment any more"),
    CancelReason.OTHER: lazy_pgettext("reason", "Something else"),
}
WHY_CANCELLED = {
    CancelReason.CANNOT_COME: _l("The citizen could not come"),
    CancelReason.NO_PAPERS: _l("A paper was missing"),
    CancelReason.NOT_NEEDED: _l("Not needed any more"),
    CancelReason.ASKED: _l("The citizen asked for it"),
    CancelReason.BY_POST: _l("The post cannot receive them"),
    CancelReason.OTHER: lazy_pgettext("reason", "Something else"),
}
"""The same as the post says it."""
LANES = {
    Lane.PUBLIC: _l("For everyone"),
    Lane.STAFF: _l("Given out by staff"),
    Lane.EMERGENCY: _l("For emergencies"),
    Lane.PRIORITY: _l("With priority"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A day of the list: one that can be chosen, or one that cannot and says why."""

    on: date
    name: str
    away: str
    text: str
    is_free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Days under one heading."""

    title: str
    days: tuple[DayRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRow:
    """A time that can be chosen."""

    value: str
    at: str
    note: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a pool offers for a visit."""

    weeks: tuple[Week, ...]
    on: date | None
    """The day whose times are shown; None when nothing is free."""
    times: tuple[TimeRow, ...]
    last_on: date

    @property
    def is_late(self) -> bool:
        """Whether the day that is shown lies beyond the weeks that a page opens with."""
        soon = [row.on for week in self.weeks[:WEEKS_OPEN] for row in week.days]
        return self.on is not None and self.on not in soon


def offer(pool: Pool, visit: Visit, *, on: date | None, chosen: str = "") -> Offer:
    """Return the days up to the horizon, and the times of one of them, the first when none is
    asked for or the one that is has none."""
    first, last = queries.span(pool)
    stopped = _stopped(pool, visit, first, last)
    closed = [
        workdays.Closure(first=one.first_on, last=one.last_on, scope=one.scope) for one in stopped
    ]
    free = queries.count_starts(pool, visit, first, last, closures=closed)
    day = on if on in free else next(iter(free), None)
    found = queries.free_starts(pool, visit, day, day, closures=closed) if day else []
    rows = _rows(pool, visit, first, last, free, stopped)
    return Offer(
        weeks=tuple(_weeks(rows, pool)),
        on=day,
        times=tuple(time_row(start, pool, chosen) for start in found),
        last_on=last,
    )


def _stopped(pool: Pool, visit: Visit, first: date, last: date) -> list[Closure]:
    """Return the closures that leave no seat for a visit."""
    found = catalogue.list_closures(pool.site.post_id, first, last)
    return [one for one in found if one.scope in visit.stopped_by]


def time_row(start: Start, pool: Pool, chosen: str = "", *, with_day: bool = False) -> TimeRow:
    """Return a time with how many seats it has, or with its day where days differ."""
    value = moment_value(start.starts_at)
    note = i18n.short_day(start.local_on) if with_day else _seats(start.free, i18n.language())
    at = i18n.time_of_day(start.starts_at, pool.site.zone)
    return TimeRow(value=value, at=at, note=note, is_chosen=value == chosen)


@lru_cache(maxsize=MOST_SAID)
def _seats(number: int, _language: str) -> str:
    return ngettext("%(num)d seat", "%(num)d seats", number)


@lru_cache(maxsize=MOST_SAID)
def times_said(number: int, _language: str) -> str:
    """Return how many times a day has, in the language that is the reader's and is named."""
    return ngettext("%(num)d time", "%(num)d times", number)


def moment_value(moment: datetime) -> str:
    """Return a moment as forms send it."""
    return moment.astimezone(UTC).strftime(MOMENT)


def find_moment(value: str) -> datetime | None:
    """Return the moment that a form sent, None when it is none."""
    try:
        moment = datetime.strptime(value[:20], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    # At the ends of the calendar a moment has no day in some zones.
    return moment if MINYEAR < moment.year < MAXYEAR else None


def _rows(
    pool: Pool,
    visit: Visit,
    first: date,
    last: date,
    free: Mapping[date, int],
    closures: Sequence[Closure],
) -> list[DayRow]:
    hours = planning.public_weekdays(pool) if closures else frozenset[int]()
    full = planning.planned_days(pool, first, last)
    rows, today = [], clock.today(pool.site.zone)
    for day in rules.days_from(first, last):
        text = _text_of(day, free, _closure_on(day, closures, hours), visit, full.get(day))
        if text:
            rows.append(_row(day, today, text, day in free, i18n.language()))
    return rows


def _text_of(
    day: date,
    free: Mapping[date, int],
    closure: Closure | None,
    visit: Visit,
    mode: ReleaseMode | None,
) -> str:
    if day in free:
        return times_said(free[day], i18n.language())
    if closure is not None:
        return _("Closed: %(reason)s", reason=i18n.text_in(closure.title))
    return _why_not(mode, visit) if mode else ""


def _why_not(mode: ReleaseMode, visit: Visit) -> str:
    """Return why a day with seats offers none; empty where its reader has others to look at."""
    if mode is ReleaseMode.DRAW or visit.is_drawn:
        return _("Given out by draw")
    if visit.admitted_to is not None:
        return _("Full") if mode is ReleaseMode.QUEUE else ""
    return _("Given out in a queue") if mode is ReleaseMode.QUEUE or visit.is_queued else _("Full")


def _closure_on(day: date, closures: Iterable[Closure], weekdays: frozenset[int]) -> Closure | None:
    if day.isoweekday() not in weekdays:
        return None
    return next((row for row in closures if row.first_on <= day <= row.last_on), None)


@lru_cache(maxsize=MOST_SAID)
def _row(day: date, today: date, text: str, is_free: bool, _language: str) -> DayRow:
    return DayRow(on=day, name=i18n.weekday(day), away=away(day, today), text=text, is_free=is_free)


def _weeks(rows: Sequence[DayRow], pool: Pool) -> list[Week]:
    shift = 1 if SUNDAY in pool.site.post.week else 0
    by_start: dict[date, list[DayRow]] = {}
    for row in rows:
        begins = row.on - timedelta(days=(row.on.weekday() + shift) % 7)
        by_start.setdefault(begins, []).append(row)
    return [
        Week(title=_week_from(begins, i18n.language()), days=tuple(days))
        for begins, days in by_start.items()
    ]


@lru_cache(maxsize=MOST_SAID)
def _week_from(day: date, _language: str) -> str:
    return _("Week from %(day)s", day=i18n.short_day(day))


def day_link(pool: Pool, day: date) -> str:
    """Return where the times of a day stand, as an address within the page of times itself.

    It is the same for everybody, so that its line of the list is made once.
    """
    return f"?site={quote(pool.site.code)}&day={day.isoformat()}#times"


def away(day: date, today: date) -> str:
    """Return how far a day is: "today", "tomorrow", "in 3 days"."""
    days = (day - today).days
    if days == 0:
        return str(_("today"))
    if days == 1:
        return str(_("tomorrow"))
    return ngettext("in %(num)d day", "in %(num)d days", days) if days > 0 else ""


def isolated(time: str) -> Markup:
    """Return a time of day that keeps its direction in any line."""
    return Markup('<bdi dir="ltr" class="j-num">{}</bdi>').format(time)


def when(starts_at: datetime, zone: str) -> Markup:
    """Return day and time of a visit with the town whose clocks count."""
    on = clock.local(starts_at, zone).date()
    sentence = Markup.escape(_("%(day)s, %(time)s, %(city)s time"))
    at = isolated(i18n.time_of_day(starts_at, zone))
    return sentence % {"day": i18n.day(on), "time": at, "city": i18n.city(zone)}


def until(moment: datetime, zone: str) -> Markup:
    """Return a time of day with the town whose clocks count, and its day unless that is today."""
    if clock.local(moment, zone).date() != clock.today(zone):
        return when(moment, zone)
    said = {"time": isolated(i18n.time_of_day(moment, zone)), "city": i18n.city(zone)}
    return Markup.escape(_("%(time)s, %(city)s time")) % said


def when_with_distance(starts_at: datetime, zone: str) -> Markup:
    """Return how far a visit is and when: "in 3 days (Thursday …, 10:20, Moscow time)"."""
    on = clock.local(starts_at, zone).date()
    distance = away(on, clock.today(zone))
    if not distance:
        return when(starts_at, zone)
    return Markup.escape(_("%(distance)s (%(when)s)")) % {
        "distance": distance,
        "when": when(starts_at, zone),
    }


def distance(booking: Booking) -> str:
    """Return how far a visit is, empty when it is past."""
    zone = booking.pool.site.zone
    return away(clock.local(booking.starts_at, zone).date(), clock.today(zone))


def qr(reference: str) -> Markup:
    """Return a reference as a QR code, which the reception scans."""
    picture = segno.make(reference, error="m", micro=False)
    svg = picture.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=2)
    return Markup(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S704


def time_in(moment: datetime, zone: str) -> Markup:
    """Return a time of day on the clocks of a zone."""
    return isolated(i18n.time_of_day(moment, zone))


def state_of(booking: Booking) -> tuple[str, str]:
    """Return (kind, word) of the state of a booking."""
    kind, word = STATES[booking.state]
    return kind, str(word)


def why_again(booking: Booking) -> str:
    """Return why another time has to be booked, empty where none has to be."""
    return str(BOOK_AGAIN.get(booking.state, ""))
