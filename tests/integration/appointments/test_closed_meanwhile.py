"""A time that is kept while its day is closed: not confirmed, and others are offered at once."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import schedule
from app.appointments.models import BookingState, Pool, WeeklyHours
from app.catalogue.models import Post
from app.catalogue.workdays import ClosureScope
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from tests.factories import moves, seats
from tests.integration.appointments.test_booking_pages import NOW, Booth, times

THURSDAY = date(2026, 12, 3)
SENTENCE = "The post does not work at this time any more"


@pytest.fixture
def booth(app: Flask) -> Iterator[Booth]:
    """Be a citizen for whom nine o'clock of a Thursday is kept."""
    with time_machine.travel(NOW, tick=False):
        booth = Booth(app)
        booth.choose("20261203T0600Z")
        yield booth


def close(app: Flask, scope: ClosureScope) -> None:
    """Have an admin close the Thursday."""
    with app.app_context(), transaction():
        post, title = db.session.scalars(select(Post)).one(), seats.words("Feast")
        schedule.add_closure(post, THURSDAY, THURSDAY, scope=scope, title=title, actor=SYSTEM)


def test_what_was_kept_on_a_closed_day_is_refused_with_the_nearest_times(
    app: Flask, booth: Booth
) -> None:
    close(app, ClosureScope.ALL)

    booth.visitor.submit(button="Confirm")

    page = booth.visitor.page
    assert page.heading == "Choose day and time"
    assert SENTENCE in page.text
    assert "The nearest free times" in page.text
    booking = booth.booking()
    assert booking is not None and booking.state is BookingState.HELD
    booth.visitor.submit({"at": times(booth.visitor)[0]}, button="Keep this time")
    booth.visitor.submit(button="Confirm")
    again = booth.booking()
    assert again is not None
    assert (again.id, again.state) == (booking.id, BookingState.BOOKED)
    with app.app_context():
        assert moves.drift() == 0


def test_a_closure_of_paid_work_stops_no_free_service(app: Flask, booth: Booth) -> None:
    close(app, ClosureScope.PAID)

    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "My appointment"


def test_what_was_kept_in_hours_that_are_gone_is_refused(app: Flask, booth: Booth) -> None:
    with app.app_context(), transaction():
        pool = db.session.scalars(select(Pool)).unique().one()
        hours = select(WeeklyHours.uid).where(WeeklyHours.weekday == THURSDAY.isoweekday())
        schedule.remove_hours(pool, db.session.scalars(hours).one(), actor=SYSTEM)

    booth.visitor.submit(button="Confirm")

    assert SENTENCE in booth.visitor.page.text


def test_a_move_to_a_closed_day_is_refused_and_the_present_time_stays(
    app: Flask, booth: Booth
) -> None:
    booth.book("20261202T0600Z")
    booth.visitor.open(f"{booth.base}/move")
    booth.visitor.submit({"at": "20261203T0600Z"}, button="Keep this time")
    close(app, ClosureScope.ALL)

    booth.visitor.submit(button="Move the appointment")

    assert booth.visitor.page.heading == "Choose another day and time"
    assert SENTENCE in booth.visitor.page.text
    booking = booth.booking()
    assert booking is not None
    assert (booking.state, booking.local_at) == (BookingState.BOOKED, "2026-12-02T09:00")
