"""The week, the closures and the slots made from them; nobody loses a seat by a change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.appointments import claiming, planning, queries, rules, storing
from app.appointments.clocks import services as clocks
from app.appointments.models import Booking, Lane, Pool, WeeklyHours
from app.appointments.refusals import HoursOverlap
from app.audit import services as audit
from app.catalogue import queries as catalogue
from app.catalogue import services, workdays
from app.catalogue.models import Closure, Post
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import Texts, db
from app.core.errors import Invalid

LONGEST_HORIZON = 365
MOST_PASS_ON = 336
LONGEST_CLOSURE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What making slots did."""

    inserted: int
    changed: int
    excess: int
    """Seats that stay taken although the plan has them no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Whom a change of the schedule would hit; they keep their seats."""

    bookings: tuple[Booking, ...] = ()


def make_all_slots() -> None:
    """Make the slots of every pool of every post up to its horizon.

    First those that are there follow the clocks of their places, whose rules may be new.
    """
    pools = db.session.scalars(select(Pool).order_by(Pool.id)).unique().all()
    for pool in pools:
        lock(pool)
    clocks.follow(pools)
    for pool in pools:
        if pool.pass_on_hours is not None:
            # All at once, also those that are locked again: what passes on is written down first.
            claiming.lock_days(pool.id, clock.today(pool.site.zone))
            pass_on_seats(pool)
        make_slots(pool)


def make_slots_of_post(post_id: int) -> None:
    """Make the slots of all pools of a post."""
    for pool in _locked_pools(post_id):
        make_slots(pool)


def _locked_pools(post_id: int) -> list[Pool]:
    pools = sorted(queries.list_pools(post_id), key=lambda pool: pool.id)
    for pool in pools:
        lock(pool)
    return pools


def lock(pool: Pool) -> None:
    """Have one transaction at a time read or change what the slots of a pool are made from.

    Several pools are locked in the order of their keys. Seats are held and given back meanwhile:
    a lock that leaves the key alone (FOR NO KEY UPDATE) stops no row that refers to the pool.
    """
    db.session.refresh(pool, with_for_update={"of": Pool, "key_share": True})


def make_slots(pool: Pool) -> Made:
    """Have the stored slots of a pool follow its hours and closures, from today on.

    Idempotent: a slot is known by pool, lane and wall time. None is deleted, none gets less
    capacity than is taken.
    """
    lock(pool)
    first = clock.today(pool.site.zone)
    if pool.pass_on_hours is not None:
        claiming.lock_days(pool.id, first)
    difference = _difference(pool, hours_of(pool), first, pool.horizon_days)
    storing.insert(pool, difference.inserted)
    storing.apply(difference.changed)
    return Made(
        inserted=len(difference.inserted),
        changed=len(difference.changed),
        excess=sum(difference.excess.values()),
    )


def _difference(
    pool: Pool, hours: Sequence[rules.Hours], first: date, horizon_days: int
) -> rules.Difference:
    last = rules.last_day(first, horizon_days + rules.AHEAD_DAYS)
    return _compare(pool, hours, (first, last), planning.known_slots(pool.id, first))


def _compare(
    pool: Pool,
    hours: Sequence[rules.Hours],
    span: tuple[date, date],
    known: Sequence[rules.KnownSlot],
) -> rules.Difference:
    """Return what differs between the plan of a span of days and the slots that are known of it."""
    first, last = span
    closures = catalogue.closed_days(pool.site.post_id, first, last)
    days = rules.days_from(*pool.site.within(first, last))
    shut = [closure for closure in closures if closure.scope is workdays.ClosureScope.ALL]
    planned = rules.plan(
        days,
        hours,
        zone=pool.site.zone,
        unit_minutes=pool.unit_minutes,
        closed=[day for day in days if any(closure.covers(day) for closure in shut)],
    )
    if pool.pass_on_hours is not None:
        until = clock.now() + timedelta(hours=pool.pass_on_hours)
        planned = rules.pass_on(planned, known, until=until)
    return rules.compare(planned, known)


def pass_on_seats(pool: Pool) -> int:
    """Give the public what nobody took of the near emergency seats; return how many seats it got.

    In one transaction, with the slots of both lanes locked before their seats are counted.
    """
    lock(pool)
    if pool.pass_on_hours is None:
        return 0
    zone, now = pool.site.zone, clock.now()
    first = clock.local(now, zone).date()
    last = clock.local(now + timedelta(hours=pool.pass_on_hours), zone).date()
    claiming.lock_days(pool.id, first, last)
    known = planning.known_slots(pool.id, first, last)
    difference = _compare(pool, hours_of(pool), (first, last), known)
    seats = rules.gained(difference, known)
    storing.insert(pool, difference.inserted)
    storing.apply(difference.changed)
    if seats:
        fields = {"seats": seats}
        _record("schedule.seats_passed_on", "pool", pool.code, pool.site.post_id, SYSTEM, fields)
    return seats


