"""Many at once for a few seats: just as many are sold as there are, and without guard more are."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.appointments import moving, rules, services
from app.appointments.models import Booking, BookingState, Claim, Slot
from app.appointments.refusals import SameTime
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import DomainError, SlotTaken
from tests.factories import seats

RACERS = 8
EACH = 5
SEATS = 20
LEASED = 4
"""Seats of one slot; there are five slots."""

pytestmark = pytest.mark.race


def arena(app: Flask) -> tuple[list[int], list[int]]:
    """Make five slots with four seats each, and forty cases; return both ids."""
    with app.app_context(), transaction():
        pool = seats.make_pool(seats.make_post())
        version = seats.make_version(pool.site.post)
        slots = [
            seats.make_slot(pool, seats=LEASED, at=f"1{hour}:00").id
            for hour in range(SEATS // LEASED)
        ]
        return slots, [seats.make_case(version).id for _ in range(RACERS * EACH)]


def share(app: Flask, cases: list[int], *, people: int) -> None:
    """Have the cases be those of a few people, so that many racers act for the same one."""
    with app.app_context(), transaction():
        rows = [db.session.get_one(Case, id) for id in cases]
        for number, case in enumerate(rows):
            owner = rows[number % people]
            case.person_id, case.account_id = owner.person_id, owner.account_id
            case.data_key_id = owner.data_key_id


def race(run: Callable[[int], str], app: Flask) -> Counter[str]:
    """Have all racers start at once; return how often each outcome was met."""
    outcomes: list[str] = []
    gate = threading.Barrier(RACERS)

    def racer(number: int) -> None:
        with app.app_context():
            gate.wait()
            for turn in range(EACH):
                outcomes.append(run(number * EACH + turn))
                db.session.close()

    threads = [threading.Thread(target=racer, args=(number,)) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(outcomes) == RACERS * EACH
    return Counter(outcomes)


@pytest.mark.proves("S38")
def test_exactly_as_many_are_sold_as_there_are(racing_app: Flask) -> None:
    slots, cases = arena(racing_app)

    def book(turn: int) -> str:
        # Everybody tries every slot until one has a seat: all forty want the same twenty.
        for slot in [*slots[turn % len(slots) :], *slots[: turn % len(slots)]]:
            try:
                with transaction():
                    case = db.session.get_one(Case, cases[turn])
                    owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
                    services.confirm(services.hold(case, slot, actor=owner).uid, actor=owner)
            except SlotTaken:
                continue
            return "sold"
        return "none left"

    outcomes = race(book, racing_app)

    assert outcomes == {"sold": SEATS, "none left": RACERS * EACH - SEATS}
    with racing_app.app_context():
        assert db.session.scalar(select(func.sum(Slot.taken))) == SEATS
        assert db.session.scalar(select(func.sum(Claim.n))) == SEATS
        booked = select(func.count(Booking.id)).where(Booking.state == BookingState.BOOKED)
        assert db.session.scalar(booked) == SEATS
        assert db.session.scalar(select(func.count(Booking.id))) == SEATS


@pytest.mark.proves("booking-003")
def test_ten_times_the_same_hold_is_one(racing_app: Flask) -> None:
    slots, cases = arena(racing_app)

    def book(_turn: int) -> str:
        with transaction():
            case = db.session.get_one(Case, cases[0])
            owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
            return services.hold(case, slots[0], actor=owner).uid

    outcomes = race(book, racing_app)

    assert list(outcomes.values()) == [RACERS * EACH]
    with racing_app.app_context():
        assert db.session.scalar(select(func.sum(Slot.taken))) == 1


def staff_of(case: Case) -> Actor:
    """Return a receptionist of the post of a case."""
    roles = frozenset({Role.RECEPTIONIST})
    return Actor(kind=ActorKind.STAFF, id=1, post_id=case.post_id, roles=roles)


def test_movers_over_the_same_slots_do_not_wait_for_each_other_for_ever(racing_app: Flask) -> None:
    slots, cases = arena(racing_app)
    with racing_app.app_context(), transaction():
        for number in range(RACERS):
            case = db.session.get_one(Case, cases[number])
            owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
            slot = slots[number % len(slots)]
            services.confirm(services.hold(case, slot, actor=owner).uid, actor=owner)

    def move(turn: int) -> str:
        number = turn // EACH
        try:
            with transaction():
                case = db.session.get_one(Case, cases[number])
                # The post may move it as often as it likes.
                mover = staff_of(case)
                (uid,) = db.session.scalars(select(Booking.uid).where(Booking.case_id == case.id))
                moving.offer_move(uid, slots[(number + turn + 1) % len(slots)], actor=mover)
                moving.confirm_move(uid, actor=mover)
        except (SlotTaken, SameTime) as refusal:
            return type(refusal).__name__
        return "moved"

    outcomes = race(move, racing_app)

    assert set(outcomes) <= {"moved", "SlotTaken", "SameTime"}
    assert outcomes["moved"] > 0
    with racing_app.app_context():
        assert db.session.scalar(select(func.sum(Slot.taken))) == RACERS
        assert db.session.scalar(select(func.sum(Claim.n))) == RACERS


def test_sweep_takes_no_confirmed_seat_and_leaves_none_behind(racing_app: Flask) -> None:
    """Some confirm at the last moment, others sweep or choose for the same person after it."""
    slots, cases = arena(racing_app)
    share(racing_app, cases, people=RACERS // 2)
    start = clock.now()
    over = start + rules.HOLD + timedelta(minutes=1)

    def book(turn: int) -> str:
        if turn % 3 == 0:
            with clock.pretend(over), transaction():
                services.expire(clock.now())
            return "swept"
        begins = over if turn % 2 else start
        try:
            with clock.pretend(begins), transaction():
                case = db.session.get_one(Case, cases[turn % RACERS])
                owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
                uid = services.hold(case, slots[turn % len(slots)], actor=owner).uid
            with clock.pretend(begins + rules.HOLD - timedelta(minutes=1)), transaction():
                services.confirm(uid, actor=owner)
        except DomainError as refusal:
            return type(refusal).__name__
        return uid

    outcomes = race(book, racing_app)

    refused = {"HoldOver", "SlotTaken", "AlreadyBooked", "Clash", "OneAtATime"}
    confirmed = set(outcomes) - refused - {"swept"}
    with racing_app.app_context(), transaction():
        services.expire(over + rules.HOLD)
        booked = select(Booking.uid).where(Booking.state == BookingState.BOOKED)
        assert set(db.session.scalars(booked)) == confirmed
        assert db.session.scalar(select(func.sum(Slot.taken))) == len(confirmed)
        assert db.session.scalar(select(func.sum(Claim.n))) == len(confirmed)


def test_without_the_guard_more_are_sold_than_there_are(unguarded_app: Flask) -> None:
    """Check, then write, as most systems do it: the control that shows what the guard is for."""
    slots, cases = arena(unguarded_app)
    with unguarded_app.app_context(), transaction() as session:
        for statement in UNGUARD[session.get_bind().dialect.name]:
            session.execute(text(statement))
        first = db.session.get_one(Slot, slots[0])
        for number in range(RACERS * EACH):
            seats.make_booking(db.session.get_one(Case, cases[number]), first)
    all_have_looked = threading.Barrier(RACERS)

    def book(turn: int) -> str:
        sold = db.session.scalar(select(func.count(Claim.id)).where(Claim.slot_id == slots[0]))
        db.session.rollback()
        if turn % EACH == 0:
            all_have_looked.wait()
        if (sold or 0) >= LEASED:
            return "none left"
        with transaction() as session:
            values = {"case": cases[turn], "slot": slots[0]}
            session.execute(text(CLAIM), values)
        return "sold"

    outcomes = race(book, unguarded_app)

    assert outcomes["sold"] >= RACERS > LEASED


CLAIM = (
    "INSERT INTO claim (booking_id, slot_id, n, kind)"
    " SELECT id, :slot, 1, 'main' FROM booking WHERE case_id = :case"
)
UNGUARD = {
    "sqlite": ["DROP TRIGGER tg_claim_insert"],
    "postgresql": ["ALTER TABLE slot DROP CONSTRAINT ck_slot_not_overbooked"],
}
