"""Who is expected today, where "today" is that of the place at which they are received."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import joinedload

from app.appointments import rules
from app.appointments.models import Booking, Pool
from app.appointments.queries import SHOWN, list_pools
from app.cases.models import Case
from app.catalogue.models import Site
from app.core import clock
from app.core.db import db


def is_today(post_id: int) -> ColumnElement[bool]:
    """Return the condition for bookings of a post on the day that it is where they take place."""
    by_zone: dict[str, list[int]] = {}
    for pool in list_pools(post_id):
        by_zone.setdefault(pool.site.zone, []).append(pool.id)
    return or_(false(), *(_is_of_day(ids, zone) for zone, ids in by_zone.items()))


def _is_of_day(pool_ids: Sequence[int], zone: str) -> ColumnElement[bool]:
    today = clock.today(zone)
    return and_(
        Booking.pool_id.in_(pool_ids),
        Booking.starts_at >= rules.day_start(today, zone),
        Booking.starts_at < rules.day_start(today + timedelta(days=1), zone),
    )


def is_of_past_day(now: datetime) -> ColumnElement[bool]:
    """Return the condition for bookings, of any post, whose day is over where they take place."""
    zones = db.session.scalars(select(Site.zone).distinct())
    return or_(false(), *(_is_before_today(zone, now) for zone in zones))


def _is_before_today(zone: str, now: datetime) -> ColumnElement[bool]:
    pools = select(Pool.id).join(Site).where(Site.zone == zone)
    begins = rules.day_start(clock.local(now, zone).date(), zone)
    return and_(Booking.pool_id.in_(pools), Booking.starts_at < begins)


def arrivals(post_id: int) -> Sequence[Booking]:
    """Return the confirmed bookings of a post of today, with case and person."""
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.post_id == post_id,
            Booking.state.in_(SHOWN),
            is_today(post_id),
        )
        .options(
            joinedload(Booking.case).joinedload(Case.person),
            joinedload(Booking.case).joinedload(Case.pinned),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()
