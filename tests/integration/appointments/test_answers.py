"""What a reminder leads to: a page whose buttons say that somebody comes, or give the time up."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import messages
from app.appointments.models import Booking, BookingState
from app.appointments.rules import CancelReason
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.notifications.models import Message
from tests.factories import halls
from tests.visitor import Visitor

NOW = "2026-11-30T08:00:00+00:00"


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def reminded(app: Flask, hand: time_machine.Traveller) -> str:
    """Return the path that the reminder of three days before a visit leads to."""
    with app.app_context(), transaction():
        halls.make_visit(days=5)
    hand.shift(timedelta(days=2, hours=1))
    with app.app_context():
        jobs.drain()
        told = db.session.scalars(select(Message).where(Message.event == "booking_reminder")).one()
        return f"/en{(told.payload or {})['path']}"


def booking(app: Flask) -> Booking:
    """Return the one booking that there is."""
    with app.app_context():
        return db.session.scalars(select(Booking)).one()


def test_opening_the_link_changes_nothing_and_names_nobody(
    app: Flask, hand: time_machine.Traveller
) -> None:
    path = reminded(app, hand)

    page = Visitor(app.test_client()).open(path)

    assert (page.status, page.heading) == (200, "Your appointment")
    assert "in 3 days" in page.text
    assert not re.search("LAYAN|ليان|Passport", page.text)
    assert (booking(app).state, booking(app).coming_at) == (BookingState.BOOKED, None)


def test_one_press_says_that_somebody_comes(app: Flask, hand: time_machine.Traveller) -> None:
    visitor = Visitor(app.test_client())
    visitor.open(reminded(app, hand))

    visitor.submit(button="I will come")

    assert "Thank you. You are expected." in visitor.page.text
    assert "You have said that you will come." in visitor.page.text
    assert booking(app).coming_at is not None


def test_giving_the_time_up_is_asked_first_and_a_second_press_changes_nothing(
    app: Flask, hand: time_machine.Traveller
) -> None:
    visitor = Visitor(app.test_client())
    visitor.open(reminded(app, hand))
    page = visitor.follow("Cancel the appointment")
    assert (page.heading, booking(app).state) == ("Cancel the appointment?", BookingState.BOOKED)
    assert "who come with you" not in page.text
    visitor.submit({"reason": "no_papers"}, button="Cancel the appointment")
    visitor.page = page
    visitor.submit({"reason": "other"}, button="Cancel the appointment")

    assert "This appointment can no longer be changed." in visitor.page.text
    assert visitor.page.link("Book another time").endswith("/book")
    assert booking(app).state is BookingState.CANCELLED
    assert booking(app).cancel_reason is CancelReason.NO_PAPERS


def test_link_of_a_visit_that_began_changes_nothing(
    app: Flask, hand: time_machine.Traveller
) -> None:
    visitor = Visitor(app.test_client())
    path = reminded(app, hand)
    hand.shift(timedelta(days=2, hours=22))
    visitor.open(path)
    visitor.follow("Cancel the appointment")
    hand.shift(timedelta(hours=2))

    visitor.submit(button="Cancel the appointment")

    assert "This appointment can no longer be changed." in visitor.page.text
    assert booking(app).state is BookingState.BOOKED


@pytest.mark.parametrize("proof", ["", "0" * 20, "\u0661" * 20, "%25"])
def test_link_without_its_proof_is_not_found(
    app: Flask, hand: time_machine.Traveller, proof: str
) -> None:
    path = reminded(app, hand)
    assert path.endswith(messages_proof(app))

    assert app.test_client().get(path.rpartition("/")[0] + f"/{proof}").status_code == 404


def messages_proof(app: Flask) -> str:
    with app.app_context():
        return messages.proof_of(db.session.scalars(select(Booking)).one())
