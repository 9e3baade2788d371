"""Moving or cancelling what a change of the schedule hit: one run, a transaction for each visit.

The new seats are taken before the old ones are given back, those who come together are moved
together, and each outcome is written with its effect. So a worker that dies takes nothing back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from app.appointments import claiming, planning, queries, services, together
from app.appointments.models import Booking, BookingState, Slot
from app.appointments.queries import Visit
from app.appointments.resettling import rules
from app.appointments.resettling.models import ResettleItem, ResettleRun
from app.appointments.resettling.rules import Ground, Outcome, Way
from app.appointments.rules import Start
from app.audit import services as audit
from app.cases import changing
from app.cases.rules import Action
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.core.errors import SlotTaken
from app.jobs import parts
from app.jobs.models import Job

JOB = "appointments.resettle"
AT_ONCE = 50
"""So many bookings are settled under one lease; then the next job goes on."""


def begin(
    post_id: int, bookings: Sequence[Booking], way: Way, ground: Ground, *, actor: Actor
) -> ResettleRun:
    """Write a run over bookings, those that were made last first: the first keep what is left."""
    now = clock.now()
    run = ResettleRun(
        post_id=post_id, staff_id=actor.id, way=way, ground=ground, created_at=now, ended_at=None
    )
    db.session.add(run)
    db.session.flush()
    rows = [
        {
            "run_id": run.id,
            "booking_id": booking.id,
            "case_id": booking.case_id,
            "old_local_at": booking.local_at,
        }
        for booking in sorted(bookings, key=lambda one: one.id, reverse=True)
    ]
    if rows:
        db.session.execute(insert(ResettleItem), rows)
    parts.schedule(JOB, run.uid)
    audit.record(
        "schedule.resettle_begun",
        actor=actor,
        object_kind="resettle_run",
        object_uid=run.uid,
        post_id=post_id,
        fields={"way": way.value, "ground": ground.value, "bookings": len(rows)},
    )
    return run


def carry_out(job: Job) -> None:
    """Settle the next bookings of a run, visit by visit, and see to the rest."""
    parts.carry_out(job, turns=AT_ONCE, step=settle_next, leave_out=_leave_out)


def _locked(uid: str) -> ResettleRun:
    """Return a run, locked: companions are settled with one, so nobody else may have another."""
    query = select(ResettleRun).where(ResettleRun.uid == uid).with_for_update()
    return db.session.scalars(query).one()


def _find_next(run: ResettleRun) -> ResettleItem | None:
    return db.session.scalar(
        select(ResettleItem)
        .where(ResettleItem.run_id == run.id, ResettleItem.outcome.is_(None))
        .order_by(ResettleItem.id)
        .limit(1)
    )


def _leave_out(uid: str) -> None:
    item = _find_next(_locked(uid))
    if item is not None:
        item.outcome, item.ended_at = Outcome.FAILED, clock.now()


def settle_next(uid: str) -> bool:
    """Settle one visit of a run, in the caller's transaction; return whether there was one."""
    run = _locked(uid)
    item = _find_next(run)
    if item is None:
        run.ended_at = run.ended_at or clock.now()
        return False
    party = _party(_get(item.booking_id))
    outcome = _settle(run, party)
    moved = party[0].local_at if outcome is Outcome.MOVED else None
    db.session.execute(
        update(ResettleItem)
        .where(
            ResettleItem.run_id == run.id,
            ResettleItem.booking_id.in_([one.id for one in party]),
            ResettleItem.outcome.is_(None),
        )
        .values(outcome=outcome, new_local_at=moved, ended_at=clock.now())
    )
    return True


def _get(booking_id: int) -> Booking:
    """Return a booking with its case as they stand now."""
    query = select(Booking).where(Booking.id == booking_id).options(joinedload(Booking.case))
    return db.session.scalars(query, execution_options=claiming.FRESH).one()


def _party(booking: Booking) -> list[Booking]:
    """Return all who come together at the time of a booking, in order of their cases."""
    others = queries.list_companions(booking, booking.state)
    return sorted([booking, *others], key=lambda one: one.case_id)