def set_pass_on(pool: Pool, hours: int | None, *, actor: Actor) -> None:
    """Have unused emergency seats go to the public so many hours before (1 to 336), None never."""
    if hours is not None and not 1 <= hours <= MOST_PASS_ON:
        raise Invalid(
            _l("Please give a number of hours from 1 to %(most)s, or leave it empty."),
            field="pass_on_hours",
            most=MOST_PASS_ON,
        )
    if hours == pool.pass_on_hours:
        return
    lock(pool)
    pool.pass_on_hours = hours
    db.session.flush()
    _record("schedule.pass_on_changed", "pool", pool.code, pool.site.post_id, actor)
    make_slots(pool)


def hours_of(pool: Pool, *, without: str = "") -> list[rules.Hours]:
    """Return all hours of a pool as the rules know them, apart from one line."""
    return [as_rule(row) for row in queries.list_hours([pool.id]) if row.uid != without]


def as_rule(row: WeeklyHours) -> rules.Hours:
    """Return a line of the week as the rules know it."""
    return rules.Hours(
        weekday=row.weekday,
        opens=time.fromisoformat(row.opens_at),
        closes=time.fromisoformat(row.closes_at),
        lane=row.lane.value,
        seats=row.seats,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        on=row.on_day,
    )


def impact_of_hours(pool: Pool, wanted: rules.Hours | None, *, instead_of: str = "") -> Impact:
    """Return whom it hits when a line of the week is changed, added, or (wanted None) removed."""
    hours = hours_of(pool, without=instead_of)
    if wanted is not None:
        hours.append(wanted)
    today = clock.today(pool.site.zone)
    return _impact(pool, _difference(pool, hours, today, pool.horizon_days))


def impact_of_days(pool: Pool, hours: Sequence[rules.Hours], first: date, last: date) -> Impact:
    """Return whom it hits when a pool has some hours, and only between two days."""
    today = clock.today(pool.site.zone)
    end = rules.last_day(today, pool.horizon_days + rules.AHEAD_DAYS)
    span = max(first, today), min(last, end)
    return _impact(pool, _compare(pool, hours, span, planning.known_slots(pool.id, today)))


def impact_of_horizon(pool: Pool, days: int) -> Impact:
    """Return whom it hits when so many days are open; one that is refused hits nobody."""
    if not 1 <= days <= LONGEST_HORIZON:
        return Impact()
    return _impact(pool, _difference(pool, hours_of(pool), clock.today(pool.site.zone), days))


def _impact(pool: Pool, difference: rules.Difference) -> Impact:
    """Return the bookings on slots that would have more taken than before beyond the plan."""
    plans = {change.id: change.planned for change in difference.changed}
    first = clock.today(pool.site.zone)
    hit = [
        slot.id
        for slot in planning.known_slots(pool.id, first)
        if slot.taken > plans.get(slot.id, slot.planned)
        and plans.get(slot.id, slot.planned) < slot.planned
    ]
    return Impact(bookings=tuple(planning.list_hit(hit, clock.now())))


def add_hours(pool: Pool, wanted: rules.Hours, *, actor: Actor) -> WeeklyHours:
    """Add a line to the week of a pool, and make its slots; raise Invalid or HoursOverlap."""
    lock(pool)
    refuse_short(pool, wanted)
    _refuse_overlap(pool, wanted)
    row = WeeklyHours(pool_id=pool.id, **_columns(wanted))
    db.session.add(row)
    return _changed(pool, row, "schedule.hours_added", actor)


def add_week(pool: Pool, wanted: rules.Hours, weekdays: Collection[int]) -> None:
    """Give a pool the same hours on some weekdays, and make its slots; raise Invalid."""
    refuse_short(pool, wanted)
    for weekday in weekdays:
        db.session.add(WeeklyHours(pool_id=pool.id, **_columns(replace(wanted, weekday=weekday))))
    db.session.flush()
    make_slots(pool)


