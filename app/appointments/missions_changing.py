"""A planned mission is changed or cancelled; whom that hits is known before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from app.appointments import missions, rules, schedule
from app.appointments.models import Lane, Pool, WeeklyHours
from app.appointments.schedule import Impact
from app.audit import services as audit
from app.catalogue.models import Site
from app.core import clock
from app.core.actor import Actor
from app.core.db import Texts, db
from app.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What can be changed of a mission; its clocks and services stay."""

    name: Texts
    address: Texts
    first: date
    last: date
    hours: rules.Hours
    """The hours of every day of it; its weekday does not count."""


def get_pool(post_id: int, code: str) -> Pool:
    """Return the counters of a mission that is not over, by its code; raise NotFound."""
    site = next((one for one in missions.list_missions(post_id) if one.code == code), None)
    if site is None:
        raise NotFound()
    return db.session.scalars(select(Pool).where(Pool.site_id == site.id)).unique().one()


def hours_of(pool: Pool) -> rules.Hours | None:
    """Return the hours with which the days of a mission begin; None when it has none left."""
    lines = _public_lines(pool)
    return schedule.as_rule(lines[0]) if lines else None


def _public_lines(pool: Pool) -> Sequence[WeeklyHours]:
    """Return the public hours of the days of the week, those of single days apart."""
    return db.session.scalars(
        select(WeeklyHours)
        .where(
            WeeklyHours.pool_id == pool.id,
            WeeklyHours.lane == Lane.PUBLIC,
            WeeklyHours.on_day.is_(None),
        )
        .order_by(WeeklyHours.id)
    ).all()


def impact(pool: Pool, wanted: Changed) -> Impact:
    """Return whom it hits when a mission has other days or hours."""
    lines = [schedule.as_rule(row) for row in _public_lines(pool)]
    if _is_other(pool, wanted):
        weekdays = range(1, 8)
        lines = [replace(wanted.hours, weekday=weekday) for weekday in weekdays]
    others = [one for one in schedule.hours_of(pool) if one.on or one.lane != Lane.PUBLIC]
    return schedule.impact_of_days(pool, [*lines, *others], wanted.first, wanted.last)


def impact_of_cancelling(pool: Pool) -> Impact:
    """Return whom it hits when a mission does not take place."""
    today = clock.today(pool.site.zone)
    return schedule.impact_of_days(pool, (), today, pool.site.last_on or today)


def _is_other(pool: Pool, wanted: Changed) -> bool:
    """Return whether other hours are wanted; those that an admin gave to single weekdays stay
    while the hours are not touched."""
    present = hours_of(pool)
    return present is None or replace(present, weekday=1) != replace(wanted.hours, weekday=1)


def change(pool: Pool, wanted: Changed, *, actor: Actor) -> Site:
    """Give a mission other words, days or hours; seats that are taken stay taken.

    Raises Invalid with the field that is wrong.
    """
    schedule.lock(pool)
    site = pool.site
    missions.refuse_days(site.zone, wanted.first, wanted.last, began=site.first_on)
    site.name, site.address = dict(wanted.name), dict(wanted.address)
    site.first_on, site.last_on = wanted.first, wanted.last
    lines = _public_lines(pool)
    known = {row.weekday for row in lines}
    if _is_other(pool, wanted):
        for row in lines:
            db.session.delete(row)
        known = set()
    db.session.flush()
    _record("schedule.mission_changed", site, actor)
    days = rules.days_from(wanted.first, wanted.last)
    schedule.add_week(pool, wanted.hours, sorted({day.isoweekday() for day in days} - known))
    return site


def cancel(pool: Pool, *, actor: Actor) -> None:
    """Have a mission not take place: nobody is shown it any more, and no seat is given."""
    schedule.lock(pool)
    pool.site.cancelled_at = clock.now()
    db.session.flush()
    _record("schedule.mission_cancelled", pool.site, actor)
    schedule.make_slots(pool)


def _record(action: str, site: Site, actor: Actor) -> None:
    audit.record(
        action, actor=actor, object_kind="site", object_uid=site.code, post_id=site.post_id
    )
