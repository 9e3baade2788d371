"""The reception gives a time to whoever has none, or moves the one that there is."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.appointments.models import Booking, BookingState, Lane, Pool, Slot
from app.cases.models import Case
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications.models import Channel, Message
from tests.factories import seats, waiting
from tests.integration.appointments.test_reception import at_work, booked
from tests.visitor import Visitor

NOW = "2026-12-03T07:00:00+00:00"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    """Stand at the reception at ten in the morning in Moscow."""
    with time_machine.travel(NOW, tick=False):
        yield


def without_time(app: Flask) -> str:
    """Return the reference of a visitor's request that can have a time and has none."""
    with app.app_context(), transaction():
        post = seats.make_post()
        pool = seats.make_pool(post)
        for lane, at in ((Lane.PUBLIC, "11:00"), (Lane.STAFF, "11:20")):
            seats.make_slot(pool, on=date(2026, 12, 3), at=at).lane = lane
        case = seats.make_case(seats.make_version(post))
        return case.reference


def booking_of(app: Flask, reference: str) -> Booking | None:
    with app.app_context():
        query = select(Booking).where(Booking.case.has(reference=reference))
        return db.session.scalar(query.order_by(Booking.id.desc()))


def found(app: Flask, reference: str) -> Visitor:
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open(f"/en/desk/arrivals?reference={reference}")
    return visitor


def test_whoever_has_no_appointment_is_given_a_near_time_from_the_arrivals(app: Flask) -> None:
    reference = without_time(app)
    visitor = found(app, reference)
    assert "This request has no confirmed appointment." in visitor.page.text

    page = visitor.follow("Give a time")
    assert "3 December" in page.text and "LAYAN" in page.text
    page = visitor.submit({"at": "20261203T0800Z"}, button="Give a time")

    assert "The appointment stands." in page.text
    booking = booking_of(app, reference)
    assert booking is not None
    assert (booking.state, booking.local_at) == (BookingState.BOOKED, "2026-12-03T11:00")


def test_a_seat_that_staff_give_out_is_given(app: Flask) -> None:
    reference = without_time(app)
    visitor = found(app, reference)
    visitor.follow("Give a time")

    visitor.follow("Given out by staff")
    visitor.submit({"at": "20261203T0820Z"}, button="Give a time")

    booking = booking_of(app, reference)
    assert booking is not None
    assert booking.local_at == "2026-12-03T11:20"


def test_a_time_that_was_taken_meanwhile_is_refused_with_a_sentence(app: Flask) -> None:
    reference = without_time(app)
    visitor = found(app, reference)
    visitor.follow("Give a time")
    with app.app_context(), transaction():
        slot = db.session.scalars(select(Slot).where(Slot.lane == Lane.PUBLIC)).one()
        pool = db.session.get_one(Pool, slot.pool_id)
        slot.starts_at = slot.starts_at.replace(day=4)
        waiting.book(seats.make_case(seats.make_version(pool.site.post, code="OTHER")), slot)

    page = visitor.submit({"at": "20261204T0800Z"}, button="Give a time")

    assert page.status == 409
    assert booking_of(app, reference) is None


def test_an_appointment_is_moved_by_the_reception(app: Flask) -> None:
    reference = booked(app, days=1)
    with app.app_context(), transaction():
        pool = db.session.scalars(select(Pool)).unique().one()
        seats.make_slot(pool, on=date(2026, 12, 5), at="12:00")
    visitor = found(app, reference)

    visitor.follow("Move to another time")
    page = visitor.submit({"at": "20261205T0900Z"}, button="Move to another time")

    assert "The appointment stands." in page.text
    booking = booking_of(app, reference)
    assert booking is not None
    assert (booking.local_at, booking.sequence) == ("2026-12-05T12:00", 1)


def test_who_takes_money_gives_no_time(app: Flask) -> None:
    reference = without_time(app)

    page = at_work(app, Role.CASHIER).open(f"/en/desk/arrivals/{reference}/time")

    assert page.status in (403, 404)


class Household:
    """Three of a filing without a time, and seats for so many of them on this day."""

    def __init__(self, app: Flask, *, free: int = 3, lane: Lane = Lane.PUBLIC) -> None:
        self.app = app
        with app.app_context(), transaction():
            post = seats.make_post()
            pool = seats.make_pool(post)
            seats.make_slot(pool, on=date(2026, 12, 3), at="11:00", seats=free).lane = lane
            cases = seats.bind(seats.make_account(), seats.make_version(post), 3)
            self.references = [case.reference for case in cases]
        self.desk = at_work(app, Role.RECEPTIONIST)
        self.path = f"/en/desk/arrivals/{self.references[0]}/time"

    def give(self, query: str = "") -> None:
        """Give the one time that there is."""
        self.desk.open(self.path + query)
        self.desk.submit({"at": "20261203T0800Z"}, button="Give a time")

    def times(self) -> list[str | None]:
        """Return when each of them comes, None for who has no appointment."""
        found = [booking_of(self.app, reference) for reference in self.references]
        return [one.local_at if one and one.state is BookingState.BOOKED else None for one in found]


def test_a_household_is_given_one_time_in_one_go_and_told_once(app: Flask) -> None:
    home = Household(app, lane=Lane.STAFF)

    home.give("?lane=staff")

    assert "The appointment stands for all 3 people." in home.desk.page.text
    assert home.times() == ["2026-12-03T11:00"] * 3
    with app.app_context():
        told = select(Message).where(Message.channel == Channel.PORTAL)
        assert len(db.session.scalars(told).all()) == 1


def test_a_time_with_too_few_seats_for_all_is_not_offered_but_to_one(app: Flask) -> None:
    home = Household(app, free=2)
    page = home.desk.open(home.path)
    assert "No such time is free" in page.text

    home.give("?who=one")

    assert home.times() == ["2026-12-03T11:00", None, None]


def test_what_is_in_the_way_of_one_is_told_by_name_and_nobody_gets_a_time(app: Flask) -> None:
    home = Household(app)
    with app.app_context(), transaction():
        second = db.session.scalars(select(Case).where(Case.reference == home.references[1])).one()
        account = db.session.get_one(Account, second.account_id)
        twin = seats.make_case(second.pinned, account=account, person=second.person)
        pool = db.session.scalars(select(Pool)).unique().one()
        waiting.book(twin, seats.make_slot(pool, on=date(2026, 12, 4), at="09:00"))

    home.give()

    assert home.desk.page.status == 409
    assert "The time was given to nobody" in home.desk.page.text
    assert "There already is an appointment for this person" in home.desk.page.text
    assert home.times() == [None, None, None]
