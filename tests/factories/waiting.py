"""Who waits for a seat of a post with one slot, which is taken; call inside transaction()."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.appointments import queries as seat_queries
from app.appointments import services as appointments
from app.appointments.models import Booking, Pool, Slot
from app.appointments.waiting import favouring, queries, services
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.rules import PartOfDay
from app.appointments.waiting.services import Wanted
from app.cases.models import Case
from app.catalogue.models import ServiceVersion
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import draws, seats

NOW = datetime.fromisoformat("2026-12-01T12:00+03:00")
SOON, LATER = date(2026, 12, 10), date(2026, 12, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """Counters with a service; all their seats are taken by `taker`."""

    pool: Pool
    version: ServiceVersion
    slot: Slot
    taker: Case

    def case(self, **more: Any) -> Case:
        """Return another case that waits for a seat."""
        return seats.make_case(self.version, **more)


def make(*, places: int = 1) -> Hall:
    """Return counters with a slot of so many seats, one of which is booked, no other is free."""
    post = seats.make_post()
    pool = seats.make_pool(post)
    version = seats.make_version(post)
    slot = seats.make_slot(pool, seats=places, on=SOON)
    taker = seats.make_case(version)
    for case in [taker, *(seats.make_case(version) for _ in range(places - 1))]:
        book(case, slot)
    return Hall(pool=pool, version=version, slot=slot, taker=taker)


def line_up(number: int = 1, **how: Any) -> tuple[Any, ...]:
    """Return a full hall and so many who wait for a seat of it, in order; opens a transaction.

    `how` is what they wait for, as in join. (Any: the hall comes first, then cases.)
    """
    with transaction():
        hall = make()
        cases = [hall.case() for _ in range(number)]
        for case in cases:
            join(case, hall.pool, **how)
    return hall, *cases


def owner(case: Case) -> Actor:
    """Return the citizen who filed a case."""
    return Actor(kind=ActorKind.CITIZEN, id=case.account_id)


def book(case: Case, slot: Slot) -> Booking:
    """Return the confirmed booking of a case at a slot."""
    held = appointments.hold(case, slot.id, actor=owner(case))
    return appointments.confirm(held.uid, actor=owner(case))


def cancel(case: Case) -> None:
    """Have the owner of a case give its appointment up."""
    booking = seat_queries.booking_of(case.id)
    assert booking is not None
    appointments.cancel(booking.uid, actor=owner(case))


def call_off(case: Case) -> None:
    """Have the post cancel the appointment of a case, because it cannot receive them."""
    booking = seat_queries.booking_of(case.id)
    assert booking is not None
    staff = Actor(
        kind=ActorKind.STAFF, id=1, post_id=case.post_id, roles=frozenset({Role.RECEPTIONIST})
    )
    favouring.call_off(booking.uid, actor=staff)


def wanted(pool: Pool, **more: Any) -> Wanted:
    """Return a wish for any time of December."""
    usual: dict[str, Any] = {
        "places": frozenset({pool.id}),
        "first": date(2026, 12, 1),
        "last": date(2026, 12, 31),
        "part": PartOfDay.ANY,
        "notice_hours": 24,
    }
    return Wanted(**{**usual, **more})


def join(case: Case, pool: Pool, *, coming: Collection[str] = (), **more: Any) -> WaitingEntry:
    """Have the owner of a case join the list."""
    wish = wanted(pool, coming=frozenset(coming), **more)
    return services.join(case, wish, actor=owner(case))


def work() -> None:
    """Have a worker do what is due; what the test holds is kept."""
    draws.work(jobs.drain)


def entry_of(case: Case) -> WaitingEntry:
    """Return the entry of a case as it stands now."""
    found = queries.find_of(case.id)
    assert found is not None
    return found


def counts(slot: Slot) -> tuple[int, int, int]:
    """Return (planned, capacity, taken) of a slot as it stands now."""
    db.session.refresh(slot)
    return slot.planned, slot.capacity, slot.taken


DAY = timedelta(days=1)
