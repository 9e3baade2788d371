"""Putting coming slots back onto their wall time when the rules of their zone have changed.

The hours of a post are wall time. What is stored besides is the moment, which new rules make
wrong: visitors come by their clocks. So the moment of a slot changes in place, and with it
bookings, offers, reminders and calendars; nobody's seat is touched.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from app.accounts import queries as accounts
from app.appointments import claiming, messages
from app.appointments.clocks import queries, rules
from app.appointments.clocks.models import ClockChange, ClockVisit
from app.appointments.clocks.rules import Drift
from app.appointments.models import Booking, BookingState, Pool, Slot
from app.appointments.queries import CONFIRMED
from app.appointments.resettling import visits
from app.appointments.resettling.visits import Party
from app.appointments.waiting.models import WaitingOffer
from app.audit import services as audit
from app.cases.rules import Action
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db
from app.core.errors import Conflict
from app.notifications import services as notifications

PARKED = timedelta(days=365 * 200)
"""So far from all others slots stand while they change places."""
TRIES = 5


def follow(pools: Sequence[Pool]) -> list[ClockChange]:
    """Have the slots of locked pools, and what hangs on them, follow the rules of their zones.

    Return what was moved, pool by pool. All are locked before any is changed, cases first, as
    everywhere: the slots of one pool after the cases of another would have no order.
    """
    now = clock.now()
    found = {pool: _drift_of(pool, now) for pool in pools}
    off = {pool: drift for pool, drift in found.items() if drift.moved or drift.lost}
    moved = {id: at for drift in off.values() for id, at in drift.moved.items()}
    parties = _lock(pools, moved)
    if not off and not parties:
        return []
    before = _moments(moved)
    _shift(Slot, moved)
    hit = _move_visits(pools, parties, now)
    for pool, drift in off.items():
        _move_waiting(pool, {before[id]: at for id, at in drift.moved.items()})
    changes = [_note(pool, drift, hit, now) for pool, drift in off.items()]
    _tell(parties, hit)
    for post_id in sorted({change.post_id for change in changes}):
        _tell_heads(post_id, now)
    return changes


def _drift_of(pool: Pool, now: datetime) -> Drift:
    zone = pool.site.zone
    # From the day before on: of slots that are over none moves, but one may stand in the way.
    first = clock.local(now, zone).date() - timedelta(days=1)
    return rules.find_drift(queries.slots_from(pool.id, first), zone, now)


def _lock(pools: Sequence[Pool], moved: Mapping[int, datetime]) -> list[Party]:
    """Lock whoever has slots that move, and then the slots; return the visits, in their order.

    Who took a seat meanwhile is found when the slots are locked: then it begins anew.
    """
    pool_ids = [pool.id for pool in pools]
    for _turn in range(TRIES):
        with db.session.begin_nested() as attempt:
            known = queries.holders(moved) | queries.visits_off(pool_ids).keys()
            parties = visits.lock(sorted(known))
            claiming.lock_slots(list(moved))
            if queries.holders(moved) <= known:
                return parties
            attempt.rollback()
    raise Conflict()


def _moments(slot_ids: Mapping[int, datetime]) -> Mapping[int, datetime]:
    rows = db.session.execute(select(Slot.id, Slot.starts_at).where(Slot.id.in_(slot_ids)))
    return {id: starts_at for id, starts_at in rows}


def _shift(model: type[Slot] | type[WaitingOffer], moved: Mapping[int, datetime]) -> None:
    """Give locked rows other moments, in two steps: in one they would meet on their unique key."""
    if not moved:
        return
    for away in (PARKED, timedelta()):
        rows = [{"id": id, "starts_at": at + away} for id, at in sorted(moved.items())]
        db.session.execute(update(model), rows)
    for row in db.session:
        if isinstance(row, model):
            db.session.expire(row)


def _move_visits(
    pools: Sequence[Pool], parties: Sequence[Party], now: datetime
) -> Mapping[int, datetime]:
    """Have locked bookings begin with their slots; return confirmed ones, and when they began."""
    pool_ids = [pool.id for pool in pools]
    visits_at, offers_at = queries.visits_off(pool_ids), queries.offers_off(pool_ids)
    hit: dict[int, datetime] = {}
    for booking in (one for party in parties for one in party.bookings):
        if booking.id in offers_at:
            booking.offer_starts_at = offers_at[booking.id]
        if booking.id not in visits_at:
            continue
        if booking.state in CONFIRMED:
            hit[booking.id] = booking.starts_at
            booking.sequence += 1
        booking.starts_at, booking.updated_at = visits_at[booking.id], now
    db.session.flush()
    return hit


def _move_waiting(pool: Pool, moments: Mapping[datetime, datetime]) -> None:
    """Have what the waiting list offered, now and before, stand at the moments of its slots."""
    rows = db.session.execute(
        select(WaitingOffer.id, WaitingOffer.starts_at).where(
            WaitingOffer.pool_id == pool.id, WaitingOffer.starts_at.in_(moments)
        )
    )
    _shift(WaitingOffer, {id: moments[starts_at] for id, starts_at in rows})


def _note(pool: Pool, drift: Drift, hit: Mapping[int, datetime], now: datetime) -> ClockChange:
    days = db.session.scalars(
        select(Slot.local_on).where(Slot.id.in_([*drift.moved, *drift.lost])).distinct()
    ).all()
    change = ClockChange(
        post_id=pool.site.post_id,
        pool_id=pool.id,
        zone=pool.site.zone,
        found_at=now,
        first_on=min(days),
        last_on=max(days),
        moved=len(drift.moved),
        lost=len(drift.lost),
    )
    db.session.add(change)
    db.session.flush()
    own = select(Booking.id, Booking.case_id, Booking.starts_at).where(
        Booking.id.in_(hit), Booking.pool_id == pool.id
    )
    rows = [
        {"change_id": change.id, "booking_id": id, "case_id": case_id, "was_at": hit[id]}
        | {"starts_at": starts_at}
        for id, case_id, starts_at in db.session.execute(own)
    ]
    if rows:
        db.session.execute(insert(ClockVisit), rows)
    audit.record(
        "schedule.clocks_followed",
        actor=SYSTEM,
        object_kind="clock_change",
        object_uid=change.uid,
        post_id=change.post_id,
        fields={"slots": change.moved, "lost": change.lost, "bookings": len(rows)},
    )
    return change


def _tell(parties: Sequence[Party], hit: Mapping[int, datetime]) -> None:
    """Tell each confirmed visit once, with a calendar entry of the new moment, and remind anew."""
    told = [
        party.bookings
        for party in parties
        if party.first.state is BookingState.BOOKED and party.first.id in hit
    ]
    if told:
        messages.tell_all(told, Action.MOVED, event="booking_clocks")


def _tell_heads(post_id: int, now: datetime) -> None:
    """Tell the heads of a post, once a day, where it is listed what was moved."""
    for staff in accounts.list_colleagues(post_id, [Role.HEAD]):
        notifications.tell_staff(
            "clocks_changed",
            staff,
            dedupe=f"clocks/{post_id}/{now.date().isoformat()}/{staff.uid}",
            payload={},
        )
