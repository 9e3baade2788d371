"""Crowds through the whole HTTP stack: as many seats are sold as there are, and each only once."""

import threading
from collections.abc import Sequence
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.appointments import presenting
from app.appointments.models import Booking, BookingState, Claim, Slot
from app.core.db import db, transaction
from tests import storm
from tests.factories import seats
from tests.integration.appointments.test_race import UNGUARD

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
HOURS = 5


def arena(app: Flask, count: int) -> tuple[int, list[str]]:
    """Make five times with so many seats together; return the service's version and the times."""
    with app.app_context(), transaction():
        pool = seats.make_pool(seats.make_post())
        slots = [seats.make_slot(pool, seats=count // HOURS, at=f"1{n}:00") for n in range(HOURS)]
        version = seats.make_version(pool.site.post)
        return version.id, [slot.starts_at.strftime(presenting.MOMENT) for slot in slots]


def book_all(citizens: Sequence[storm.Citizen], times: Sequence[str]) -> list[bool]:
    """Have all of them try all times, each beginning with another; return who got a seat."""
    return storm.rush(
        [
            partial(one.book, [*times[n % len(times) :], *times[: n % len(times)]])
            for n, one in enumerate(citizens)
        ]
    )


def sold(app: Flask) -> tuple[int, int, int]:
    """Return how many bookings stand, how many seats they claim, and how many are counted."""
    booked = select(func.count()).where(Booking.state == BookingState.BOOKED)
    with app.app_context():
        queries = (booked, select(func.sum(Claim.n)), select(func.sum(Slot.taken)))
        one, two, three = (db.session.scalar(query) or 0 for query in queries)
        return one, two, three


def statuses(citizens: Sequence[storm.Citizen]) -> set[int]:
    """Return what was answered to anybody."""
    return {status for one in citizens for status in one.statuses}


@pytest.mark.proves("S38", "booking-001")
def test_five_hundred_clients_get_fifty_seats(racing_app: Flask) -> None:
    version_id, times = arena(racing_app, 50)
    with storm.web(racing_app.config["SETTINGS"]) as web:
        citizens = storm.crowd(racing_app, web.port, version_id, 500)
        won = book_all(citizens, times)

    assert statuses(citizens) == {302, 409}
    assert sum(won) == 50
    assert sold(racing_app) == (50, 50, 50)


def test_without_the_guard_the_same_crowd_gets_more(unguarded_app: Flask) -> None:
    """The control: without the constraint of the database the same rig sees seats sold twice."""
    version_id, times = arena(unguarded_app, 50)
    with unguarded_app.app_context(), transaction() as session:
        for statement in UNGUARD[session.get_bind().dialect.name]:
            session.execute(text(statement))
    with storm.web(unguarded_app.config["SETTINGS"]) as web:
        citizens = storm.crowd(unguarded_app, web.port, version_id, 200)
        won = book_all(citizens, times)

    assert sum(won) > 50


@pytest.mark.parametrize(("clients", "count"), [(200, 20), (2000, 50)])
def test_ten_storms_leave_no_seat_and_sell_none_twice(
    racing_app: Flask, clients: int, count: int
) -> None:
    version_id, times = arena(racing_app, count)
    with storm.web(racing_app.config["SETTINGS"]) as web:
        citizens = storm.crowd(racing_app, web.port, version_id, clients)
        for trial in range(10):
            if trial == 3:
                threading.Timer(0.5, web.kill_worker).start()
            won = book_all(citizens, times)

            assert sum(won) == count
            assert sold(racing_app) == (count, count, count)
            with racing_app.app_context(), transaction():
                storm.forget_bookings()
    assert statuses(citizens) == {302, 409}
