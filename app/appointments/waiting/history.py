"""What those who wait have, or had: appointments, offers not taken, times the post took away."""

from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.appointments import rules as times
from app.appointments.models import Booking, BookingState, Pool
from app.appointments.rules import CancelReason
from app.appointments.waiting.models import WaitingEntry, WaitingOffer
from app.appointments.waiting.rules import REST, Answer
from app.core.db import db


def passed_of(entry_ids: Collection[int], pool_id: int) -> Mapping[int, frozenset[datetime]]:
    """Return the times of a pool that were offered to some entries, by key of the entry."""
    rows = db.session.execute(
        select(WaitingOffer.entry_id, WaitingOffer.starts_at).where(
            WaitingOffer.entry_id.in_(entry_ids), WaitingOffer.pool_id == pool_id
        )
    )
    found: dict[int, set[datetime]] = {}
    for entry_id, starts_at in rows:
        found.setdefault(entry_id, set()).add(starts_at)
    return {key: frozenset(times) for key, times in found.items()}


def resting_of(case_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of some cases that did not take a time which was offered to them lately.

    By whichever entry: who leaves the list and joins it anew rests on.
    """
    return frozenset(
        db.session.scalars(
            select(WaitingEntry.case_id)
            .join(WaitingOffer, WaitingOffer.entry_id == WaitingEntry.id)
            .where(
                WaitingEntry.case_id.in_(case_ids),
                WaitingOffer.outcome.in_((Answer.DECLINED, Answer.LAPSED)),
                WaitingOffer.ended_at > now - REST,
            )
        )
    )


def rests_until(case_id: int) -> datetime | None:
    """Return until when nothing more is offered to a case, None when it let nothing pass by."""
    ended_at = db.session.scalar(
        select(func.max(WaitingOffer.ended_at))
        .join(WaitingEntry, WaitingEntry.id == WaitingOffer.entry_id)
        .where(
            WaitingEntry.case_id == case_id,
            WaitingOffer.outcome.in_((Answer.DECLINED, Answer.LAPSED)),
        )
    )
    return ended_at + REST if ended_at is not None else None


def lost_of(case_ids: Collection[int], pool_id: int) -> Mapping[int, frozenset[datetime]]:
    """Return the times of a pool at which the post cancelled some cases, by key of the case.

    By its clocks of now: a booking that ended does not follow new rules."""
    zone = ZoneInfo(db.session.get_one(Pool, pool_id).site.zone)
    rows = db.session.execute(
        select(Booking.case_id, Booking.local_at, Booking.starts_at).where(
            Booking.case_id.in_(case_ids),
            Booking.pool_id == pool_id,
            Booking.cancel_reason == CancelReason.BY_POST,
        )
    )
    found: dict[int, set[datetime]] = {}
    for case_id, local_at, starts_at in rows:
        moment = times.instant(datetime.fromisoformat(local_at), zone) or starts_at
        found.setdefault(case_id, set()).add(moment)
    return {key: frozenset(moments) for key, moments in found.items()}


def booked_at(case_ids: Collection[int]) -> Mapping[int, datetime]:
    """Return when the confirmed visits of some cases begin, by key of the case."""
    rows = db.session.execute(
        select(Booking.case_id, Booking.starts_at).where(
            Booking.case_id.in_(case_ids), Booking.state == BookingState.BOOKED
        )
    )
    return {case_id: starts_at for case_id, starts_at in rows}
