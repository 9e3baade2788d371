"""Finding openings, what they withhold, and how their queues stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.appointments import conditions
from app.appointments import rules as times
from app.appointments.draw.queries import Span
from app.appointments.line import rules
from app.appointments.line.models import Opening, Place, PlacePerson
from app.appointments.line.rules import PlaceState
from app.appointments.models import Booking, BookingState, Claim, Slot
from app.appointments.queries import ACTIVE
from app.cases.models import Case
from app.core.db import db
from app.core.errors import NotFound


def spans_of(pool_id: int) -> list[Span]:
    """Return the days of a pool for which openings go on."""
    rows = db.session.execute(
        select(Opening.id, Opening.first_on, Opening.last_on, Opening.state).where(
            Opening.pool_id == pool_id, Opening.state.in_(rules.GOES_ON)
        )
    )
    announced = rules.OpeningState.ANNOUNCED
    return [
        Span(
            id=row.id,
            first=row.first_on,
            last=row.last_on,
            is_withheld=row.state is announced,
        )
        for row in rows
    ]


def get(post_id: int, uid: str) -> Opening:
    """Return an opening of a post by its public name; raise NotFound."""
    found = db.session.scalar(select(Opening).where(Opening.uid == uid, Opening.post_id == post_id))
    if found is None:
        raise NotFound()
    return found


def lock(opening_id: int) -> Opening:
    """Return an opening as it stands now, locked until the transaction ends."""
    return db.session.scalars(
        select(Opening)
        .where(Opening.id == opening_id)
        .with_for_update(of=Opening)
        .execution_options(populate_existing=True)
    ).one()


def lock_shared(opening_id: int) -> Opening:
    """Return an opening as it stands now, kept from moving on until the transaction ends."""
    return db.session.scalars(
        select(Opening)
        .where(Opening.id == opening_id)
        .with_for_update(read=True, of=Opening)
        .execution_options(populate_existing=True)
    ).one()


def list_of_post(post_id: int, *, most: int = 50) -> Sequence[Opening]:
    """Return the openings of a post, the newest first."""
    return db.session.scalars(
        select(Opening).where(Opening.post_id == post_id).order_by(Opening.id.desc()).limit(most)
    ).all()


def list_standing(service_id: int) -> Sequence[Opening]:
    """Return the openings of a service that are not over, the next first."""
    return db.session.scalars(
        select(Opening)
        .where(Opening.service_id == service_id, Opening.state.in_(rules.GOES_ON))
        .order_by(Opening.opens_at, Opening.id)
    ).all()


def list_for_case(case: Case, *, pool_ids: Collection[int]) -> Sequence[Opening]:
    """Return the openings that go on for the service of a case at some pools, soonest first."""
    return db.session.scalars(
        select(Opening)
        .where(
            Opening.service_id == case.service_id,
            Opening.pool_id.in_(pool_ids),
            Opening.state.in_(rules.GOES_ON),
        )
        .order_by(Opening.opens_at, Opening.id)
        .limit(20)
    ).all()


def list_behind(before: datetime) -> Sequence[Opening]:
    """Return the openings at whose queue nobody has looked since a moment."""
    return db.session.scalars(
        select(Opening)
        .where(Opening.state == rules.OpeningState.OPEN, Opening.reckoned_at < before)
        .order_by(Opening.id)
    ).all()


def text_of(opening: Opening) -> str:
    """Return the list of those who were there at the hour; empty before it."""
    return db.session.scalar(select(Opening.list_text).where(Opening.id == opening.id)) or ""


def of_opening(opening: Opening) -> ColumnElement[bool]:
    """Return the condition for the slots of an opening, found by the key of its pool."""
    return and_(Slot.pool_id == opening.pool_id, Slot.opening_id == opening.id)


def find_place(opening_id: int, case_id: int) -> Place | None:
    """Return the newest place of a case in a queue, whatever became of it; None without one."""
    return db.session.scalar(
        select(Place)
        .join(PlacePerson, PlacePerson.place_id == Place.id)
        .where(Place.opening_id == opening_id, PlacePerson.case_id == case_id)
        .order_by(Place.id.desc())
        .limit(1)
    )


def find_turn(case: Case, now: datetime) -> Place | None:
    """Return the place of a case by which it is its turn at this moment."""
    return db.session.scalar(
        select(Place)
        .join(PlacePerson, PlacePerson.place_id == Place.id)
        .where(
            PlacePerson.case_id == case.id,
            PlacePerson.active,
            Place.state == PlaceState.ADMITTED,
            Place.until > now,
        )
        .limit(1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinedUp:
    """The opening in whose queue a case stands, and whether it is its turn."""

    uid: str
    is_turn: bool


def lined_up(case_ids: Collection[int], now: datetime) -> Mapping[int, LinedUp]:
    """Return in which queue some cases stand, by key; those that do not are left out.

    One statement however many cases there are.
    """
    rows = db.session.execute(
        select(PlacePerson.case_id, Opening.uid, Place.state)
        .join(Place, Place.id == PlacePerson.place_id)
        .join(Opening, Opening.id == PlacePerson.opening_id)
        .where(
            PlacePerson.case_id.in_(case_ids),
            PlacePerson.active,
            or_(Place.state == PlaceState.WAITING, Place.until > now),
        )
    )
    return {
        row.case_id: LinedUp(uid=row.uid, is_turn=row.state is PlaceState.ADMITTED) for row in rows
    }


def other_place(opening_id: int, case: Case) -> Case | None:
    """Return another case by which the same person has a place in a queue."""
    return db.session.scalar(
        select(Case)
        .join(PlacePerson, PlacePerson.case_id == Case.id)
        .where(
            PlacePerson.opening_id == opening_id,
            PlacePerson.fingerprint == case.person.fingerprint,
            PlacePerson.case_id != case.id,
            PlacePerson.active,
        )
    )


def waiting(opening_id: int) -> ColumnElement[bool]:
    """Return the condition for the places that wait in a queue."""
    return and_(Place.opening_id == opening_id, Place.state == PlaceState.WAITING)


def number_of(place: Place) -> int:
    """Return which number somebody is who waits in a queue that is open; the first is 1."""
    late = and_(Place.rank.is_(None), Place.id < place.id)
    before = or_(Place.rank.is_not(None), late) if place.rank is None else Place.rank < place.rank
    query = select(func.count()).where(waiting(place.opening_id), before)
    return (db.session.scalar(query) or 0) + 1


def next_waiting(opening_id: int, most: int) -> Sequence[Place]:
    """Return, locked, those who are to be let in next, in order."""
    return db.session.scalars(
        select(Place)
        .where(waiting(opening_id))
        .order_by(Place.rank.is_(None), Place.rank, Place.id)
        .limit(most)
        .with_for_update(of=Place)
    ).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a queue stands."""

    waiting: int
    choosing: int
    """Seats of those for whom it is the turn and who hold none yet."""
    free: int
    """For how many there is room."""
    has_holds: bool
    """Somebody keeps a time and has not confirmed it: it may come back."""


