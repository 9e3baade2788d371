"""Finding who waits, before whom, what was offered, and seats that are kept for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.appointments.models import Booking, Lane, Pool, Slot
from app.appointments.queries import CONFIRMED
from app.appointments.waiting.models import (
    SeatReturn,
    WaitingEntry,
    WaitingOffer,
    WaitingPerson,
    WaitingPlace,
)
from app.appointments.waiting.rules import GRACE, ON_LIST, EntryState, Return
from app.cases.models import Case
from app.catalogue.models import Site
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound

MOST = 500
"""So many of those who wait are looked through for a seat, the first of the order."""
RECENT = timedelta(days=30)


def pools_awaited(pool_ids: Collection[int]) -> frozenset[int]:
    """Return those of some pools for which somebody waits."""
    if not pool_ids:
        return frozenset()
    query = (
        select(WaitingPlace.pool_id)
        .join(WaitingEntry, WaitingEntry.id == WaitingPlace.entry_id)
        .where(WaitingPlace.pool_id.in_(pool_ids), WaitingEntry.state.in_(ON_LIST))
        .distinct()
    )
    return frozenset(db.session.scalars(query))


def kept_of(slot_ids: Collection[int]) -> Mapping[int, SeatReturn]:
    """Return the rows of the seats that are kept now, by key of the slot."""
    rows = db.session.scalars(
        select(SeatReturn)
        .where(SeatReturn.slot_id.in_(slot_ids), SeatReturn.returned_at.is_(None))
        .order_by(SeatReturn.slot_id)
    )
    return {row.slot_id: row for row in rows}


def given_back(slot_ids: Collection[int]) -> frozenset[int]:
    """Return those of some slots of which somebody gave a seat back that went to those who wait."""
    return frozenset(
        db.session.scalars(
            select(SeatReturn.slot_id).where(
                SeatReturn.slot_id.in_(slot_ids),
                or_(SeatReturn.outcome.is_(None), SeatReturn.outcome == Return.OFFERED),
            )
        )
    )


def list_kept(pool_id: int) -> Sequence[SeatReturn]:
    """Return the seats of a pool that are kept now, locked, in order of their slots.

    Those that somebody gives back at this moment are left out: they are looked at once more.
    """
    return db.session.scalars(
        select(SeatReturn)
        .where(SeatReturn.pool_id == pool_id, SeatReturn.returned_at.is_(None))
        .order_by(SeatReturn.slot_id)
        .with_for_update(of=SeatReturn, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def due_slots(pool_id: int, now: datetime) -> Sequence[int]:
    """Return the slots of a pool whose kept seats go back to everybody by now."""
    return db.session.scalars(
        select(SeatReturn.slot_id)
        .where(
            SeatReturn.pool_id == pool_id,
            SeatReturn.returned_at.is_(None),
            SeatReturn.due_at <= now,
        )
        .order_by(SeatReturn.slot_id)
    ).all()


def pools_to_look_at(now: datetime) -> Sequence[int]:
    """Return the pools with kept seats that are due, or that somebody waits for."""
    due = select(SeatReturn.pool_id).where(
        SeatReturn.returned_at.is_(None), SeatReturn.due_at <= now
    )
    waits = exists().where(
        WaitingPlace.pool_id == Pool.id,
        WaitingPlace.entry_id == WaitingEntry.id,
        WaitingEntry.state == EntryState.WAITING,
    )
    kept = exists().where(
        Slot.pool_id == Pool.id,
        Slot.lane == Lane.PUBLIC,
        Slot.is_gated.is_(False),
        Slot.starts_at > now,
        Slot.is_withheld,
        Slot.capacity < Slot.planned,
    )
    query = select(Pool.id).where(or_(Pool.id.in_(due), and_(waits, kept))).order_by(Pool.id)
    return db.session.scalars(query).all()


def list_waiting(pool_id: int) -> Sequence[WaitingEntry]:
    """Return who waits for a pool, in their order, with case, version and who comes."""
    return (
        db.session.scalars(
            _in_order(
                select(WaitingEntry)
                .join(WaitingPlace, WaitingPlace.entry_id == WaitingEntry.id)
                .join(WaitingEntry.case)
                .where(WaitingPlace.pool_id == pool_id, WaitingEntry.state == EntryState.WAITING)
                .options(
                    contains_eager(WaitingEntry.case).joinedload(Case.pinned),
                    selectinload(WaitingEntry.persons),
                )
                .limit(MOST)
                .execution_options(populate_existing=True)
            )
        )
        .unique()
        .all()
    )


def _in_order(query: Select[WaitingEntry]) -> Select[WaitingEntry]:
    return query.order_by(WaitingEntry.priority, WaitingEntry.joined_at, WaitingEntry.id)


def lock(entry_id: int) -> WaitingEntry:
    """Return an entry as it stands now, locked until the transaction ends."""
    return db.session.scalars(
        select(WaitingEntry)
        .where(WaitingEntry.id == entry_id)
        .with_for_update(of=WaitingEntry)
        .execution_options(populate_existing=True)
    ).one()


def case_ids_of(entry_id: int) -> Sequence[int]:
    """Return the cases that would come with an entry, in order of their keys."""
    return db.session.scalars(
        select(WaitingPerson.case_id)
        .where(WaitingPerson.entry_id == entry_id, WaitingPerson.active)
        .order_by(WaitingPerson.case_id)
    ).all()


def find_of(case_id: int) -> WaitingEntry | None:
    """Return the newest entry by which a case waits or waited, its own or of its household.

    One that goes on without the case is none of its own.
    """
    return db.session.scalar(
        select(WaitingEntry)
        .join(WaitingPerson, WaitingPerson.entry_id == WaitingEntry.id)
        .where(
            WaitingPerson.case_id == case_id,
            or_(WaitingPerson.active, WaitingEntry.state.not_in(ON_LIST)),
        )
        .options(
            joinedload(WaitingEntry.case),
            selectinload(WaitingEntry.places),
            selectinload(WaitingEntry.persons),
        )
        .order_by(WaitingEntry.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def find_on_list(case_id: int) -> WaitingEntry | None:
    """Return the entry by which a case is on the list now, None without one."""
    entry = find_of(case_id)
    return entry if entry is not None and entry.state in ON_LIST else None


def get(uid: str) -> WaitingEntry:
    """Return an entry by its public name; raise NotFound."""
    entry = db.session.scalar(
        select(WaitingEntry).where(WaitingEntry.uid == uid).options(joinedload(WaitingEntry.case))
    )
    if entry is None:
        raise NotFound()
    return entry


def places_of(case_ids: Collection[int]) -> Sequence[int]:
    """Return the counters for which some cases wait now, in order of their keys."""
    return db.session.scalars(
        select(WaitingPlace.pool_id)
        .join(WaitingPerson, WaitingPerson.entry_id == WaitingPlace.entry_id)
        .where(WaitingPerson.case_id.in_(case_ids), WaitingPerson.active)
        .distinct()
        .order_by(WaitingPlace.pool_id)
    ).all()


def other_of(case: Case) -> WaitingPerson | None:
    """Return by whom the same person waits for this service in another case; None by nobody."""
    return db.session.scalar(
        select(WaitingPerson).where(
            WaitingPerson.active,
            WaitingPerson.post_id == case.post_id,
            WaitingPerson.service_id == case.service_id,
            WaitingPerson.fingerprint == case.person.fingerprint,
            WaitingPerson.case_id != case.id,
        )
    )


def open_offer(entry_id: int) -> WaitingOffer | None:
    """Return the offer that waits for an answer, None without one."""
    return db.session.scalar(
        select(WaitingOffer)
        .where(WaitingOffer.entry_id == entry_id, WaitingOffer.outcome.is_(None))
        .execution_options(populate_existing=True)
    )


def list_unkept_offers() -> Sequence[int]:
    """Return the entries with an offer that no booking keeps any more."""
    kept = exists().where(Booking.waiting_id == WaitingOffer.entry_id)
    return db.session.scalars(
        select(WaitingOffer.entry_id)
        .where(WaitingOffer.outcome.is_(None), ~kept)
        .order_by(WaitingOffer.entry_id)
        .limit(MOST)
    ).all()


def kept_for(entry_id: int) -> Booking | None:
    """Return a booking with the time that is offered to an entry, None when none is kept."""
    return next(iter(list_keeping(entry_id)), None)


def list_needless() -> Sequence[int]:
    """Return the entries that wait for any seat, of whose persons each has an appointment."""
    booked = exists().where(Booking.case_id == WaitingPerson.case_id, Booking.state.in_(CONFIRMED))
    comes = (WaitingPerson.entry_id == WaitingEntry.id, WaitingPerson.active)
    return db.session.scalars(
        select(WaitingEntry.id)
        .where(
            WaitingEntry.state == EntryState.WAITING,
            WaitingEntry.keeps_seat.is_(False),
            exists().where(*comes),
            ~exists().where(*comes, ~booked),
        )
        .order_by(WaitingEntry.id)
        .limit(MOST)
    ).all()


def list_keeping(entry_id: int) -> Sequence[Booking]:
    """Return the bookings with the time that is offered to an entry, in order of their cases."""
    return db.session.scalars(
        select(Booking).where(Booking.waiting_id == entry_id).order_by(Booking.case_id)
    ).all()


def to_ask(*, before: datetime) -> Sequence[int]:
    """Return the entries that were confirmed before a moment and not asked since."""
    return db.session.scalars(
        select(WaitingEntry.id)
        .where(
            WaitingEntry.state == EntryState.WAITING,
            WaitingEntry.asked_at.is_(None),
            WaitingEntry.confirmed_at <= before,
        )
        .order_by(WaitingEntry.id)
        .limit(MOST)
    ).all()


def silent(*, before: datetime) -> Sequence[int]:
    """Return the entries that were asked before a moment and did not answer."""
    return db.session.scalars(
        select(WaitingEntry.id)
        .where(WaitingEntry.state == EntryState.WAITING, WaitingEntry.asked_at <= before)
        .order_by(WaitingEntry.id)
        .limit(MOST)
    ).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a case on the list has to do: nothing, or to answer by a day."""

    is_offered: bool
    """A time is kept for it; else it is, or is not, asked whether it still waits."""
    until: date | None


