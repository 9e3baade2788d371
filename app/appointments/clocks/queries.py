"""Finding slots with what they stand on, who holds them, and what was moved."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.appointments import rules as times
from app.appointments.clocks.models import ClockChange, ClockVisit
from app.appointments.clocks.rules import Anchored
from app.appointments.models import Booking, Claim, ClaimKind, Slot
from app.appointments.queries import ACTIVE
from app.core.db import db
from app.core.errors import NotFound

CHANGES, LISTED = 50, 200


def slots_from(pool_id: int, first: date) -> list[Anchored]:
    """Return the slots of a pool from a local day on, in order of their keys."""
    columns = (Slot.id, Slot.lane, Slot.local_on, Slot.wall_time, Slot.starts_at, Slot.planned)
    rows = db.session.execute(
        select(*columns).where(Slot.pool_id == pool_id, Slot.local_on >= first).order_by(Slot.id)
    )
    return [
        Anchored(
            id=row.id,
            lane=row.lane.value,
            wall=times.wall_of(row.local_on, row.wall_time),
            starts_at=row.starts_at,
            planned=row.planned,
        )
        for row in rows
    ]


def holders(slot_ids: Collection[int]) -> frozenset[int]:
    """Return the bookings that have, or are offered, seats of some slots."""
    if not slot_ids:
        return frozenset()
    return frozenset(
        db.session.scalars(select(Claim.booking_id).where(Claim.slot_id.in_(slot_ids)))
    )


def visits_off(pool_ids: Collection[int]) -> Mapping[int, datetime]:
    """Return the active bookings that do not begin with their slot, and when that begins.

    Also one that was written by what its slot was a moment before that one moved.
    """
    return _off(pool_ids, Booking.local_at, Booking.starts_at, Claim.kind == ClaimKind.MAIN)


def offers_off(pool_ids: Collection[int]) -> Mapping[int, datetime]:
    """Return the active bookings whose other time is not that of its slot, and when that begins."""
    return _off(pool_ids, Booking.offer_local_at, Booking.offer_starts_at)


def _off(
    pool_ids: Collection[int],
    wall: InstrumentedAttribute[Any],
    moment: InstrumentedAttribute[Any],
    *more: ColumnElement[bool],
) -> Mapping[int, datetime]:
    """Return booking to moment of the slot with its wall time (Any: text and moment, or none)."""
    is_its_first = and_(
        func.substr(wall, 1, 10) == cast(Slot.local_on, String),
        func.substr(wall, 12, 5) == Slot.wall_time,
    )
    rows = db.session.execute(
        select(Booking.id, Slot.starts_at)
        .join(Claim, Claim.booking_id == Booking.id)
        .join(Slot, Slot.id == Claim.slot_id)
        .where(
            Slot.pool_id.in_(pool_ids),
            Booking.state.in_(ACTIVE),
            is_its_first,
            Slot.starts_at != moment,
            *more,
        )
    )
    return {id: starts_at for id, starts_at in rows}


def list_changes(post_id: int) -> Sequence[ClockChange]:
    """Return what new rules moved at a post, the newest first."""
    return db.session.scalars(
        select(ClockChange)
        .where(ClockChange.post_id == post_id)
        .order_by(ClockChange.id.desc())
        .limit(CHANGES)
    ).all()


def get_change(post_id: int, uid: str) -> ClockChange:
    """Return a change of a post; raise NotFound."""
    change = db.session.scalar(
        select(ClockChange).where(ClockChange.uid == uid, ClockChange.post_id == post_id)
    )
    if change is None:
        raise NotFound()
    return change


def count_visits(change: ClockChange) -> int:
    """Return how many appointments a change concerned."""
    query = select(func.count(ClockVisit.id)).where(ClockVisit.change_id == change.id)
    return db.session.scalar(query) or 0


def list_visits(change: ClockChange) -> Sequence[ClockVisit]:
    """Return the appointments of a change with their cases, the soonest first."""
    return db.session.scalars(
        select(ClockVisit)
        .where(ClockVisit.change_id == change.id)
        .options(joinedload(ClockVisit.case))
        .order_by(ClockVisit.starts_at, ClockVisit.id)
        .limit(LISTED)
    ).all()
