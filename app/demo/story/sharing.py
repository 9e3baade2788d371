"""Seats that many want: a draw that takes wishes, and times that open in a queue soon."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.appointments import queries as seats
from app.appointments.draw import queries as draws
from app.appointments.draw import services as drawing
from app.appointments.draw import wishing
from app.appointments.draw.rules import PublicKind, ReleaseMode, Weighting
from app.appointments.line import services as lines
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor
from app.demo.story.calendar import Calendar
from app.demo.story.scenes import Scene

POOL = "documents"
DRAWN, QUEUED = "RESID", "CONS_REG"
SOURCE = "Официальный курс доллара США, Банк России (cbr.ru)"
SITTING = timedelta(minutes=15)
"""The hour of the queue lies one of these to two ahead, so that a newcomer sees it come."""


def announce_draw(post: Post, calendar: Calendar, *, by: Actor) -> None:
    """Announce a draw that opens on the next working day and takes wishes beyond today."""
    service = catalogue.get_service(post.id, DRAWN)
    drawing.set_mode(service, ReleaseMode.DRAW, actor=by)
    pool = seats.get_pool(post.id, site=post.code, code=POOL)
    public_on = calendar.after(5)
    first, last = _two_days(calendar, public_on + drawing.PREPARATION)
    plan = drawing.Plan(
        first_on=first,
        last_on=last,
        opens_at=_at(calendar, calendar.before(4), time(9)),
        closes_at=_at(calendar, calendar.after(2), time(18)),
        weighting=Weighting.WAITING,
        public_kind=PublicKind.RATE,
        public_on=public_on,
        public_source=SOURCE,
    )
    drawing.announce(post, pool, service, plan, actor=by)


def announce_queue(post: Post, calendar: Calendar, *, by: Actor) -> None:
    """Announce that times open within the half hour; the queue for them lasts three days."""
    service = catalogue.get_service(post.id, QUEUED)
    drawing.set_mode(service, ReleaseMode.QUEUE, actor=by)
    pool = seats.get_pool(post.id, site=post.code, code=POOL)
    first, last = _two_days(calendar, calendar.after(12))
    opens_at = _next_quarter(clock.now()) + SITTING
    plan = lines.Plan(first_on=first, last_on=last, opens_at=opens_at, hours=72, rate=60)
    lines.announce(post, pool, service, plan, actor=by)


def wish(scene: Scene) -> None:
    """Wish for all days of the draw."""
    case = scene.case(scene.citizen)
    pools = [pool.id for pool in seats.visit_of(case).pools]
    release = draws.list_for_case(case, pool_ids=pools)[0]
    days = draws.offered_days(release)
    wishing.wish(case, release, days, coming=(), actor=scene.citizen)


def _at(calendar: Calendar, day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(calendar.zone))


def _two_days(calendar: Calendar, earliest: date) -> tuple[date, date]:
    """Return two working days, one after the other, from a day on."""
    number = 1
    while calendar.after(number) < earliest:
        number += 1
    return calendar.after(number), calendar.after(number + 1)


def _next_quarter(now: datetime) -> datetime:
    passed = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now - passed + SITTING
