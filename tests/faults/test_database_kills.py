"""The database dies while citizens book: what was confirmed stands, and nothing is booked twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select

from app.appointments.models import Booking, BookingState
from app.cases.models import Case
from app.core import schema
from app.core.db import db
from config import Settings
from tests import servers, storm
from tests.conftest import build, dispose
from tests.faults.test_storm import arena, book_all, sold, statuses

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
CLIENTS = 120
SEATS = 50
KILLED_AFTER = (5, 20, 40)
"""At so many confirmed appointments the database ends."""


@contextmanager
def mortal_app(
    make_settings: Callable[[str], Settings], *, is_durable: bool
) -> Iterator[tuple[Flask, Callable[[], None]]]:
    """Yield an app on a PostgreSQL of its own, and what kills that."""
    with servers.mortal_postgresql(is_durable=is_durable) as server:
        url = servers.create_database(server.url, "kills")
        schema.upgrade(url)
        app = build(make_settings(url))
        yield app, server.kill
        dispose(app)


def killing(
    citizens: list[storm.Citizen], kill: Callable[[], None], ended: threading.Event
) -> None:
    """Kill the database whenever enough appointments are confirmed, or when all are through."""
    for enough in KILLED_AFTER:
        while sum(one.has_appointment for one in citizens) < enough and not ended.wait(0.02):
            pass
        kill()


def booked_through_kills(app: Flask, kill: Callable[[], None]) -> tuple[Counter[str], set[str]]:
    """Have a crowd book while the database dies; return what is booked, and what was confirmed.

    Both by the reference of the request, the first with how many appointments it has.
    """
    version_id, times = arena(app, SEATS)
    with storm.web(app.config["SETTINGS"]) as web:
        citizens = storm.crowd(app, web.port, version_id, CLIENTS)
        ended = threading.Event()
        killer = threading.Thread(target=killing, args=(citizens, kill, ended))
        killer.start()
        book_all(citizens, times)
        ended.set()
        killer.join()
    assert statuses(citizens) <= {302, 409, storm.UNAVAILABLE}
    dispose(app)
    booked = (
        select(Case.reference)
        .join(Booking, Booking.case_id == Case.id)
        .where(Booking.state == BookingState.BOOKED)
    )
    with app.app_context():
        found = Counter(db.session.scalars(booked))
    confirmed = {one.reference for one in citizens if one.has_appointment}
    lost = len(confirmed - found.keys())
    twice = sum(count > 1 for count in found.values())
    print(
        f"\nF05 PostgreSQL: seed none, N {CLIENTS}, kills {len(KILLED_AFTER)}, confirmed"
        f" {len(confirmed)}, lost {lost}, duplicated {twice}"
    )
    return found, confirmed


@pytest.mark.proves("booking-011")
def test_what_was_confirmed_stands(make_settings: Callable[[str], Settings]) -> None:
    with mortal_app(make_settings, is_durable=True) as (app, kill):
        booked, confirmed = booked_through_kills(app, kill)

        assert booked == dict.fromkeys(confirmed, 1)
        assert sold(app) == (SEATS, SEATS, SEATS)


def test_without_a_durable_commit_the_same_kills_lose_some(
    make_settings: Callable[[str], Settings],
) -> None:
    """The control: a database that says "done" too early loses what was confirmed."""
    with mortal_app(make_settings, is_durable=False) as (app, kill):
        booked, confirmed = booked_through_kills(app, kill)

        assert confirmed - booked.keys()