def turns_of(case_ids: Collection[int], now: datetime) -> Mapping[int, Turn]:
    """Return what some cases on the list have to do, by key; those that are on none are left out.

    One statement however many cases there are.
    """
    is_kept = and_(
        WaitingOffer.entry_id == WaitingEntry.id,
        WaitingOffer.outcome.is_(None),
        WaitingOffer.until > now,
    )
    rows = db.session.execute(
        select(WaitingPerson.case_id, WaitingEntry.asked_at, WaitingOffer.until, Site.zone)
        .join(WaitingEntry, WaitingEntry.id == WaitingPerson.entry_id)
        .outerjoin(WaitingOffer, is_kept)
        .outerjoin(Pool, Pool.id == WaitingOffer.pool_id)
        .outerjoin(Site, Site.id == Pool.site_id)
        .where(
            WaitingPerson.case_id.in_(case_ids),
            WaitingPerson.active,
            WaitingEntry.state.in_(ON_LIST),
        )
    )
    return {row.case_id: _turn(row.asked_at, row.until, row.zone) for row in rows}


def _turn(asked_at: datetime | None, until: datetime | None, zone: str | None) -> Turn:
    if until is not None and zone is not None:
        return Turn(is_offered=True, until=clock.local(until, zone).date())
    return Turn(is_offered=False, until=(asked_at + GRACE).date() if asked_at else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far in front an entry stands, and how fast the list went of late."""

    place: int
    offered: int
    """So many seats of its places were offered to the list in the last 30 days."""


def standing_of(entry: WaitingEntry, now: datetime) -> Standing:
    """Return the place of an entry among all who wait for a counter that it waits for."""
    pools = select(WaitingPlace.pool_id).where(WaitingPlace.entry_id == entry.id)
    same = select(WaitingPlace.entry_id).where(WaitingPlace.pool_id.in_(pools))
    key = (entry.priority, entry.joined_at, entry.id)
    order = tuple_(WaitingEntry.priority, WaitingEntry.joined_at, WaitingEntry.id)
    ahead = _count(
        WaitingEntry.post_id == entry.post_id,
        WaitingEntry.state.in_(ON_LIST),
        WaitingEntry.id.in_(same),
        order < key,
    )
    offered = db.session.scalar(
        select(func.count())
        .select_from(WaitingOffer)
        .where(WaitingOffer.pool_id.in_(pools), WaitingOffer.offered_at >= now - RECENT)
    )
    return Standing(place=ahead + 1, offered=offered or 0)


def _count(*which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(WaitingEntry).where(*which)) or 0


def list_of_post(post_id: int, *, most: int = 100) -> Sequence[WaitingEntry]:
    """Return who is on the list of a post, in order, with case, person and who comes."""
    return db.session.scalars(
        _in_order(
            select(WaitingEntry)
            .where(WaitingEntry.post_id == post_id, WaitingEntry.state.in_(ON_LIST))
            .options(
                joinedload(WaitingEntry.case).joinedload(Case.pinned),
                selectinload(WaitingEntry.persons),
            )
            .limit(most)
        )
    ).all()


def list_returns(pool_ids: Collection[int], *, most: int = 50) -> Sequence[SeatReturn]:
    """Return the newest seats of some pools that were given back, with what became of them."""
    return db.session.scalars(
        select(SeatReturn)
        .where(SeatReturn.pool_id.in_(pool_ids))
        .order_by(SeatReturn.id.desc())
        .limit(most)
    ).all()
