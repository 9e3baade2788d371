"""Finding what the week provides, and what a change of it or a closure touches."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.appointments import queries, rules
from app.appointments.draw.rules import ReleaseMode
from app.appointments.models import Booking, Claim, ClaimKind, Lane, Pool, Slot, WeeklyHours
from app.cases.models import Case
from app.catalogue.models import Closure
from app.core.db import db
from app.core.errors import NotFound


def known_slots(pool_id: int, first: date, last: date | None = None) -> list[rules.KnownSlot]:
    """Return the stored slots of a pool from a local day on, to the last one when it is named."""
    query = select(Slot).where(Slot.pool_id == pool_id, Slot.local_on >= first).order_by(Slot.id)
    if last is not None:
        query = query.where(Slot.local_on <= last)
    seats = (Slot.planned, Slot.capacity, Slot.taken, Slot.is_withheld)
    columns = (Slot.id, Slot.lane, Slot.starts_at, Slot.local_on, Slot.wall_time, *seats)
    return [
        rules.KnownSlot(
            id=row.id,
            lane=row.lane.value,
            starts_at=row.starts_at,
            wall=rules.wall_of(row.local_on, row.wall_time),
            planned=row.planned,
            capacity=row.capacity,
            taken=row.taken,
            is_withheld=row.is_withheld,
        )
        for row in db.session.execute(query.with_only_columns(*columns))
    ]


def planned_days(pool: Pool, first: date, last: date) -> Mapping[date, ReleaseMode]:
    """Return the local days on which the public has seats at all, free or not.

    With each goes whether a draw or a queue gives them out.
    """
    days = db.session.execute(
        select(Slot.local_on, Slot.is_withheld, Slot.is_gated)
        .where(
            Slot.pool_id == pool.id,
            Slot.lane == Lane.PUBLIC,
            Slot.planned > 0,
            # The index begins with moments; a local day begins within a day of its name.
            Slot.starts_at >= datetime.combine(first - timedelta(days=1), time(), UTC),
            Slot.local_on.between(first, last),
        )
        .distinct()
        .order_by(Slot.local_on, Slot.is_withheld, Slot.is_gated)
    )
    return {on: _mode(is_withheld, is_gated) for on, is_withheld, is_gated in days}


def _mode(is_withheld: bool, is_gated: bool) -> ReleaseMode:
    if is_gated:
        return ReleaseMode.QUEUE
    return ReleaseMode.DRAW if is_withheld else ReleaseMode.FIRST_COME


def public_weekdays(pool: Pool) -> frozenset[int]:
    """Return the ISO weekdays on which the public has hours."""
    days = db.session.scalars(
        select(WeeklyHours.weekday).where(
            WeeklyHours.pool_id == pool.id,
            WeeklyHours.lane == Lane.PUBLIC,
            WeeklyHours.on_day.is_(None),
        )
    )
    return frozenset(days)


def list_passing_on() -> Sequence[Pool]:
    """Return the pools whose unused emergency seats pass to the public, in order of their keys."""
    query = select(Pool).where(Pool.pass_on_hours.is_not(None)).order_by(Pool.id)
    return db.session.scalars(query).unique().all()


def list_hit(slot_ids: Collection[int], now: datetime) -> Sequence[Booking]:
    """Return the coming bookings whose seats lie on some slots, soonest first."""
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.id.in_(
                select(Claim.booking_id).where(
                    Claim.slot_id.in_(slot_ids), Claim.kind == ClaimKind.MAIN
                )
            ),
            Booking.state.in_(queries.ACTIVE),
            Booking.starts_at > now,
        )
        .options(joinedload(Booking.case))
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def list_between(post_id: int, first: date, last: date, now: datetime) -> Sequence[Booking]:
    """Return the coming bookings of a post on local days, both ends included."""
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.post_id == post_id,
            Booking.local_at.between(first.isoformat(), f"{last.isoformat()}T99"),
            Booking.state.in_(queries.ACTIVE),
            Booking.starts_at > now,
        )
        .options(joinedload(Booking.case).joinedload(Case.pinned))
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def list_excess(post_id: int, now: datetime) -> Sequence[Booking]:
    """Return the coming bookings on slots with more seats taken than are planned."""
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.id.in_(
                select(Claim.booking_id)
                .join(Slot, Slot.id == Claim.slot_id)
                .where(Slot.taken > Slot.planned, Slot.starts_at > now)
            ),
            Booking.post_id == post_id,
            Booking.state.in_(queries.ACTIVE),
        )
        .options(joinedload(Booking.case))
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def seats_of(
    booking_ids: Collection[int],
) -> tuple[Mapping[int, Mapping[int, int]], Mapping[int, rules.Seats]]:
    """Return how many seats each booking has of which slots, and what there is of these slots."""
    rows = db.session.execute(
        select(Claim.booking_id, Claim.slot_id, Claim.n, Slot.planned, Slot.capacity, Slot.taken)
        .join(Slot, Slot.id == Claim.slot_id)
        .where(Claim.booking_id.in_(booking_ids), Claim.kind == ClaimKind.MAIN)
    )
    own: dict[int, dict[int, int]] = {id: {} for id in booking_ids}
    slots: dict[int, rules.Seats] = {}
    for booking_id, slot_id, number, *seats in rows:
        own[booking_id][slot_id] = number
        slots[slot_id] = rules.Seats(*seats)
    return own, slots


def get_hours(pool_id: int, uid: str) -> WeeklyHours:
    """Return weekly hours of a pool by their public name; raise NotFound."""
    row = db.session.scalar(
        select(WeeklyHours).where(WeeklyHours.uid == uid, WeeklyHours.pool_id == pool_id)
    )
    if row is None:
        raise NotFound()
    return row


def get_closure(post_id: int, uid: str) -> Closure:
    """Return a closure of a post by its public name; raise NotFound."""
    row = db.session.scalar(select(Closure).where(Closure.uid == uid, Closure.post_id == post_id))
    if row is None:
        raise NotFound()
    return row
