"""What staff pages ask of several domains at once; every query is bounded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import lazyload

from app.accounts.models import StaffMember, StaffRole
from app.appointments import queries as appointments
from app.appointments.models import Booking, BookingState
from app.catalogue.models import Service
from app.core.actor import Role
from app.core.db import Texts, db
from app.core.i18n import text_in

EXPECTED = (BookingState.BOOKED, BookingState.CHECKED_IN)


def names_of_staff(ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of members of staff by key, in the reader's language."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(wanted))
    )
    return {key: text_in(name) for key, name in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceName:
    """What a list of services needs of each."""

    id: int
    code: str
    title: Texts


def list_services(post_id: int) -> Sequence[ServiceName]:
    """Return the services of a post in their order, for a filter."""
    rows = db.session.execute(
        select(Service.id, Service.code, Service.draft["title"])
        .where(Service.post_id == post_id)
        .order_by(Service.position, Service.id)
    )
    return [ServiceName(id=key, code=code, title=title) for key, code, title in rows]


def list_officers(post_id: int) -> Sequence[StaffMember]:
    """Return who may have a case of a post in hand, by login; whoever was disabled left out."""
    reviews = select(StaffRole.staff_id).where(
        StaffRole.post_id == post_id, StaffRole.role.in_((Role.OFFICER, Role.HEAD))
    )
    return db.session.scalars(
        select(StaffMember)
        .options(lazyload(StaffMember.data_key), lazyload(StaffMember.roles))
        .where(StaffMember.id.in_(reviews), StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.login)
    ).all()


def count_arrivals(post_id: int) -> int:
    """Return how many bookings of a post are expected today."""
    return _count(
        select(func.count())
        .select_from(Booking)
        .where(
            Booking.post_id == post_id,
            Booking.state.in_(EXPECTED),
            appointments.is_today(post_id),
        )
    )


def _count(query: Select[int]) -> int:
    return db.session.scalar(query) or 0