def change_hours(pool: Pool, uid: str, wanted: rules.Hours, *, actor: Actor) -> WeeklyHours:
    """Change a line of the week, and make the slots anew.

    Raises NotFound, Invalid or HoursOverlap.
    """
    lock(pool)
    row = planning.get_hours(pool.id, uid)
    refuse_short(pool, wanted)
    _refuse_overlap(pool, wanted, but=uid)
    for name, value in _columns(wanted).items():
        setattr(row, name, value)
    return _changed(pool, row, "schedule.hours_changed", actor)


def remove_hours(pool: Pool, uid: str, *, actor: Actor) -> None:
    """Remove a line of the week; seats that are taken stay taken. Raises NotFound."""
    lock(pool)
    row = planning.get_hours(pool.id, uid)
    db.session.delete(row)
    _changed(pool, row, "schedule.hours_removed", actor)


def refuse_short(pool: Pool, wanted: rules.Hours) -> None:
    """Refuse hours in which not one unit of a pool has room; raises Invalid."""
    lasts = datetime.combine(date.min, wanted.closes) - datetime.combine(date.min, wanted.opens)
    if lasts < timedelta(minutes=pool.unit_minutes):
        raise Invalid(
            _l("Visits begin every %(minutes)s minutes: in hours this short there is none."),
            field="closes_at",
            minutes=pool.unit_minutes,
        )


def _refuse_overlap(pool: Pool, wanted: rules.Hours, *, but: str = "") -> None:
    if wanted.on is not None and wanted.on < clock.today(pool.site.zone):
        raise Invalid(_l("This day is over."), field="on_day")
    if any(wanted.overlap(other) for other in hours_of(pool, without=but)):
        raise HoursOverlap(field="opens_at")


def _columns(wanted: rules.Hours) -> dict[str, object]:
    return {
        "weekday": wanted.weekday,
        "opens_at": wanted.opens.strftime("%H:%M"),
        "closes_at": wanted.closes.strftime("%H:%M"),
        "lane": Lane(wanted.lane),
        "seats": wanted.seats,
        "valid_from": wanted.valid_from,
        "valid_until": wanted.valid_until,
        "on_day": wanted.on,
    }


def _changed(pool: Pool, row: WeeklyHours, action: str, actor: Actor) -> WeeklyHours:
    db.session.flush()
    _record(action, "weekly_hours", row.uid, pool.site.post_id, actor)
    make_slots(pool)
    return row


def set_horizon(pool: Pool, days: int, *, actor: Actor) -> None:
    """Open so many days from today on for booking (1 to 365), and make the slots."""
    if not 1 <= days <= LONGEST_HORIZON:
        raise Invalid(
            _l("Please give a number of days from 1 to %(most)s."),
            field="horizon_days",
            most=LONGEST_HORIZON,
        )
    lock(pool)
    pool.horizon_days = days
    db.session.flush()
    _record("schedule.horizon_changed", "pool", pool.code, pool.site.post_id, actor)
    make_slots(pool)


def impact_of_closure(post_id: int, first: date, last: date, scope: ClosureScope) -> Impact:
    """Return whose appointments lie on days that are to be closed."""
    hit = []
    for booking in planning.list_between(post_id, first, last, clock.now()):
        if scope is ClosureScope.ALL or queries.is_paid(booking.case):
            hit.append(booking)
    return Impact(bookings=tuple(hit))


def add_closure(
    post: Post,
    first: date,
    last: date,
    *,
    scope: ClosureScope,
    title: Texts,
    actor: Actor,
) -> Closure:
    """Close a post for some days; their free seats vanish, those that are taken stay."""
    if last - first > LONGEST_CLOSURE:
        raise Invalid(_l("A closure can last a year at most."), field="last_on")
    _locked_pools(post.id)
    closure = services.add_closure(post, first=first, last=last, scope=scope, title=title)
    db.session.flush()
    _record("schedule.closure_added", "closure", closure.uid, post.id, actor)
    make_slots_of_post(post.id)
    return closure


def remove_closure(post_id: int, uid: str, *, actor: Actor) -> None:
    """Open the days of a closure again; raise NotFound."""
    _locked_pools(post_id)
    closure = planning.get_closure(post_id, uid)
    db.session.delete(closure)
    db.session.flush()
    _record("schedule.closure_removed", "closure", uid, post_id, actor)
    make_slots_of_post(post_id)


def _record(
    action: str,
    kind: str,
    uid: str,
    post_id: int,
    actor: Actor,
    fields: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        action, actor=actor, object_kind=kind, object_uid=uid, post_id=post_id, fields=fields
    )
