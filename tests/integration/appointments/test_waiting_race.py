"""A seat that is freed, many workers and the public at once: offered once, never oversold."""

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.appointments import claiming
from app.appointments import services as appointments
from app.appointments.models import Booking, BookingState, Claim, Slot
from app.appointments.waiting import offering
from app.appointments.waiting.models import SeatReturn, WaitingOffer
from app.cases import changing
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


def start(app: Flask, run: Callable[[], object]) -> threading.Thread:
    """Have another worker do something beside this one."""

    def work() -> None:
        with app.app_context(), clock.pretend(NOW):
            run()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_an_offer_that_failed_keeps_no_lock_while_the_next_is_tried(racing_app: Flask) -> None:
    with racing_app.app_context(), clock.pretend(NOW), transaction():
        hall = waiting.make()
        # The first has a seat by another request, which is only found once the seat is locked.
        account = seats.make_account()
        person = seats.make_person(account)
        first, other = (hall.case(account=account, person=person) for _ in range(2))
        waiting.join(first, hall.pool)
        waiting.book(other, seats.make_slot(hall.pool, on=LATER))
        second = hall.case()
        waiting.join(second, hall.pool)
        waiting.cancel(hall.taker)
        pool_id, slot_id, case_id = hall.pool.id, hall.slot.id, second.id
    has_case, done = threading.Event(), []

    def act() -> None:
        with transaction():
            changing.lock(case_id)
            has_case.set()
            time.sleep(0.5)
            claiming.lock_slots([slot_id])
            done.append("had the seat after the case")

    beside = start(racing_app, act)
    assert has_case.wait(10)
    with racing_app.app_context(), clock.pretend(NOW), transaction():
        assert offering.offer_next(pool_id)
    beside.join(10)
    assert done


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_reasons_are_not_waited_for_while_somebody_gives_seats_back(racing_app: Flask) -> None:
    pool_id, _slots, _public = freed(racing_app, waiting_cases=0, free=0)
    with racing_app.app_context(), clock.pretend(NOW), transaction():
        slot = db.session.scalars(select(Slot)).one()
        db.session.add(SeatReturn(slot=slot, pool_id=pool_id, freed_at=NOW, due_at=NOW, reasons={}))
    has_row, go_on = threading.Event(), threading.Event()

    def act() -> None:
        with transaction():
            db.session.scalars(select(SeatReturn).with_for_update(of=SeatReturn)).one()
            has_row.set()
            assert go_on.wait(20)

    beside = start(racing_app, act)
    assert has_row.wait(10)
    try:
        with racing_app.app_context(), clock.pretend(NOW), transaction():
            db.session.connection().exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            assert not offering.offer_next(pool_id)
    finally:
        go_on.set()
        beside.join(10)
