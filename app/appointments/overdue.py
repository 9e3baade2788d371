"""Bookings whose time is over, locked: holds, other times that were offered, visits."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, or_, select

from app.appointments import arriving, rules
from app.appointments.models import Booking, BookingState, Claim
from app.core.db import db


def list_ended_holds(
    now: datetime,
    *,
    slot_ids: Collection[int] | None = None,
    but: Collection[int] = (),
    most: int = 200,
) -> Sequence[Booking]:
    """Return, locked, the holds whose time is over: all but some, or those on some slots."""
    query = (
        select(Booking)
        .where(
            Booking.state == BookingState.HELD,
            Booking.expires_at <= now,
            Booking.id.not_in(but),
        )
        .order_by(Booking.id)
        .limit(most)
    )
    return _locked(_on_slots(query, slot_ids))


def list_ended_offers(
    now: datetime,
    *,
    slot_ids: Collection[int] | None = None,
    but: Collection[int] = (),
    most: int = 200,
) -> Sequence[Booking]:
    """Return, locked, the bookings, all but some, whose other time was held long enough."""
    query = (
        select(Booking)
        .where(
            Booking.offer_expires_at.is_not(None),
            Booking.offer_expires_at <= now,
            Booking.id.not_in(but),
        )
        .order_by(Booking.id)
        .limit(most)
    )
    return _locked(_on_slots(query, slot_ids))


def list_missed(now: datetime, *, most: int = 200) -> Sequence[Booking]:
    """Return, locked, bookings to which nobody came, and those of visitors who left unserved."""
    nobody_came = and_(
        Booking.state == BookingState.BOOKED, Booking.starts_at <= now - rules.MISSED_AFTER
    )
    left = and_(Booking.state == BookingState.CHECKED_IN, arriving.is_of_past_day(now))
    return _locked(select(Booking).where(or_(nobody_came, left)).order_by(Booking.id).limit(most))


def _on_slots(query: Select[Booking], slot_ids: Collection[int] | None) -> Select[Booking]:
    if slot_ids is None:
        return query
    holders = select(Claim.booking_id).where(Claim.slot_id.in_(slot_ids))
    return query.where(Booking.id.in_(holders))


def _locked(query: Select[Booking]) -> Sequence[Booking]:
    locking = query.with_for_update(skip_locked=True, of=Booking)
    return db.session.scalars(locking, execution_options={"populate_existing": True}).all()
