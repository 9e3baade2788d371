"""Workers killed while they offer seats that were given back: none is lost, none offered twice."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.appointments.models import Booking, BookingState, Claim, Slot
from app.appointments.waiting import offering, tasks
from app.appointments.waiting.models import SeatReturn, WaitingEntry, WaitingOffer
from app.appointments.waiting.rules import EntryState, Return
from app.core import clock
from app.core.db import db, transaction
from app.jobs import rules as job_rules
from app.jobs import tasks as jobs
from app.notifications.models import Channel, Message
from tests.factories import seats, waiting
from tests.factories.waiting import NOW, SOON
from tests.faults.worker import dies

pytestmark = [pytest.mark.race, pytest.mark.faults]

WAIT, FREED = 2, 3
"""So many wait, and so many seats are given back: the last fits nobody, and goes to all."""


def freed(app: Flask) -> None:
    """Have times be given back while fewer wait; the worker has not looked yet."""
    with app.app_context():
        with transaction():
            hall = waiting.make()
            takers = [hall.taker]
            for minute in range(1, FREED):
                slot = seats.make_slot(hall.pool, on=SOON, at=f"11:{minute * 10}")
                takers.append(hall.case())
                waiting.book(takers[-1], slot)
            for _turn in range(WAIT):
                waiting.join(hall.case(), hall.pool)
        for taker in takers:
            with transaction():
                waiting.cancel(taker)
        db.engine.dispose()


def killed(app: Flask, name: str, countdown: int, *, before: bool) -> int:
    """Fork a worker that dies at a call of a function of the offering; return how it ended."""
    child = os.fork()
    if child:
        _pid, ended = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(ended)
    try:
        # Any: it stands in for either function.
        function: Callable[..., Any] = getattr(offering, name)
        setattr(offering, name, dies(function, [countdown], before=before))
        with app.app_context():
            db.engine.dispose(close=False)
            jobs.drain()
    finally:
        os._exit(1)


def drain(app: Flask) -> None:
    """Let a healthy worker do what is due."""
    with app.app_context():
        jobs.drain()
        db.engine.dispose()


def check(app: Flask, offered: int) -> None:
    """Assert that so many times are kept, each for one who waits and was told once."""
    with app.app_context():
        held = db.session.scalars(select(Booking).where(Booking.state == BookingState.HELD)).all()
        assert len({(one.pool_id, one.starts_at) for one in held}) == len(held) == offered
        assert len({one.waiting_id for one in held}) == offered
        offers = select(func.count()).select_from(WaitingOffer)
        assert db.session.scalar(offers) == offered
        told = Counter(
            db.session.scalars(
                select(Message.case_id).where(
                    Message.event == "waiting_offered", Message.channel == Channel.PORTAL
                )
            )
        )
        assert set(told.values()) <= {1} and len(told) == offered
        claimed = select(func.coalesce(func.sum(Claim.n), 0)).where(Claim.slot_id == Slot.id)
        drifts = select(Slot.id).where(Slot.taken != claimed.scalar_subquery())
        assert db.session.scalars(drifts).all() == []


def test_a_freed_seat_survives_its_workers_and_is_offered_once(racing_app: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as hand:
        freed(racing_app)
        for name, countdown, is_before, offered in (
            ("offer_next", 0, False, 0),  # written, and not kept
            ("offer_next", 1, True, 1),  # one is kept, the next not begun
            ("_note_offer", 0, False, 1),  # the seat is held, and nobody was told
        ):
            assert killed(racing_app, name, countdown, before=is_before) == -signal.SIGKILL
            check(racing_app, offered)
            hand.shift(job_rules.LEASE + timedelta(seconds=1))
        drain(racing_app)
        drain(racing_app)
        check(racing_app, WAIT)

        with racing_app.app_context():
            (left,) = db.session.scalars(select(SeatReturn).where(SeatReturn.outcome.is_(None)))
            hand.move_to(left.due_at)
            with transaction():
                tasks._look_after(clock.now())
            db.engine.dispose()
        assert killed(racing_app, "give_free", 0, before=False) == -signal.SIGKILL
        hand.shift(job_rules.LEASE + timedelta(seconds=1))
        drain(racing_app)

        with racing_app.app_context():
            outcomes = Counter(db.session.scalars(select(SeatReturn.outcome)))
            assert outcomes == {Return.OFFERED: WAIT, Return.PUBLIC: FREED - WAIT}
            free = select(func.sum(Slot.capacity - Slot.taken))
            assert db.session.scalar(free) == FREED - WAIT
            states = Counter(db.session.scalars(select(WaitingEntry.state)))
            assert states == {EntryState.OFFERED: WAIT}
