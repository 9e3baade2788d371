"""A service may keep a counter free before and after each visit; others cannot take that time."""

from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import queries, schedule, services, together
from app.appointments.models import Booking, Claim, Slot
from app.appointments.resettling import services as resettling
from app.appointments.resettling.rules import Ground, Way
from app.appointments.resettling.visits import Places
from app.catalogue.models import Post, ServiceVersion
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.db import db, transaction
from app.core.errors import SlotTaken
from tests.factories import moves, seats

NOW = "2026-11-30T08:00:00+00:00"
DAY = date(2026, 12, 10)
HOURS = ["09:00", "09:20", "09:40", "10:00", "10:20", "10:40"]


@pytest.fixture(autouse=True)
def _post(app: Flask) -> object:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            pool = seats.make_pool(seats.make_post())
            seats.make_hours(pool, seats=1)
            schedule.make_slots(pool)
            seats.make_version(pool.site.post, buffers=(20, 10))
            seats.make_version(pool.site.post, code="PLAIN")
        yield


def version(code: str) -> ServiceVersion:
    """Return the version of a service."""
    found = db.session.scalars(select(ServiceVersion)).unique()
    return next(one for one in found if one.service.code == code)


def free(code: str, day: date = DAY) -> list[str]:
    """Return the wall times of a day that a service offers."""
    made = version(code).service
    case = seats.make_case(version(code))
    visit = queries.visit_of(case)
    pool = queries.list_pools(made.post_id)[0]
    found = queries.free_starts(pool, visit, day, day)
    return [clock.local(one.starts_at, seats.ZONE).strftime("%H:%M") for one in found]


def book(code: str, at: str, day: date = DAY) -> Booking:
    """Book a wall time of a day for a new case."""
    case = seats.make_case(version(code))
    owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
    held = services.hold(case, slot_at(at, day).id, actor=owner)
    return services.confirm(held.uid, actor=owner)


def slot_at(at: str, day: date = DAY) -> Slot:
    """Return the slot of a wall time."""
    slots = db.session.scalars(select(Slot).where(Slot.local_on == day)).unique()
    return next(
        one for one in slots if clock.local(one.starts_at, seats.ZONE).strftime("%H:%M") == at
    )


def taken(day: date = DAY) -> list[str]:
    """Return the wall times of a day whose seat is taken."""
    query = select(Slot).where(Slot.local_on == day, Slot.taken == 1).order_by(Slot.starts_at)
    slots = db.session.scalars(query).unique()
    return [clock.local(one.starts_at, seats.ZONE).strftime("%H:%M") for one in slots]


def test_a_visit_takes_its_buffers_and_is_told_its_own_time(app: Flask) -> None:
    with app.app_context(), transaction():
        assert free("PLAIN") == HOURS
        assert free("PASS_RENEW") == HOURS[1:-1]

        booking = book("PASS_RENEW", "09:40")

        assert (booking.local_at, booking.minutes) == ("2026-12-10T09:40", 20)
        assert taken() == ["09:20", "09:40", "10:00"]
        assert free("PLAIN") == ["09:00", "10:20", "10:40"]
        assert free("PASS_RENEW") == []


def test_a_neighbour_without_buffers_is_kept_off_as_well(app: Flask) -> None:
    with app.app_context(), transaction():
        book("PLAIN", "09:40")

        assert free("PASS_RENEW") == ["10:20"]

    with pytest.raises(SlotTaken), app.app_context(), transaction():
        book("PASS_RENEW", "10:00")


def test_moving_and_cancelling_gives_all_of_it_back(app: Flask) -> None:
    with app.app_context(), transaction():
        booking = book("PASS_RENEW", "09:20")
        owner = Actor(kind=ActorKind.CITIZEN, id=booking.case.account_id)

        together.offer_move(booking.uid, slot_at("09:40").id, actor=owner)
        assert taken() == ["09:00", "09:20", "09:40", "10:00"]
        together.confirm_move(booking.uid, actor=owner)
        assert (booking.local_at, taken()) == ("2026-12-10T09:40", ["09:20", "09:40", "10:00"])

        together.cancel(booking.uid, actor=owner)
        assert taken() == []
        assert moves.drift() == 0


def test_a_closed_day_moves_it_with_its_buffers(app: Flask) -> None:
    with app.app_context(), transaction():
        booking = book("PASS_RENEW", "09:40")
        post, title = db.session.scalars(select(Post)).one(), seats.words("Feast")
        schedule.add_closure(post, DAY, DAY, scope=ClosureScope.ALL, title=title, actor=SYSTEM)
        run = resettling.begin(post.id, [booking], Way.MOVE, Ground.CLOSURE, actor=moves.admin())

        resettling.settle_next(run.uid, Places())

        assert booking.local_at == "2026-12-09T10:20"
        assert taken(date(2026, 12, 9)) == ["10:00", "10:20", "10:40"]
        assert len(db.session.scalars(select(Claim)).all()) == 3
