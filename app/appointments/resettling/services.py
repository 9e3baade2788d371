"""Moving or cancelling what a change of the schedule hit: one run in short transactions.

The new seats are taken before the old ones are given back, those who come together are moved
together, and each outcome is written with its effect. So a worker that dies takes nothing back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

from app.appointments import claiming, planning, queries, services
from app.appointments.models import Booking, BookingState, Slot
from app.appointments.queries import Visit
from app.appointments.resettling import visits
from app.appointments.resettling.models import ResettleItem, ResettleRun
from app.appointments.resettling.rules import Count, Ground, Outcome, Way
from app.appointments.resettling.visits import Party, Places
from app.appointments.rules import CancelReason, Start
from app.appointments.waiting import favouring
from app.audit import services as audit
from app.cases.rules import Action
from app.catalogue import queries as catalogue
from app.catalogue.workdays import Closure
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.jobs import parts
from app.jobs.models import Job

JOB = "appointments.resettle"
TURNS = 5
"""So many transactions under one lease, and with the free times that were found at its start."""
AT_ONCE = 20
"""So many bookings in one transaction: a fifth of a second."""


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
    """Settle the next bookings of a run, and see to the rest.

    What failed is tried again booking by booking, so that one of them stops no other.
    """
    places, most = Places(), AT_ONCE if job.attempts == 1 else 1

    def step(uid: str) -> bool:
        return settle_next(uid, places, most=most)

    parts.carry_out(job, turns=TURNS, step=step, leave_out=_leave_out)


def _locked(uid: str) -> ResettleRun:
    """Return a run, locked: companions are settled with one, so nobody else may have another."""
    query = select(ResettleRun).where(ResettleRun.uid == uid).with_for_update()
    return db.session.scalars(query).one()


def _list_waiting(run: ResettleRun, most: int) -> Sequence[ResettleItem]:
    return db.session.scalars(
        select(ResettleItem)
        .where(ResettleItem.run_id == run.id, ResettleItem.outcome.is_(None))
        .order_by(ResettleItem.id)
        .limit(most)
    ).all()


def _leave_out(uid: str) -> None:
    for item in _list_waiting(_locked(uid), 1):
        item.outcome, item.ended_at = Outcome.FAILED, clock.now()


def settle_next(uid: str, places: Places, *, most: int = AT_ONCE) -> bool:
    """Settle the visits of so many bookings of a run, in the caller's transaction.

    Return whether any waited. One whose new time others took meanwhile waits on.
    """
    run = _locked(uid)
    waiting = _list_waiting(run, most)
    if not waiting:
        run.ended_at = run.ended_at or clock.now()
        return False
    now = clock.now()
    parties = visits.lock([item.booking_id for item in waiting])
    left = [(party, _left_alone(party, now)) for party in parties]
    settled = _settle(run, [party for party, outcome in left if outcome is None], places, now)
    _note(run, [*settled, *((party, why) for party, why in left if why is not None)], now)
    return True


def _left_alone(party: Party, now: datetime) -> Outcome | None:
    """Return why nothing is done for a visit, None when it stands and lies ahead."""
    if party.first.state not in queries.ACTIVE or party.first.starts_at <= now:
        return Outcome.ENDED
    return None if party.first.state is BookingState.BOOKED else Outcome.NOT_FIRM


def _note(run: ResettleRun, settled: Sequence[tuple[Party, Outcome]], now: datetime) -> None:
    """Write what became of visits with those of their bookings that are in the run."""
    by_booking = {
        booking.id: (outcome, booking.local_at if outcome is Outcome.MOVED else None)
        for party, outcome in settled
        for booking in party.bookings
    }
    items = select(ResettleItem).where(
        ResettleItem.run_id == run.id,
        ResettleItem.booking_id.in_(by_booking),
        ResettleItem.outcome.is_(None),
    )
    for item in db.session.scalars(items):
        item.outcome, item.new_local_at = by_booking[item.booking_id]
        item.ended_at = now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be done for a visit, before any seat is locked."""

    party: Party
    visit: Visit
    slots: Mapping[int, int]
    """The slots that it has, with its seats of each."""
    is_closed: bool
    is_hit: bool
    start: Start | None


