"""A time that a draw or the waiting list keeps is answered there, not where one's own choice is."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments.models import Booking, BookingState
from app.appointments.presenting import moment_value
from app.appointments.waiting.rules import EntryState
from app.core.db import db
from tests.factories import draws
from tests.factories.waiting import NOW
from tests.integration.appointments.test_draw_pages import Stand, stand_state
from tests.integration.appointments.test_waiting_pages import Desk
from tests.visitor import Page, Visitor, values_of


@pytest.fixture
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def send(visitor: Visitor, path: str, at: str) -> Page:
    """Send the form of a page of confirmation, with the token of the page that is open."""
    token = next(
        values["csrf_token"]
        for form in visitor.page.root.iter("form")
        if "csrf_token" in (values := values_of(form))
    )
    data = {"csrf_token": token, "key": "k1", "site": "moscow", "at": at}
    return visitor._show(visitor.client.post(path, data=data, follow_redirects=True))


def waits(app: Flask, *, late: bool) -> Desk:
    """Return a desk at which a time is offered to a citizen from the waiting list."""
    desk = Desk(app, late=late)
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    desk.free()
    return desk


@pytest.mark.parametrize(("late", "page"), [(False, "book"), (True, "move")])
def test_an_offer_of_the_list_is_answered_on_its_page(
    app: Flask, hand: time_machine.Traveller, late: bool, page: str
) -> None:
    desk = waits(app, late=late)
    with app.app_context():
        booking = db.session.scalars(select(Booking).where(Booking.waiting_id.is_not(None))).one()
        at = moment_value(booking.offer_starts_at or booking.starts_at)

    opened = desk.citizen.open(f"{desk.base}/{page}/confirm")
    assert "Accept the time that is offered" in opened.text
    sent = send(desk.citizen, f"{desk.base}/{page}/confirm", at)

    assert "Accept the time that is offered" in sent.text
    assert "Please accept or decline it first" in sent.text
    assert desk.state() is EntryState.OFFERED


def test_a_time_that_was_drawn_is_answered_on_the_page_of_the_draw(
    app: Flask, hand: time_machine.Traveller
) -> None:
    hand.move_to(draws.NOW)
    stand = Stand(app)
    stand.open(hand)
    stand.wish()
    stand.hold(hand)
    base = f"/en/requests/{stand.references[0]}/book/confirm"
    with app.app_context():
        at = moment_value(db.session.scalars(select(Booking.starts_at)).one())

    assert "Accept the time that was drawn" in stand.citizen.open(base).text
    sent = send(stand.citizen, base, at)

    assert "Accept the time that was drawn" in sent.text
    assert "is kept. Please accept or decline it first" in sent.text
    assert stand_state(stand, 0) is BookingState.HELD
