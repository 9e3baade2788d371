"""A look at a time before anything is locked: by it alone most of a crowd are answered."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from app.appointments.models import Booking, BookingState, Claim, Pool, Slot
from app.appointments.queries import ACTIVE
from app.cases import access
from app.cases import queries as cases
from app.cases.models import Case
from app.catalogue.models import ServiceVersion, Site
from app.core.actor import Actor, ActorKind
from app.core.db import BigKey, UtcDateTime, db


def is_gone(reference: str, starts_at: datetime, *, site: str, actor: Actor, now: datetime) -> bool:
    """Return whether a citizen's request cannot have a time at a place, for all seats are taken.

    One question, and nothing is locked. False wherever it takes more to know: for a request that
    has a time already, a seat whose hold is over, a time that nobody offers, and for staff.
    """
    if actor.kind is not ActorKind.CITIZEN:
        return False
    asked = {
        "account_id": actor.id,
        "reference": cases.normal_reference(reference),
        "site": site,
        "starts_at": starts_at,
        "now": now,
    }
    seats = db.session.connection().execute(_SEATS, asked).all()
    return bool(seats) and not any(one.free > 0 or one.is_held_too_long for one in seats)


def _held_too_long() -> ColumnElement[bool]:
    """Return whether a seat is given back as soon as somebody wants it."""
    now = bindparam("now", type_=UtcDateTime())
    hold = and_(Booking.state == BookingState.HELD, Booking.expires_at <= now)
    return (
        select(Claim.id)
        .join(Booking, Booking.id == Claim.booking_id)
        .where(Claim.slot_id == Slot.id, or_(hold, Booking.offer_expires_at <= now))
        .exists()
        .label("is_held_too_long")
    )


_POOL = ServiceVersion.content["appointment"]["pool"].as_string()
_HAS_TIME = select(Booking.id).where(Booking.case_id == Case.id, Booking.state.in_(ACTIVE)).exists()
_SEATS = (
    select((Slot.capacity - Slot.taken).label("free"), _held_too_long())
    .select_from(Case)
    .join(ServiceVersion, ServiceVersion.id == Case.version_id)
    .join(Site, Site.post_id == Case.post_id)
    .join(Pool, and_(Pool.site_id == Site.id, Pool.code == _POOL))
    .join(
        Slot,
        and_(
            Slot.pool_id == Pool.id,
            Slot.starts_at == bindparam("starts_at", type_=UtcDateTime()),
        ),
    )
    .where(
        Case.reference == bindparam("reference"),
        access.is_own(bindparam("account_id", type_=BigKey)),
        Site.code == bindparam("site"),
        ~_HAS_TIME,
    )
)
"""The seats at a moment, those of every lane, of a request's service. Written once: a crowd asks,
and to build a statement costs as much as to have it answered."""
