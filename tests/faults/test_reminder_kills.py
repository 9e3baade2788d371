"""A worker that is killed while it writes a reminder: it is told once all the same."""

import os
import signal
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.appointments import messages
from app.appointments.models import Booking
from app.core.db import db, transaction
from app.jobs import rules
from app.jobs import tasks as jobs
from app.jobs.models import Job, JobState
from app.notifications.models import Message
from tests.factories import halls

pytestmark = [pytest.mark.race, pytest.mark.faults]

NOW = "2026-11-30T08:00:00+00:00"


def die_while_telling(app: Flask) -> int:
    """Fork a worker that is killed after it wrote the reminder and before that is kept."""
    child = os.fork()
    if child:
        _pid, ended = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(ended)
    try:
        tell = messages.remind

        def tell_and_die(booking: Booking, *, days: int) -> None:
            tell(booking, days=days)
            db.session.flush()
            os.kill(os.getpid(), signal.SIGKILL)

        messages.remind = tell_and_die
        with app.app_context():
            db.engine.dispose(close=False)
            jobs.drain()
    finally:
        os._exit(1)


def told(app: Flask) -> int:
    """Return how many reminders were told."""
    with app.app_context():
        query = select(func.count()).where(Message.event == "booking_reminder")
        return db.session.scalar(query) or 0


def test_reminder_survives_its_worker_and_is_told_once(racing_app: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as hand:
        with racing_app.app_context(), transaction():
            halls.make_visit(days=5)
        hand.shift(timedelta(days=2, hours=1))
        with racing_app.app_context():
            db.engine.dispose()

        assert die_while_telling(racing_app) == -signal.SIGKILL
        assert told(racing_app) == 0
        with racing_app.app_context():
            jobs.drain()
        assert told(racing_app) == 0
        hand.shift(rules.LEASE + timedelta(seconds=1))
        for _ in range(2):
            with racing_app.app_context():
                jobs.drain()

        assert told(racing_app) == 1
        with racing_app.app_context():
            done = select(func.count()).where(Job.state == JobState.DONE)
            assert db.session.scalar(done) == 1
