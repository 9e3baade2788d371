"""A seat that is freed, many workers and the public at once: offered once, never oversold."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.appointments import services as appointments
from app.appointments.models import Booking, BookingState, Claim, Slot
from app.appointments.waiting import offering
from app.appointments.waiting.models import SeatReturn, WaitingOffer
from app.cases.models import Case
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.jobs.models import Job
from tests.factories import seats, waiting
from tests.factories.waiting import LATER, NOW, owner
from tests.integration.appointments.test_race import EACH, RACERS, race

pytestmark = pytest.mark.race


def freed(app: Flask, *, waiting_cases: int, free: int = 0) -> tuple[int, list[int], list[int]]:
    """Have a seat be given back while many wait; return pool, slots and cases of the public."""
    with app.app_context(), clock.pretend(NOW):
        with transaction():
            hall = waiting.make()
            for _turn in range(waiting_cases):
                waiting.join(hall.case(), hall.pool)
            slots = [hall.slot.id]
            if free:
                slots.append(seats.make_slot(hall.pool, seats=free, on=LATER).id)
            public = [hall.case().id for _ in range(RACERS * EACH)]
        with transaction():
            waiting.cancel(hall.taker)
        with transaction():
            db.session.query(Job).delete()
        return hall.pool.id, slots, public


def held() -> int:
    query = select(func.count()).select_from(Booking).where(Booking.state == BookingState.HELD)
    return db.session.scalar(query) or 0


def test_a_freed_seat_is_offered_once_by_any_number_of_workers(racing_app: Flask) -> None:
    pool_id, (slot_id,), _public = freed(racing_app, waiting_cases=6)

    def step(_turn: int) -> str:
        with clock.pretend(NOW), transaction():
            return str(offering.offer_next(pool_id))

    outcomes = race(step, racing_app)

    assert outcomes == {"True": 1, "False": RACERS * EACH - 1}
    with racing_app.app_context():
        slot = db.session.get_one(Slot, slot_id)
        assert (slot.capacity, slot.taken, held()) == (1, 1, 1)
        assert db.session.scalar(select(func.count()).select_from(WaitingOffer)) == 1
        assert db.session.scalars(select(SeatReturn.outcome)).all() != [None]


def test_offers_and_holds_of_the_public_never_oversell(racing_app: Flask) -> None:
    free = 5
    pool_id, slots, public = freed(racing_app, waiting_cases=10, free=free)

    def step(turn: int) -> str:
        with clock.pretend(NOW):
            if turn % 2:
                with transaction():
                    return f"offered {offering.offer_next(pool_id)}"
            return hold(public[turn], slots[turn // 2 % 2])

    outcomes = race(step, racing_app)

    with racing_app.app_context():
        rows = db.session.scalars(select(Slot).where(Slot.id.in_(slots))).all()
        claimed = db.session.scalar(select(func.sum(Claim.n)).where(Claim.slot_id.in_(slots)))
        assert sum(slot.taken for slot in rows) == claimed == free + 1
        assert all(slot.taken <= slot.capacity <= slot.planned for slot in rows)
        assert outcomes["offered True"] + outcomes["held"] == held() == free + 1


def hold(case_id: int, slot_id: int) -> str:
    """Have a case of the public hold a seat; return what became of it."""
    try:
        with transaction():
            case = db.session.get_one(Case, case_id)
            appointments.hold(case, slot_id, actor=owner(case))
    except DomainError as refusal:
        return type(refusal).__name__
    return "held"
