"""Whether the post still works at a time that was kept: it may have closed the day meanwhile."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import exists, select

from app.appointments import queries
from app.appointments.models import Booking, Claim, ClaimKind, Slot
from app.appointments.refusals import ClosedMeanwhile
from app.catalogue import queries as catalogue
from app.core.db import db


def refuse_closed(booking: Booking) -> None:
    """Refuse to make a time firm that is kept on a closed day, or in hours that are gone.

    Raises ClosedMeanwhile. Whoever has confirmed keeps their time: that is settled with them.
    """
    _refuse(booking, (ClaimKind.MAIN,), booking.local_at, booking.starts_at)


def refuse_closed_move(booking: Booking) -> None:
    """Refuse a move to a time that is kept on a closed day, or in hours that are gone."""
    kinds = (ClaimKind.OFFER,)
    _refuse(booking, kinds, booking.offer_local_at or "", booking.offer_starts_at)


def _refuse(
    booking: Booking, kinds: Collection[ClaimKind], local_at: str, at: datetime | None
) -> None:
    day = date.fromisoformat(local_at[:10])
    closures = catalogue.closed_days(booking.post_id, day, day)
    is_shut = closures and queries.closes(day, closures, queries.visit_of(booking.case))
    if is_shut or _has_no_hours(booking, kinds):
        raise ClosedMeanwhile(at=at)


def _has_no_hours(booking: Booking, kinds: Collection[ClaimKind]) -> bool:
    gone = exists().where(
        Claim.booking_id == booking.id,
        Claim.kind.in_(kinds),
        Slot.id == Claim.slot_id,
        Slot.planned == 0,
    )
    return bool(db.session.scalar(select(gone)))
