"""Seats that are given back: kept for those who wait, or until a random moment, then free.

A kept seat is one of a withheld slot, as those of a draw are: its capacity follows what is taken,
so that nobody can have it but by an offer. The slots are locked by whoever gives back.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import SystemRandom

from sqlalchemy import select, update

from app.appointments.draw import queries as draws
from app.appointments.models import Lane, Slot
from app.appointments.rules import LEAD
from app.appointments.waiting import queries as waiting
from app.appointments.waiting import rules
from app.appointments.waiting.models import SeatReturn
from app.core import clock
from app.core.db import db, new_uid
from app.jobs import services as jobs

ON = "appointments.waiting_on"
LOOK = timedelta(minutes=5)
"""So long a seat that is free at once otherwise is kept for those who wait to be looked at."""


class Had(StrEnum):
    """How whoever gives seats back had them."""

    BRIEFLY = "briefly"
    """For some minutes, so that nobody knew that they were taken."""
    OFFERED = "offered"
    """The waiting list offered them."""
    BOOKED = "booked"


def keep_back(freed: Mapping[int, int], *, had: Had) -> list[int]:
    """Have seats of locked slots, about to be given back, go first to those who wait.

    `freed` says how many seats of which slots; those that the plan has no more are nobody's, and
    those for which people line up stay with them. What nobody wants goes back to everybody: as
    soon as the list was looked through where they were had for minutes, or were everybody's before
    the list offered them; else at a random moment. Return the slots that keep theirs.
    """
    if not freed:
        return []
    now = clock.now()
    kept = _kept(freed, now)
    if not kept:
        return []
    db.session.execute(
        update(Slot)
        .where(Slot.id.in_([slot.id for slot in kept]))
        .values(is_withheld=True)
        .execution_options(synchronize_session=False)
    )
    _note(kept, now, had)
    return [slot.id for slot in kept]


def _kept(freed: Mapping[int, int], now: datetime) -> list[Slot]:
    """Return those slots whose freed seats go to those who wait, as they stand now."""
    slots = db.session.scalars(
        select(Slot)
        .where(
            Slot.id.in_(freed),
            Slot.lane == Lane.PUBLIC,
            Slot.is_gated.is_(False),
            Slot.starts_at > now + LEAD,
        )
        .order_by(Slot.id)
        .execution_options(populate_existing=True)
    ).all()
    awaited = waiting.pools_awaited({slot.pool_id for slot in slots})
    of_draws = draws.continuing({slot.release_id for slot in slots if slot.release_id})
    return [
        slot
        for slot in slots
        if slot.pool_id in awaited
        and slot.release_id not in of_draws
        and slot.taken - freed[slot.id] < slot.planned
    ]


def withdraw(slot_ids: Collection[int], seats: int) -> None:
    """Take seats that were just given back to locked slots out of everybody's reach."""
    db.session.execute(
        update(Slot)
        .where(Slot.id.in_(slot_ids), Slot.capacity - seats >= Slot.taken)
        .values(capacity=Slot.capacity - seats)
        .execution_options(synchronize_session=False)
    )


def _note(slots: Collection[Slot], now: datetime, had: Had) -> None:
    known = waiting.kept_of([slot.id for slot in slots])
    public = {slot.id for slot in slots if had is Had.BRIEFLY}
    if had is Had.OFFERED:
        public = {slot.id for slot in slots} - waiting.given_back([slot.id for slot in slots])
    for slot in slots:
        due_at = _due(slot, now, is_public_at_once=slot.id in public)
        row = known.get(slot.id)
        if row is None:
            row = SeatReturn(
                slot=slot, pool_id=slot.pool_id, freed_at=now, due_at=due_at, reasons={}
            )
            db.session.add(row)
        row.due_at, row.looked_at = max(row.due_at, due_at), None
    db.session.flush()
    for pool_id in sorted({slot.pool_id for slot in slots}):
        look_now(pool_id)


def _due(slot: Slot, now: datetime, *, is_public_at_once: bool) -> datetime:
    share = SystemRandom().random()
    at = now if is_public_at_once else rules.returns_at(now, slot.starts_at, share)
    # Never at once: first those who wait are looked through, by a job.
    return max(at, now + LOOK)


def look_now(pool_id: int) -> None:
    """Have the worker look for whom the free seats of a pool fit, as they stand from now on."""
    _schedule(pool_id, new_uid())


def look_in(pool_id: int, period: datetime) -> None:
    """Have the worker look for whom the free seats of a pool fit, once for a period."""
    _schedule(pool_id, period.isoformat())


def _schedule(pool_id: int, name: str) -> None:
    jobs.schedule(
        ON,
        dedupe=f"{ON}:{pool_id}:{name}",
        due_at=clock.now(),
        arguments={"pool": pool_id},
    )
