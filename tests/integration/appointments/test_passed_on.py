"""Emergency seats that nobody took go to the public some hours before, as often as it is asked."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.appointments import queries, rules, schedule
from app.appointments.models import Booking, Claim, ClaimKind, Lane, Pool, Slot, WeeklyHours
from app.audit.models import AuditEntry
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.jobs import tasks as jobs
from tests.factories import seats

NOW = "2026-11-30T08:00:00+00:00"
TUESDAY, FRIDAY = date(2026, 12, 1), date(2026, 12, 4)


@pytest.fixture(autouse=True)
def _a_week(app: Flask) -> Iterator[None]:
    """Have two public seats from nine to eleven, three for emergencies from ten to half past."""
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            pool = seats.make_pool(seats.make_post())
            seats.make_hours(pool)
            for weekday in (2, 5):
                emergency(pool, weekday, "10:00", "10:40")
            emergency(pool, 2, "12:00", "12:20")
            seats.make_version(pool.site.post)
            schedule.make_slots(pool)
            schedule.set_pass_on(pool, 48, actor=SYSTEM)
        yield


def emergency(pool: Pool, weekday: int, opens: str, closes: str) -> None:
    """Keep three seats for emergencies."""
    seats.added(
        WeeklyHours(
            pool_id=pool.id,
            weekday=weekday,
            opens_at=opens,
            closes_at=closes,
            lane=Lane.EMERGENCY,
            seats=3,
        )
    )


def the_pool() -> Pool:
    """Return the only pool."""
    return db.session.scalars(select(Pool)).unique().one()


def figures(lane: Lane, on: date, at: str) -> tuple[int, int, int]:
    """Return plan, capacity and taken seats of a slot, all 0 for one that is not there."""
    hour, minute = at.split(":")
    moment = rules.day_start(on, seats.ZONE) + timedelta(hours=int(hour), minutes=int(minute))
    row = db.session.execute(
        select(Slot.planned, Slot.capacity, Slot.taken).where(
            Slot.lane == lane, Slot.starts_at == moment
        )
    ).one_or_none()
    return (0, 0, 0) if row is None else (row[0], row[1], row[2])


def take(lane: Lane, on: date) -> Booking:
    """Take the first seat of a lane on a day."""
    slot = db.session.scalars(
        select(Slot).where(Slot.lane == lane, Slot.local_on == on).order_by(Slot.starts_at)
    ).first()
    assert slot is not None
    version = db.session.scalars(select(ServiceVersion)).unique().one()
    booking = seats.make_booking(seats.make_case(version), slot)
    seats.added(Claim(booking_id=booking.id, slot_id=slot.id, n=1, kind=ClaimKind.MAIN))
    return booking


def test_what_is_near_is_the_publics_and_what_is_far_is_not(app: Flask) -> None:
    with app.app_context():
        assert figures(Lane.PUBLIC, TUESDAY, "10:00") == (5, 5, 0)
        assert figures(Lane.EMERGENCY, TUESDAY, "10:00") == (0, 0, 0)
        assert figures(Lane.PUBLIC, FRIDAY, "10:00") == (2, 2, 0)
        assert figures(Lane.EMERGENCY, FRIDAY, "10:00") == (3, 3, 0)


def test_times_without_public_hours_are_given_to_the_public_too(app: Flask) -> None:
    with app.app_context():
        assert figures(Lane.PUBLIC, TUESDAY, "12:00") == (3, 3, 0)


def test_what_is_taken_stays_and_the_rest_passes_on_once(app: Flask) -> None:
    with app.app_context(), transaction():
        take(Lane.EMERGENCY, FRIDAY)
    with app.app_context(), clock.pretend(clock.now() + timedelta(days=3)):
        with transaction():
            passed = schedule.pass_on_seats(the_pool())
        with transaction():
            again = schedule.pass_on_seats(the_pool())

        assert (passed, again) == (5, 0)
        assert figures(Lane.PUBLIC, FRIDAY, "10:00") == (4, 4, 0)
        assert figures(Lane.EMERGENCY, FRIDAY, "10:00") == (1, 1, 1)
        with transaction():
            made = schedule.make_slots(the_pool())
        assert made.changed == 0


def test_a_seat_that_is_given_back_later_passes_on_as_well(app: Flask) -> None:
    with app.app_context(), transaction():
        booking_id = take(Lane.EMERGENCY, FRIDAY).id
    with app.app_context(), clock.pretend(clock.now() + timedelta(days=3)):
        with transaction():
            schedule.pass_on_seats(the_pool())
            db.session.delete(db.session.get_one(Booking, booking_id))
        with transaction():
            assert schedule.pass_on_seats(the_pool()) == 1

        assert figures(Lane.PUBLIC, FRIDAY, "10:00") == (5, 5, 0)


def test_it_is_done_by_the_worker_and_written_down(app: Flask) -> None:
    with time_machine.travel("2026-12-03T08:00:00+00:00", tick=False), app.app_context():
        jobs.tick()

        assert figures(Lane.PUBLIC, FRIDAY, "10:20") == (5, 5, 0)
        query = select(AuditEntry.fields).where(AuditEntry.action == "schedule.seats_passed_on")
        assert {"seats": 6} in db.session.scalars(query).all()


def test_the_public_can_book_them(app: Flask) -> None:
    with app.app_context():
        pool = the_pool()
        visit = queries.Visit(pools=(pool,), units=1, is_paid=False)
        # Six public times of the day, and the one at noon.
        assert seats.free_days(pool, visit, TUESDAY, TUESDAY) == {TUESDAY: 7}


@pytest.mark.parametrize("hours", [0, -1, 337, 87_600])
def test_hours_that_make_no_sense_are_refused(app: Flask, hours: int) -> None:
    with app.app_context(), pytest.raises(Invalid):
        schedule.set_pass_on(the_pool(), hours, actor=SYSTEM)


def test_never_takes_what_was_passed_on_back(app: Flask) -> None:
    with app.app_context(), transaction():
        take(Lane.PUBLIC, TUESDAY)
        schedule.set_pass_on(the_pool(), None, actor=SYSTEM)

        assert figures(Lane.PUBLIC, TUESDAY, "10:00") == (2, 2, 0)
        assert figures(Lane.EMERGENCY, TUESDAY, "10:00") == (3, 3, 0)
        assert db.session.scalar(select(func.sum(Slot.taken))) == 1