def _settle(
    run: ResettleRun, parties: Sequence[Party], places: Places, now: datetime
) -> list[tuple[Party, Outcome]]:
    """Settle locked visits that stand, and return what became of them.

    All slots are locked in one statement, as everywhere, so they are chosen before that and their
    seats are counted again after it.
    """
    plans = _plan(run, parties, places, now)
    touched = [slot for plan in plans for slot in (*plan.slots, *_wanted(plan))]
    count = Count(claiming.lock_slots(set(touched)))
    decided = [(plan, _decide(run.way, plan, count)) for plan in plans]
    for plan, outcome in decided:
        if outcome is None and plan.start is not None:
            places.was_taken(plan.start)
    if moved := [plan for plan, outcome in decided if outcome is Outcome.MOVED]:
        _move(run, moved, now)
    if ended := [plan.party for plan, outcome in decided if outcome is Outcome.CANCELLED]:
        _call_off(run, ended, now)
    return [(plan.party, outcome) for plan, outcome in decided if outcome is not None]


def _wanted(plan: _Plan) -> Sequence[int]:
    return plan.start.slot_ids if plan.start is not None else ()


def _plan(run: ResettleRun, parties: Sequence[Party], places: Places, now: datetime) -> list[_Plan]:
    """Choose for each visit that the change hits the nearest time, by what is read now."""
    own, seats = planning.seats_of([one.id for party in parties for one in party.bookings])
    favoured = queries.favoured([party.first.case_id for party in parties], now)
    closures, count, plans = _closures(run, parties), Count(seats), []
    for party in parties:
        visit = places.visit_of(party.first.case)
        if party.first.case_id in favoured:
            visit = queries.with_priority(visit)
        slots = party.slots(own)
        is_closed = queries.closes(_day(party), closures, visit)
        is_hit = is_closed or count.is_over(slots)
        start = None
        if is_hit and run.way is Way.MOVE:
            start = places.give_nearest(party, visit, now)
        if start is not None or (is_hit and run.way is Way.CANCEL):
            count.leave(slots)
        plans.append(
            _Plan(
                party=party,
                visit=visit,
                slots=slots,
                is_closed=is_closed,
                is_hit=is_hit,
                start=start,
            )
        )
    return plans


def _day(party: Party) -> date:
    return clock.local(party.first.starts_at, party.first.pool.site.zone).date()


def _closures(run: ResettleRun, parties: Sequence[Party]) -> Sequence[Closure]:
    days = [_day(party) for party in parties]
    return catalogue.closed_days(run.post_id, min(days), max(days)) if days else ()


def _decide(way: Way, plan: _Plan, count: Count) -> Outcome | None:
    """Return what becomes of a visit by the seats that are locked now; None: it waits on."""
    if not plan.is_hit or not (plan.is_closed or count.is_over(plan.slots)):
        return Outcome.STAYS
    if way is Way.CANCEL:
        count.leave(plan.slots)
        return Outcome.CANCELLED
    if plan.start is None:
        return Outcome.NO_PLACE
    if not count.has_room(plan.start.slot_ids, seats=plan.party.size):
        return None
    count.leave(plan.slots)
    count.take(plan.start.slot_ids, seats=plan.party.size)
    return Outcome.MOVED


def _move(run: ResettleRun, plans: Sequence[_Plan], now: datetime) -> None:
    """Exchange the seats of visits, and tell each of them once."""
    starts = [(plan, plan.start) for plan in plans if plan.start is not None]
    claiming.exchange_all(
        {one: start.slot_ids for plan, start in starts for one in plan.party.bookings}
    )
    begins = select(Slot).where(Slot.id.in_({start.slot_id for _plan, start in starts}))
    slots = {slot.id: slot for slot in db.session.scalars(begins)}
    more = [
        {"why": run.ground.value, "was_at": plan.party.first.starts_at.isoformat()}
        for plan in plans
    ]
    for plan, start in starts:
        for booking in plan.party.bookings:
            services.give_time(booking, plan.visit, slots[start.slot_id], now)
            booking.sequence += 1
            booking.coming_at = None
            claiming.forget_offer(booking)
    services.announce_all(
        [plan.party.bookings for plan in plans],
        Action.MOVED,
        actor=SYSTEM,
        event="booking_moved_by_post",
        more=more,
    )


def _call_off(run: ResettleRun, parties: Sequence[Party], now: datetime) -> None:
    """Give the seats of visits back; they go first on the waiting list and are told so once."""
    bookings = [one for party in parties for one in party.bookings]
    claiming.end(bookings, BookingState.CANCELLED, now)
    for booking in bookings:
        booking.sequence += 1
        booking.cancel_reason = CancelReason.BY_POST
    favouring.make_good([party.bookings for party in parties], run.ground.value, actor=SYSTEM)
