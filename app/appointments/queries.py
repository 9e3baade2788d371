"""Finding free seats, bookings, and what a change of the schedule would hit."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from app.appointments import conditions, rules
from app.appointments.draw import queries as draws
from app.appointments.draw.rules import ReleaseMode
from app.appointments.models import (
    Booking,
    BookingPerson,
    BookingState,
    Lane,
    Pool,
    Slot,
    WeeklyHours,
)
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import queries as catalogue
from app.catalogue import workdays
from app.catalogue.definition.document import Definition
from app.catalogue.models import Site
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound

ACTIVE = (BookingState.HELD, BookingState.BOOKED, BookingState.CHECKED_IN)
CONFIRMED = (BookingState.BOOKED, BookingState.CHECKED_IN)
SHOWN = (*CONFIRMED, BookingState.SERVED, BookingState.NO_SHOW, BookingState.LEFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a visit for a service takes: where it may be, how long, and what stops it."""

    pools: tuple[Pool, ...]
    units: int
    is_paid: bool
    party: int = 1
    minutes_before: int = 0
    minutes_after: int = 0
    is_drawn: bool = False
    """A draw gives its seats out: only those that it left over can be booked."""
    is_queued: bool = False
    """Its seats are opened at an hour: only those that were opened can be booked."""
    admitted_to: int | None = None
    """The opening in whose queue it is the turn of whoever books."""
    lanes: tuple[Lane, ...] = (Lane.PUBLIC,)
    """Whose seats it may have, those that are looked through first in front."""
    most_moves: int = rules.USUAL_MOVES
    """So often its citizen moves the appointment online."""
    lead: timedelta = rules.LEAD
    """Times that are nearer than this are not offered; staff give out any that lies ahead."""

    @property
    def needs_release(self) -> bool:
        """Return whether only those seats of the public can be had that were given out before."""
        return self.is_drawn or self.is_queued

    def minutes(self, pool: Pool) -> int:
        """Return how long the visit takes at a pool."""
        return self.units * pool.unit_minutes

    def length(self, pool: Pool) -> rules.Length:
        """Return how many units of a pool the visit and its buffers take."""
        before, after = self.minutes_before, self.minutes_after
        return rules.length(self.units, pool.unit_minutes, before=before, after=after)

    @property
    def stopped_by(self) -> frozenset[workdays.ClosureScope]:
        """The closures that leave no seat: those of paid work count for paid services only."""
        return workdays.PAID_WORK if self.is_paid else workdays.FREE_WORK


def visit_of(case: Case) -> Visit:
    """Return what a case's visit takes by its pinned version; raise NotFound if it needs none."""
    mode, is_favoured = draws.mode_of(case.service_id), bool(favoured([case.id], clock.now()))
    return visit_with(case, mode=mode, is_favoured=is_favoured)


def visit_with(case: Case, *, mode: ReleaseMode, is_favoured: bool, party: int = 1) -> Visit:
    """Return what a case's visit takes, where some of it is known already; raises as visit_of."""
    visit = _visit(case.post_id, catalogue.definition_of(case.pinned), mode, party)
    return with_priority(visit) if is_favoured else visit


def with_priority(visit: Visit) -> Visit:
    """Return the visit of somebody whose time the post cancelled."""
    return replace(visit, lanes=(Lane.PRIORITY, Lane.PUBLIC))


