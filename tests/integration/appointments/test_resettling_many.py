"""A thousand bookings that one closure hits are moved in seconds, each with as little work."""

import time
from datetime import date
from functools import partial

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments.models import Booking, Slot
from app.appointments.resettling import services as resettling
from app.appointments.resettling.models import ResettleItem
from app.appointments.resettling.rules import Outcome
from app.appointments.resettling.visits import Places
from app.catalogue.models import ServiceVersion
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import moves, seats

NOW = "2026-11-30T08:00:00+00:00"
FIRST = date(2026, 12, 14)


@pytest.fixture(autouse=True)
def _today(app: Flask) -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def move_all() -> None:
    """Have the worker do what is due until nothing is left."""
    while jobs.drain():
        pass


@pytest.mark.grid
def test_a_thousand_are_moved_in_seconds(app: Flask) -> None:
    with app.app_context(), transaction():
        moves.begin(1050, FIRST)

    begun = time.process_time()  # of the worker alone: others use the machine as well
    with app.app_context():
        move_all()
    took = time.process_time() - begun

    with app.app_context():
        assert moves.outcomes() == {Outcome.MOVED: 1050}
        assert (moves.drift(), moves.most_moved()) == (0, 1)
        assert len(moves.messages("booking_moved_by_post")) == 1050
    assert took < 20


def test_a_booking_takes_as_few_statements_among_many(app: Flask) -> None:
    with app.app_context(), transaction():
        uid = moves.begin(60, FIRST).uid

    with app.app_context(), transaction():
        places = Places()
        turns = [
            seats.count_queries(partial(resettling.settle_next, uid, places, most=most))
            for most in (10, 10, 20, 20)
        ]

    few, many = turns[1], turns[3]
    assert turns[0] - few <= 6  # what is found once
    assert (many - few) / 10 <= 12
    assert turns[2] == many


def test_one_whose_new_time_others_took_gets_the_next(app: Flask) -> None:
    with app.app_context(), transaction():
        uid = moves.begin(2, FIRST).uid
        places = Places()
        resettling.settle_next(uid, places, most=1)
        before = db.session.scalars(select(Slot).where(Slot.taken == 1, Slot.planned > 0)).one()
        taken_by_others(before)

        assert resettling.settle_next(uid, places, most=1)
        assert moves.outcomes() == {Outcome.MOVED: 1, None: 1}
        assert resettling.settle_next(uid, places, most=1)

        assert moves.outcomes() == {Outcome.MOVED: 2}
        new = select(ResettleItem.new_local_at).order_by(ResettleItem.new_local_at)
        assert db.session.scalars(new).all() == ["2026-12-13T10:20", "2026-12-13T10:40"]
        assert moves.drift() == 0


def taken_by_others(slot: Slot) -> None:
    """Fill a slot up."""
    version = db.session.scalars(select(ServiceVersion)).unique().one()
    for _ in range(moves.SEATS - 1):
        moves.claim(seats.make_booking(seats.make_case(version), slot), slot)


def test_one_that_cannot_be_settled_stops_no_other(app: Flask) -> None:
    with app.app_context(), transaction():
        moves.begin(12, FIRST)
        next_one = select(Booking).join(ResettleItem).order_by(ResettleItem.id).limit(1)
        booking = db.session.scalars(next_one).one()
        lost = seats.make_version(booking.pool.site.post, code="LOST", pool="nowhere")
        booking.case.version_id = lost.id

    for hour in range(8, 13):
        later = time_machine.travel(f"2026-11-30T{hour:02}:00:00+00:00", tick=False)
        with later, app.app_context():
            move_all()

    with app.app_context():
        assert moves.outcomes() == {Outcome.FAILED: 1, Outcome.MOVED: 11}
