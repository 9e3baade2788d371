"""What is confirmed is what the page showed: place and time, however many tabs are open."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import schedule
from app.appointments.models import BookingState
from app.catalogue.models import Post
from app.catalogue.workdays import ClosureScope
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from tests.factories import seats
from tests.integration.appointments.test_booking_pages import NOW, Booth, visitor_of
from tests.visitor import Visitor

CHANGED = "The time that is kept for you has changed meanwhile"
THURSDAY, FRIDAY = "20261203T0720Z", "20261204T0600Z"


@pytest.fixture
def booth(app: Flask) -> Iterator[Booth]:
    """Be a citizen whose papers are accepted."""
    with time_machine.travel(NOW, tick=False):
        yield Booth(app)


@pytest.fixture
def other_tab(app: Flask, booth: Booth) -> Visitor:
    """Be the same citizen in a second tab."""
    return visitor_of(app, booth.account_id)


def add_place(app: Flask) -> None:
    """Open another place of the post, seven hours ahead, for the same service."""
    with app.app_context(), transaction():
        post = db.session.scalars(select(Post)).one()
        seats.make_site(post, code="east", zone="Asia/Vladivostok")
        pool = seats.make_pool(post, site="east")
        seats.make_hours(pool)
        schedule.make_slots(pool)


def choose(visitor: Visitor, base: str, page: str, at: str, site: str = "moscow") -> None:
    """Choose a time on a page of times."""
    visitor.open(f"{base}/{page}?site={site}")
    visitor.submit({"at": at}, button="Keep this time")


def test_a_time_that_the_page_did_not_show_is_not_booked(booth: Booth, other_tab: Visitor) -> None:
    booth.choose(THURSDAY)
    choose(other_tab, booth.base, "book", FRIDAY)

    booth.visitor.submit(button="Confirm")

    page = booth.visitor.page
    assert page.heading == "Confirm the appointment"
    assert CHANGED in page.text
    assert "Friday 4 December 2026, 09:00" in page.text
    booking = booth.booking()
    assert booking is not None and booking.state is BookingState.HELD
    booth.visitor.submit(button="Confirm")
    assert booth.visitor.page.heading == "My appointment"


def test_what_was_booked_in_another_tab_stays(booth: Booth, other_tab: Visitor) -> None:
    booth.choose(THURSDAY)
    choose(other_tab, booth.base, "book", FRIDAY)
    other_tab.submit(button="Confirm")

    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "My appointment"
    assert CHANGED in booth.visitor.page.text
    assert "The appointment is booked" not in booth.visitor.page.text


def test_a_form_that_names_no_time_books_none(booth: Booth) -> None:
    booth.choose(THURSDAY)

    booth.visitor.submit({"at": "x" * 300, "site": "\u202e"}, button="Confirm")

    assert CHANGED in booth.visitor.page.text
    booking = booth.booking()
    assert booking is not None and booking.state is BookingState.HELD


def test_the_same_form_sent_twice_leads_to_the_same_page(booth: Booth) -> None:
    booth.choose(THURSDAY)
    kept = booth.visitor.page
    booth.visitor.submit(button="Confirm")
    choose(booth.visitor, booth.base, "move", FRIDAY)
    booth.visitor.submit(button="Move the appointment")

    booth.visitor.page = kept
    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "My appointment"
    assert CHANGED not in booth.visitor.page.text


def test_a_move_that_the_page_did_not_show_is_not_made(booth: Booth, other_tab: Visitor) -> None:
    booth.book(THURSDAY)
    choose(booth.visitor, booth.base, "move", FRIDAY)
    choose(other_tab, booth.base, "move", "20261207T0600Z")

    booth.visitor.submit(button="Move the appointment")

    page = booth.visitor.page
    assert page.heading == "Confirm the other time"
    assert CHANGED in page.text
    assert "Monday 7 December 2026, 09:00" in page.text
    booking = booth.booking()
    assert booking is not None and booking.local_at == "2026-12-03T10:20"


def test_a_move_to_a_place_that_the_page_did_not_show_is_not_made(
    app: Flask, booth: Booth, other_tab: Visitor
) -> None:
    add_place(app)
    booth.book(THURSDAY)
    at = "20261204T0000Z"  # At ten in the east.
    choose(other_tab, booth.base, "move", at, site="east")
    shown = other_tab.page
    choose(booth.visitor, booth.base, "move", FRIDAY)

    other_tab.page = shown
    other_tab.submit({"at": FRIDAY}, button="Move the appointment")

    assert CHANGED in other_tab.page.text
    booking = booth.booking()
    assert booking is not None and booking.local_at == "2026-12-03T10:20"


def test_a_move_that_another_tab_made_is_said_to_be_made(booth: Booth, other_tab: Visitor) -> None:
    booth.book(THURSDAY)
    choose(booth.visitor, booth.base, "move", FRIDAY)
    other_tab.open(f"{booth.base}/move/confirm")
    other_tab.submit(button="Move the appointment")

    booth.visitor.submit(button="Move the appointment")

    assert booth.visitor.page.heading == "My appointment"
    assert "The appointment is moved." in booth.visitor.page.text
    booking = booth.booking()
    assert booking is not None and booking.moves == 1


def test_a_move_is_shown_with_both_places_each_on_its_own_clock(app: Flask, booth: Booth) -> None:
    add_place(app)
    booth.book(THURSDAY)

    choose(booth.visitor, booth.base, "move", "20261204T0000Z", site="east")

    text = booth.visitor.page.text
    assert "Thursday 3 December 2026, 10:20, Moscow time" in text
    assert "Friday 4 December 2026, 10:00, Vladivostok time" in text
    assert "Site moscow" in text
    assert "Site east" in text


def test_what_is_cancelled_is_named_with_its_place(booth: Booth) -> None:
    booth.book(THURSDAY)

    booth.visitor.open(f"{booth.base}/appointment/cancel")

    assert "Site moscow" in booth.visitor.page.text


def test_a_move_to_a_place_that_closed_shows_its_nearest_times(app: Flask, booth: Booth) -> None:
    add_place(app)
    booth.book(THURSDAY)
    choose(booth.visitor, booth.base, "move", "20261204T0000Z", site="east")
    with app.app_context(), transaction():
        post = db.session.scalars(select(Post)).one()
        day = seats.moment("2026-12-04").date()
        words = seats.words("Feast")
        schedule.add_closure(post, day, day, scope=ClosureScope.ALL, title=words, actor=SYSTEM)

    booth.visitor.submit(button="Move the appointment")

    assert "All times are those of Vladivostok" in booth.visitor.page.text
    assert "site=east" in booth.visitor.page.url