def favoured(case_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of some cases of which the post cancelled a time lately."""
    cancelled = select(Booking.case_id).where(
        Booking.case_id.in_(case_ids), conditions.called_off(now - rules.PRIORITY)
    )
    return frozenset(db.session.scalars(cancelled))


def visit_for(post_id: int, service_id: int, definition: Definition) -> Visit:
    """Return what a visit for a service takes by a definition; raise NotFound if it needs none."""
    return _visit(post_id, definition, draws.mode_of(service_id))


def _visit(post_id: int, definition: Definition, mode: ReleaseMode, party: int = 1) -> Visit:
    if definition.appointment is None:
        raise NotFound()
    known = list_pools(post_id, code=definition.appointment.pool)
    pools = [pool for pool in known if not pool.site.is_over(clock.today(pool.site.zone))]
    if not pools:
        raise NotFound()
    moves = definition.appointment.moves
    return Visit(
        pools=tuple(pools),
        party=party,
        units=definition.appointment.units,
        minutes_before=definition.appointment.minutes_before,
        minutes_after=definition.appointment.minutes_after,
        is_paid=costs(definition),
        is_drawn=mode is ReleaseMode.DRAW,
        is_queued=mode is ReleaseMode.QUEUE,
        most_moves=rules.USUAL_MOVES if moves is None else moves,
    )


def is_paid(case: Case) -> bool:
    """Return whether the service of a case costs a fee by its pinned version."""
    return costs(catalogue.definition_of(case.pinned))


def costs(definition: Definition) -> bool:
    """Return whether a service costs a fee."""
    return any(fee.amount > 0 for fee in definition.fees)


def list_pools(post_id: int, *, code: str | None = None) -> Sequence[Pool]:
    """Return the pools of a post in the order of its sites, all or those of one code."""
    query = select(Pool).join(Site).where(Site.post_id == post_id).order_by(Site.id, Pool.id)
    if code is not None:
        query = query.where(Pool.code == code)
    return db.session.scalars(query).unique().all()


def get_pool(post_id: int, *, site: str, code: str) -> Pool:
    """Return a pool of a post by the codes of its site and its own; raise NotFound."""
    pool = db.session.scalar(
        select(Pool).join(Site).where(Site.post_id == post_id, Site.code == site, Pool.code == code)
    )
    if pool is None:
        raise NotFound()
    return pool


def list_hours(pool_ids: Collection[int]) -> Sequence[WeeklyHours]:
    """Return the weekly hours of some pools, in order of the week."""
    return db.session.scalars(
        select(WeeklyHours)
        .where(WeeklyHours.pool_id.in_(pool_ids))
        .order_by(WeeklyHours.pool_id, WeeklyHours.weekday, WeeklyHours.opens_at, WeeklyHours.lane)
    ).all()


def span(pool: Pool) -> tuple[date, date]:
    """Return the local days, from today to the last of the horizon, that may be booked now.

    Of a mission only its own days: none when it is over.
    """
    today = clock.today(pool.site.zone)
    return pool.site.within(today, rules.last_day(today, pool.horizon_days))


def free_starts(
    pool: Pool,
    visit: Visit,
    first: date,
    last: date,
    *,
    closures: Sequence[workdays.Closure] | None = None,
) -> list[rules.Start]:
    """Return the times between two local days at which a visit can begin, soonest first.

    Days beyond the horizon, closed days and times that are past or near (rules.LEAD) offer none.
    `closures` are those of the days, where they are known already.
    """
    earliest, horizon = span(pool)
    first, last = max(first, earliest), min(last, horizon)
    if closures is None:
        closures = catalogue.closed_days(pool.site.post_id, first, last)
    found: dict[datetime, rules.Start] = {}
    for lane in visit.lanes:
        slots = [
            slot
            for slot in _free_slots(pool, visit, lane, first, last)
            if not closes(slot.local_on, closures, visit)
        ]
        for start in rules.starts(slots, visit.length(pool), unit_minutes=pool.unit_minutes):
            found.setdefault(start.starts_at, start)
    return [found[moment] for moment in sorted(found)]


def closes(day: date, closures: Sequence[workdays.Closure], visit: Visit) -> bool:
    """Return whether a closure leaves no seat for the visit on a day."""
    return any(closure.scope in visit.stopped_by and closure.covers(day) for closure in closures)


def _free_slots(
    pool: Pool, visit: Visit, lane: Lane, first: date, last: date
) -> list[rules.FreeSlot]:
    query = (
        select(Slot.id, Slot.starts_at, Slot.local_on, (Slot.capacity - Slot.taken).label("free"))
        .where(Slot.lane == lane, *_is_free(pool, visit, first, last))
        .order_by(Slot.starts_at)
    )
    rows = db.session.execute(query)
    return [
        rules.FreeSlot(id=row.id, starts_at=row.starts_at, local_on=row.local_on, free=row.free)
        for row in rows
    ]


def count_starts(
    pool: Pool,
    visit: Visit,
    first: date,
    last: date,
    *,
    closures: Sequence[workdays.Closure] | None = None,
) -> dict[date, int]:
    """Return how many times free_starts finds on each day that has one, in order of the days.

    Where a visit takes a single slot, as most do, the database counts them.
    """
    if visit.length(pool).total > 1:
        found = free_starts(pool, visit, first, last, closures=closures)
        return Counter(start.local_on for start in found)
    earliest, horizon = span(pool)
    first, last = max(first, earliest), min(last, horizon)
    if closures is None:
        closures = catalogue.closed_days(pool.site.post_id, first, last)
    # At one moment each lane may have a slot.
    times = func.count() if len(visit.lanes) == 1 else func.count(Slot.starts_at.distinct())
    counted = (
        select(Slot.local_on, times)
        .where(Slot.lane.in_(visit.lanes), *_is_free(pool, visit, first, last))
        .group_by(Slot.local_on)
        .order_by(Slot.local_on)
    )
    rows = db.session.connection().execute(counted)
    return {day: number for day, number in rows if not closes(day, closures, visit)}


def _is_free(pool: Pool, visit: Visit, first: date, last: date) -> list[ColumnElement[bool]]:
    """Return what a slot has to be to be had for a visit, besides its lane."""
    conditions = [
        Slot.pool_id == pool.id,
        Slot.taken < Slot.capacity,
        Slot.capacity - Slot.taken >= visit.party,
        Slot.starts_at > clock.now() + visit.lead,
        Slot.local_on.between(first, last),
        or_(Slot.is_gated.is_(False), Slot.opening_id == visit.admitted_to),
    ]
    if visit.needs_release:
        was_given_out = or_(Slot.release_id.is_not(None), Slot.opening_id.is_not(None))
        conditions.append(or_(Slot.lane != Lane.PUBLIC, was_given_out))
    return conditions


def find_start(
    pool: Pool, starts_at: datetime, *, lanes: Sequence[Lane] = (Lane.PUBLIC,)
) -> Slot | None:
    """Return the slot of a pool's lanes that begins at a moment, free or not.

    Of several it is the first that has room, in the order of the lanes.
    """
    found = db.session.scalars(
        select(Slot).where(
            Slot.pool_id == pool.id, Slot.lane.in_(lanes), Slot.starts_at == starts_at
        )
    ).all()

    def rank(slot: Slot) -> tuple[bool, int]:
        return slot.taken >= slot.capacity, lanes.index(slot.lane)

    return min(found, key=rank, default=None)


def list_run(slot: Slot, length: rules.Length) -> Sequence[Slot]:
    """Return the slots that a visit takes which begins with a slot, also those of its buffers."""
    unit = timedelta(minutes=slot.pool.unit_minutes)
    moments = [
        slot.starts_at + unit * n for n in range(-length.before, length.units + length.after)
    ]
    return db.session.scalars(
        select(Slot)
        .where(
            Slot.pool_id == slot.pool_id,
            Slot.lane == slot.lane,
            Slot.local_on == slot.local_on,
            Slot.starts_at.in_(moments),
        )
        .order_by(Slot.id)
    ).all()


def is_at_appointment(case: Case) -> bool:
    """Return whether the papers are accepted and the visit is the next step."""
    is_next = db.session.scalar(select(conditions.is_visit_next(case.id)))
    return case.state is State.IN_PROGRESS and bool(is_next)


def booking_of(case_id: int) -> Booking | None:
    """Return the active booking of a case (held, booked or checked in), None if there is none."""
    return db.session.scalar(active_of(case_id))


def booked_of(case_ids: Collection[int]) -> Mapping[int, Booking]:
    """Return the confirmed bookings of some cases, with pools and sites: by case, no mere holds."""
    if not case_ids:
        return {}
    rows = db.session.scalars(
        select(Booking)
        .options(joinedload(Booking.pool).joinedload(Pool.site))
        .where(Booking.case_id.in_(case_ids), Booking.state.in_(CONFIRMED))
    )
    return {row.case_id: row for row in rows}


def list_active(case_ids: Collection[int]) -> Sequence[Booking]:
    """Return the active bookings of some cases, with these, in order of their keys."""
    return db.session.scalars(
        select(Booking)
        .options(joinedload(Booking.case))
        .where(Booking.case_id.in_(case_ids), Booking.state.in_(ACTIVE))
        .order_by(Booking.case_id)
    ).all()


def active_of(case_id: int) -> Select[Booking]:
    """Return the query for the active booking of a case."""
    return select(Booking).where(Booking.case_id == case_id, Booking.state.in_(ACTIVE))


def last_booking_of(case_id: int) -> Booking | None:
    """Return the newest booking of a case that was confirmed, whatever became of it."""
    return db.session.scalar(
        select(Booking)
        .where(Booking.case_id == case_id, Booking.state.in_(SHOWN))
        .order_by(Booking.id.desc())
        .limit(1)
    )


def get_booking(uid: str) -> Booking:
    """Return a booking by its public name; raise NotFound."""
    booking = db.session.scalar(select(Booking).where(Booking.uid == uid))
    if booking is None:
        raise NotFound()
    return booking


def other_booking(case: Case) -> Booking | None:
    """Return an active booking of the same person and service that another case made."""
    return db.session.scalar(
        select(Booking)
        .join(BookingPerson, BookingPerson.booking_id == Booking.id)
        .where(
            BookingPerson.active,
            BookingPerson.post_id == case.post_id,
            BookingPerson.service_id == case.service_id,
            BookingPerson.fingerprint == case.person.fingerprint,
            Booking.case_id != case.id,
        )
        .options(joinedload(Booking.case))
    )


def other_hold(case: Case, now: datetime) -> Booking | None:
    """Return a seat that is held for the same person by another case at this moment."""
    return db.session.scalar(
        select(Booking)
        .join(BookingPerson, BookingPerson.booking_id == Booking.id)
        .where(
            Booking.state == BookingState.HELD,
            Booking.expires_at > now,
            Booking.release_id.is_(None),
            Booking.waiting_id.is_(None),
            Booking.case_id != case.id,
            BookingPerson.post_id == case.post_id,
            BookingPerson.fingerprint == case.person.fingerprint,
        )
        .limit(1)
    )
