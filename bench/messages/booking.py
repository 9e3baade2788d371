"""What booking an appointment costs with the message that it writes, and without, ring included.

Over HTTP, with everything that stands around a view; on SQLite, where the database is in this
process as well as who asks: its processor time is the whole cost.
"""

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, ContactKind
from app.appointments import presenting
from app.core.db import db, transaction
from app.notifications import services as notifications
from bench import report
from bench.place import app_in, served
from bench.rounds import WARM_UP, Comparison, Way, measure
from tests import storm
from tests.factories import messages, seats

ROUNDS = 40
EACH = 2
"""So many people in a round; each asks for a time to be kept, and confirms it."""


def measure_all() -> None:
    """Measure both in turn and print how they compare; the bar of the issue is 1.15."""
    with (
        tempfile.TemporaryDirectory(prefix="jaliya-bench-") as folder,
        app_in(Path(folder)) as app,
        served(app) as port,
    ):
        count = 2 * EACH * (ROUNDS + WARM_UP)
        version_id, at = _open(app, count)
        people = iter(storm.crowd(app, port, version_id, count))
        _have_them_read_mail(app)
        ways = (
            Way(name="without", act=lambda: _silently(people, at)),
            Way(name="with its message", act=lambda: _book(people, at)),
        )
        what = "a booking, processor"
        one = Comparison(what=what, base=ways[0], other=ways[1], clock=time.process_time)
        sys.stdout.write(report.table(measure([one], rounds=ROUNDS)) + "\n")


def _open(app: Flask, count: int) -> tuple[int, Sequence[str]]:
    """Return a version of a service, and a time with so many seats."""
    with app.app_context(), transaction():
        pool = seats.make_pool(seats.make_post())
        slot = seats.make_slot(pool, seats=count, at="10:00")
        version = seats.make_version(pool.site.post)
        return version.id, [slot.starts_at.strftime(presenting.MOMENT)]


def _have_them_read_mail(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        for number, account in enumerate(session.scalars(select(Account)).all()):
            messages.give(account, ContactKind.EMAIL, f"b{number}@example.org")
        db.session.flush()


def _book(people: Iterator[storm.Citizen], times: Sequence[str]) -> None:
    for citizen in itertools.islice(people, EACH):
        if not citizen.book(times):
            raise RuntimeError("nothing was booked")


def _silently(people: Iterator[storm.Citizen], times: Sequence[str]) -> None:
    nothing: Callable[..., None] = lambda *_told: None  # noqa: E731  (any arguments)
    with mock.patch.object(notifications, "tell_all", nothing):
        _book(people, times)