def _settle(run: ResettleRun, party: list[Booking]) -> Outcome:
    now = clock.now()
    first = party[0]
    if first.state not in queries.ACTIVE or first.starts_at <= now:
        return Outcome.ENDED
    if first.state is not BookingState.BOOKED:
        return Outcome.NOT_FIRM
    if not _is_displaced(party):
        return Outcome.STAYS
    return _call_off(run, party, now) if run.way is Way.CANCEL else _move(run, party, now)


def _is_displaced(party: Sequence[Booking]) -> bool:
    """Return whether a visit lies on closed days, or where more seats are taken than planned."""
    day = clock.local(party[0].starts_at, party[0].pool.site.zone).date()
    closures = catalogue.closed_days(party[0].post_id, day, day)
    if any(queries.closes(day, closures, queries.visit_of(one.case)) for one in party):
        return True
    return planning.is_over_plan([one.id for one in party])


def _move(run: ResettleRun, party: list[Booking], now: datetime) -> Outcome:
    """Move a visit to the nearest time that takes all of it; others may be quicker at some."""
    was_at = party[0].starts_at.isoformat()
    visit = replace(queries.visit_of(party[0].case), party=len(party))
    for tried, start in enumerate(_places(party[0], visit, now)):
        if tried == rules.MOST_TRIED:
            break
        try:
            with db.session.begin_nested():
                is_there = _exchange(party, visit, start, now)
        except SlotTaken:
            continue
        if not is_there:
            return Outcome.ENDED
        more = {"why": run.ground.value, "was_at": was_at}
        services.announce(
            party, Action.MOVED, actor=SYSTEM, event="booking_moved_by_post", more=more
        )
        return Outcome.MOVED
    return Outcome.NO_PLACE


def _places(booking: Booking, visit: Visit, now: datetime) -> Iterator[Start]:
    day = clock.local(booking.starts_at, booking.pool.site.zone).date()
    seen: set[datetime] = set()
    for days in rules.SPANS:
        wide = timedelta(days=days)
        found = queries.free_starts(booking.pool, visit, day - wide, day + wide)
        for start in rules.candidates(found, booking.starts_at, now):
            if start.starts_at not in seen:
                seen.add(start.starts_at)
                yield start


def _exchange(party: list[Booking], visit: Visit, start: Start, now: datetime) -> bool:
    """Exchange the seats of a visit; False when its owner changed it meanwhile."""
    starts_at = party[0].starts_at
    if not _lock(party, start.slot_ids, starts_at, now):
        return False
    slot = db.session.get_one(Slot, start.slot_ids[0])
    for booking in party:
        claiming.exchange(booking, start.slot_ids)
        services.give_time(booking, visit, slot, now)
        booking.sequence += 1
        booking.coming_at = None
        claiming.forget_offer(booking)
    db.session.flush()
    return True


def _lock(
    party: Sequence[Booking], slot_ids: Sequence[int], starts_at: datetime, now: datetime
) -> bool:
    """Lock a visit with its seats and the wanted ones; return whether it stands as it was read."""
    if len(party) > 1:
        together.lock_party([one.case for one in party], slot_ids)
    else:
        changing.lock(party[0].case_id)
    locked = claiming.lock_bookings([one.id for one in party])
    if any(one.state is not BookingState.BOOKED or one.starts_at != starts_at for one in locked):
        return False
    claiming.make_room(locked, slot_ids, now)
    return True


def _call_off(run: ResettleRun, party: list[Booking], now: datetime) -> Outcome:
    if not _lock(party, (), party[0].starts_at, now):
        return Outcome.ENDED
    claiming.end(party, BookingState.CANCELLED, now)
    for booking in party:
        booking.sequence += 1
    zone = party[0].pool.site.zone
    until = clock.local(now + rules.PRIORITY, zone).date()
    services.announce(
        party,
        Action.BOOKING_CANCELLED,
        actor=SYSTEM,
        event="booking_called_off",
        more={"why": run.ground.value, "until_on": until.isoformat()},
    )
    return Outcome.CANCELLED
