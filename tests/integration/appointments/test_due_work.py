"""What the worker does by itself: reminders of visits that still stand, and holds that ended."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import services
from app.appointments.models import Booking, BookingState, Slot
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.notifications.models import Message
from tests.factories import seats

NOW = "2026-11-30T08:00:00+00:00"


def make_hold() -> tuple[str, Actor]:
    """Return the uid of a hold at 10:20 in ten days, and its owner."""
    pool = seats.make_pool(seats.make_post())
    slot = seats.make_slot(pool, on=clock.today(pool.site.zone) + timedelta(days=10))
    case = seats.make_case(seats.make_version(pool.site.post))
    owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
    return services.hold(case, slot.id, actor=owner).uid, owner


def reminders() -> int:
    """Return how many reminders were told."""
    rows = select(Message.id).where(Message.event == "booking_reminder")
    return len(db.session.scalars(rows).all())


def test_reminders_are_told_when_they_are_due_and_once(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as hand, app.app_context():
        with transaction():
            uid, owner = make_hold()
            services.confirm(uid, actor=owner)

        told = []
        for days in (6, 1, 0, 2, 1):
            hand.shift(timedelta(days=days))
            jobs.drain()
            told.append(reminders())

        assert told == [0, 1, 1, 2, 2]


def test_cancelled_visit_is_not_reminded_of(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as hand, app.app_context():
        with transaction():
            uid, owner = make_hold()
            services.confirm(uid, actor=owner)
            services.cancel(uid, actor=owner)

        hand.shift(timedelta(days=9, hours=12))
        jobs.drain()

        assert reminders() == 0


def test_tick_gives_back_what_was_held_too_long(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as hand, app.app_context():
        with transaction():
            make_hold()
        hand.shift(timedelta(minutes=10, seconds=30))

        jobs.tick()

        assert db.session.scalar(select(Booking.state)) is BookingState.EXPIRED
        assert db.session.scalar(select(Slot.taken)) == 0