def standing_of(opening: Opening, now: datetime) -> Standing:
    """Return how many wait, how many choose, and what is left for them."""
    return Standing(
        waiting=count_waiting(opening.id),
        choosing=_choosing(opening.id, now),
        free=_free(opening, now),
        has_holds=_has_holds(opening, now),
    )


def count_waiting(opening_id: int) -> int:
    """Return how many places wait in a queue."""
    return db.session.scalar(select(func.count()).where(waiting(opening_id))) or 0


def _choosing(opening_id: int, now: datetime) -> int:
    query = select(func.sum(Place.party)).where(
        Place.opening_id == opening_id,
        Place.state == PlaceState.ADMITTED,
        Place.until > now,
        ~conditions.has_time(Place.case_id),
    )
    return db.session.scalar(query) or 0


def has_time(place: Place, now: datetime) -> bool:
    """Return whether the owner of a place has a time, or keeps one still."""
    query = select(Booking.id).where(
        Booking.case_id == place.case_id,
        Booking.state.in_(ACTIVE),
        or_(Booking.expires_at.is_(None), Booking.expires_at > now),
    )
    return db.session.scalar(query.limit(1)) is not None


def _free(opening: Opening, now: datetime) -> int:
    query = select(func.sum(Slot.capacity - Slot.taken)).where(
        of_opening(opening), Slot.starts_at > now + times.LEAD
    )
    return (db.session.scalar(query) or 0) // opening.units


def _has_holds(opening: Opening, now: datetime) -> bool:
    query = (
        select(Booking.id)
        .join(Claim, Claim.booking_id == Booking.id)
        .join(Slot, Slot.id == Claim.slot_id)
        .where(of_opening(opening), Booking.state == BookingState.HELD, Booking.expires_at > now)
        .limit(1)
    )
    return db.session.scalar(query) is not None


def counts(opening_id: int) -> Mapping[PlaceState, int]:
    """Return how many places of a queue are in which state."""
    rows = db.session.execute(
        select(Place.state, func.count())
        .where(Place.opening_id == opening_id)
        .group_by(Place.state)
    )
    return {state: number for state, number in rows}


def order_of(opening_id: int) -> list[str]:
    """Return the tickets of those who were there at the hour, in the order that was drawn."""
    return list(
        db.session.scalars(
            select(Place.ticket)
            .where(Place.opening_id == opening_id, Place.rank.is_not(None))
            .order_by(Place.rank)
        )
    )
