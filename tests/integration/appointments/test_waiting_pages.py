"""What a citizen and the staff read and do on the pages of the waiting list."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from app.accounts import sessions
from app.accounts.models import StaffMember
from app.appointments.waiting import messages, tasks
from app.appointments.waiting.rules import EntryState, PartOfDay
from app.cases.models import Case
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from tests.databases import counted_queries
from tests.factories import people, seats, waiting
from tests.factories.waiting import LATER, NOW, Hall, entry_of
from tests.integration.appointments.test_booking_pages import visitor_of
from tests.visitor import Visitor, values_of


@pytest.fixture(autouse=True)
def hand(app: Flask) -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Desk:
    """A full post, a citizen who finds nothing, and an officer."""

    def __init__(self, app: Flask, *, late: bool = False) -> None:
        self.app = app
        with app.app_context(), transaction():
            self.hall: Hall = waiting.make()
            self.case: Case = self.hall.case()
            if late:
                waiting.book(self.case, seats.make_slot(self.hall.pool, on=LATER))
            self.staff_id = people.staff([Role.OFFICER], at=people.post()).id
            self.account_id = self.case.account_id
            self.base = f"/en/requests/{self.case.reference}"
        self.citizen = visitor_of(app, self.account_id)

    def officer(self) -> Visitor:
        with self.app.test_request_context(), transaction():
            token = sessions.begin(staff=db.session.get_one(StaffMember, self.staff_id))
        client = self.app.test_client()
        client.set_cookie("jaliya-id", token)
        return Visitor(client)

    def free(self) -> None:
        """Have the one who has the seat cancel, and the worker offer it."""
        with self.app.app_context():
            with transaction():
                waiting.cancel(db.session.merge(self.hall.taker))
            waiting.work()

    def state(self) -> EntryState:
        with self.app.app_context():
            return entry_of(db.session.merge(self.case)).state


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def test_nothing_free_join_offer_accept(desk: Desk) -> None:
    page = desk.citizen.open(f"{desk.base}/book")
    assert "No time is free up to" in page.text
    desk.citizen.follow("To the waiting list")
    page = desk.citizen.submit(button="Join the list")
    assert "Your place: 1." in page.text
    assert "nobody can say how long it takes" in page.text

    desk.free()
    desk.citizen.open(f"{desk.base}/book")
    page = desk.citizen.follow("Show the offered time")
    assert "Accept the time that is offered" in page.text
    page = desk.citizen.submit(button="Accept this time")
    assert "Your appointment is confirmed." in page.text
    assert desk.state() is EntryState.SERVED


def test_another_time_is_chosen_in_place_of_the_offered_one(desk: Desk) -> None:
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    desk.free()
    with desk.app.app_context(), transaction():
        seats.make_slot(db.session.merge(desk.hall.pool), on=LATER)

    desk.citizen.open(f"{desk.base}/waiting")
    page = desk.citizen.follow("Choose another time yourself")
    assert "the offered one goes to the next" in page.text
    page = desk.citizen.submit({"at": "20261220T0720Z"}, button="Keep this time")
    assert page.heading == "Confirm the appointment"
    assert desk.state() is EntryState.WAITING


def test_an_earlier_time_is_accepted_and_the_present_one_kept_till_then(app: Flask) -> None:
    desk = Desk(app, late=True)
    desk.citizen.open(f"{desk.base}/appointment")
    desk.citizen.follow("Wait for an earlier time and keep this one")
    desk.citizen.submit(button="Join the list")
    desk.free()

    page = desk.citizen.open(f"{desk.base}/waiting")
    assert "Your appointment stays until you accept another one" in page.text
    desk.citizen.submit(button="Accept this time")
    assert "10 December" in desk.citizen.open(f"{desk.base}/appointment").text


def test_my_request_says_what_the_list_needs(desk: Desk, hand: time_machine.Traveller) -> None:
    request = desk.base
    assert "Choose a day and a time" in desk.citizen.open(request).text
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    page = desk.citizen.open(request)
    assert "this request is on the waiting list" in page.text
    assert page.link("Show the place on the list").endswith("/waiting")

    hand.shift(timedelta(days=7))
    with desk.app.app_context(), transaction():
        tasks._ask(clock.now())
    desk.citizen = visitor_of(desk.app, desk.account_id)
    assert "Say whether you still wait for a time" in desk.citizen.open(request).text

    desk.free()
    page = desk.citizen.open(request)
    assert "Accept it or leave it to the next" in page.text
    assert "9 December" in page.text


def test_the_appointment_says_how_its_request_stands_on_the_list(app: Flask) -> None:
    desk = Desk(app, late=True)
    page = desk.citizen.open(f"{desk.base}/waiting")
    assert values_of(page.form("Join the list"))["last_on"] == ["20", "12", "2026"]
    desk.citizen.submit(button="Join the list")
    page = desk.citizen.open(f"{desk.base}/appointment")
    assert "on the waiting list for an earlier time" in page.text

    desk.free()
    page = desk.citizen.open(f"{desk.base}/appointment")
    assert "An earlier time is offered to you until Wednesday 2 December" in page.text
    assert page.link("Show the offered time").endswith("/waiting")


def test_an_offer_beside_an_appointment_is_on_the_page_of_the_request(app: Flask) -> None:
    desk = Desk(app, late=True)
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    assert "waiting list" not in desk.citizen.open(desk.base).text
    desk.free()

    assert "Accept it or leave it to the next" in desk.citizen.open(desk.base).text


def test_the_post_cancels_and_the_citizen_goes_first(app: Flask) -> None:
    desk = Desk(app, late=True)
    officer = desk.officer()
    officer.open(f"/en/desk/arrivals?reference={desk.base.rpartition('/')[2]}")
    officer.follow("Cancel the appointment")
    page = officer.submit(button="Cancel the appointment")
    assert (page.status, "Choose one of these." in page.text) == (422, True)
    asked = officer.page
    for _turn in range(2):
        officer.page = asked
        page = officer.submit({"reason": "by_post"}, button="Cancel the appointment")
        assert "the citizen is told" in page.text

    page = desk.citizen.open(f"{desk.base}/waiting")
    assert "The post had to cancel your appointment, so this request goes first." in page.text
    assert "goes first" in officer.open("/en/desk/waiting").text


def test_a_lapsed_offer_leads_to_the_times_that_are_free(
    desk: Desk, hand: time_machine.Traveller
) -> None:
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    desk.free()
    hand.shift(timedelta(hours=24))

    desk.citizen = visitor_of(desk.app, desk.account_id)
    desk.citizen.open(f"{desk.base}/waiting")
    page = desk.citizen.follow("Look at the times that are free now")
    assert page.heading == "Choose day and time"


def test_no_page_says_that_a_time_which_is_given_up_is_free_at_once(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        waiting.join(db.session.merge(desk.case), db.session.merge(desk.hall.pool))
        taker = db.session.merge(desk.hall.taker)
        base, account_id = f"/en/requests/{taker.reference}", taker.account_id
    assert "go first to whoever waits for one" in desk.citizen.open(f"{desk.base}/book").text

    owner = visitor_of(desk.app, account_id)
    asked = owner.open(f"{base}/appointment/cancel")
    assert "first to whoever waits for one, then to everybody" in asked.text
    done = owner.submit(button="Cancel the appointment")
    assert "Its time goes to others." in done.text
    assert "at once" not in done.text


def test_declining_keeps_the_place(desk: Desk) -> None:
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    desk.free()
    desk.citizen.open(f"{desk.base}/waiting")
    page = desk.citizen.submit(button="Leave it to the next")

    assert "for twelve hours no other time is offered to you" in page.text
    assert "the next one is offered after" in page.text
    assert desk.state() is EntryState.WAITING


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_on": ["1", "11", "2026"]}, "lies ahead"),
        ({"last_on": ["1", "12", "2036"]}, "within the next year"),
        ({"last_on": ["x", "12", "2026"]}, "Please correct one thing"),
        ({"notice": "900"}, "Please correct one thing"),
    ],
)
def test_bad_input_gets_a_sentence(desk: Desk, fields: dict[str, object], sentence: str) -> None:
    desk.citizen.open(f"{desk.base}/waiting")
    page = desk.citizen.submit(fields, button="Join the list")

    assert page.status == 422
    assert sentence in page.text


def test_one_tap_needs_its_button_and_its_proof(desk: Desk, hand: time_machine.Traveller) -> None:
    desk.citizen.open(f"{desk.base}/waiting")
    desk.citizen.submit(button="Join the list")
    hand.shift(timedelta(days=7))
    with desk.app.app_context(), transaction():
        tasks._ask(clock.now())
        entry = entry_of(db.session.merge(desk.case))
        path = f"/en/waiting/{entry.uid}/{messages.proof_of(entry)}"
    reader = Visitor(desk.app.test_client())
    page = reader.open(path)
    assert "Do you still wait?" in page.text
    assert "Without an answer until Friday 11 December 2026 the place is given up." in page.text
    with desk.app.app_context():
        assert entry_of(db.session.merge(desk.case)).asked_at is not None

    page = reader.submit(button="Yes, I still wait")
    assert "The place stays." in page.text
    with desk.app.app_context():
        assert entry_of(db.session.merge(desk.case)).asked_at is None
    assert reader.open(path[:-1] + "!").status == 404


def test_the_staff_reads_why_a_seat_was_offered_to_nobody(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        case = db.session.merge(desk.case)
        waiting.join(case, db.session.merge(desk.hall.pool), part=PartOfDay.AFTERNOON)
    desk.free()

    page = desk.officer().open("/en/desk/waiting")
    assert "another time of day: 1" in page.text
    assert "Kept until a random moment" in page.text


def test_the_staff_page_asks_the_same_however_many_wait(desk: Desk) -> None:
    officer = desk.officer()

    def count() -> int:
        with counted_queries(desk.app) as sent:
            officer.open("/en/desk/waiting")
        return len(sent)

    with desk.app.app_context(), transaction():
        pool = db.session.merge(desk.hall.pool)
        for _turn in range(2):
            waiting.join(seats.make_case(db.session.merge(desk.hall.version)), pool)
    few = count()
    with desk.app.app_context(), transaction():
        pool = db.session.merge(desk.hall.pool)
        for _turn in range(6):
            waiting.join(seats.make_case(db.session.merge(desk.hall.version)), pool)
    assert count() == few
