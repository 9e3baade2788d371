"""What citizen and admin read and do on the pages of a queue."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments.line.models import Opening, Place
from app.appointments.models import Booking, BookingState
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.core.actor import Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import lines, people
from tests.factories.lines import IN_TIME, NOW, OPENS
from tests.factories.seats import count_queries
from tests.integration.appointments.test_booking_pages import visitor_of
from tests.visitor import Visitor

OPENING = {
    "pool": "moscow:passports",
    "opens_on": ["1", "12", "2026"],
    "opens_at": "10:00",
    "hours": "4",
    "rate": "60",
    "first_on": ["14", "12", "2026"],
    "last_on": ["15", "12", "2026"],
}
AT = "20261214T0600Z"
HOUR = "Tuesday 1 December 2026, 10:00, Moscow time"


@pytest.fixture
def hand(app: Flask) -> Iterator[time_machine.Traveller]:
    """Be the hand of the clock, on the day before the opening."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Stand:
    """An opening of four seats, its admin, and citizens whose papers are accepted."""

    def __init__(self, app: Flask, *, number: int = 1, is_announced: bool = True) -> None:
        self.app = app
        with app.app_context(), transaction():
            fair = lines.make()
            cases = [fair.case() for _ in range(number)]
            self.accounts = [case.account_id for case in cases]
            self.references = [case.reference for case in cases]
            self.code = fair.version.service.code
            self.uid = lines.announce(fair).uid if is_announced else ""
            people.staff([Role.ADMIN], at=people.post())

    def visitor(self, number: int = 0) -> Visitor:
        """Return the browser of a citizen, signed in by now."""
        return visitor_of(self.app, self.accounts[number])

    def page(self, number: int = 0, path: str = "") -> str:
        """Return where a citizen sees the queue."""
        return f"/en/requests/{self.references[number]}/queue/{self.uid}{path}"

    def line_up(self, number: int = 0) -> Visitor:
        """Have a citizen line up; return their browser."""
        visitor = self.visitor(number)
        visitor.open(self.page(number))
        visitor.submit(button="Line up")
        return visitor

    def work(self) -> None:
        """Have the worker do what is due."""
        with self.app.app_context():
            jobs.drain()

    def booking(self) -> Booking | None:
        """Return the newest booking."""
        with self.app.app_context():
            return db.session.scalar(select(Booking).order_by(Booking.id.desc()))


def test_a_queue_from_the_page_of_times_to_the_appointment(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app, number=6)
    request = f"/en/requests/{stand.references[0]}"
    assert "opened in a queue: line up at its hour" in stand.visitor().open(request).text
    page = stand.visitor().open(f"{request}/book")
    assert "No time is free outside of the queue" in page.text
    visitor = stand.visitor()
    page = visitor.open(page.link("Passport"))
    assert page.heading.startswith("You can come in from: ")
    hand.move_to(IN_TIME)

    for number in range(6):
        visitor = stand.line_up(number)
        assert visitor.page.heading == f"You are in. The queue begins: {HOUR}."
    hand.move_to(OPENS)
    stand.work()

    headings = [stand.visitor(n).open(stand.page(n)).heading for n in range(6)]
    assert sorted(headings) == [
        *["It is your turn"] * 4,
        "You are number 1.",
        "You are number 2.",
    ]
    lucky = headings.index("It is your turn")
    visitor = stand.visitor(lucky)
    assert "It is your turn" in visitor.open("/en/requests").text
    other = stand.visitor(headings.index("You are number 1."))
    assert "Nothing until it is your turn in the queue" in other.open("/en/requests").text
    visitor.open(stand.page(lucky))
    assert "until 10:10" in visitor.page.text
    visitor.follow("Choose a time")
    assert "It is your turn: choose a time until 10:10, Moscow time." in visitor.page.text
    visitor.submit({"at": AT}, button="Keep this time")
    visitor.submit(button="Confirm")
    assert "My appointment" in visitor.page.heading
    booking = stand.booking()
    assert booking is not None and booking.state is BookingState.BOOKED


def test_without_the_turn_a_time_of_the_queue_is_refused_and_nothing_lost(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app, number=2)
    hand.move_to(IN_TIME)
    stand.line_up(0)
    hand.move_to(OPENS)
    stand.work()
    visitor = stand.visitor(0)
    page = visitor.open(f"/en/requests/{stand.references[0]}/book")
    other = stand.visitor(1)
    other.open(f"/en/requests/{stand.references[1]}/book")
    other.page = page

    for token in ("", "9999999999.aaaaaaaa.forged"):
        visitor.page = page
        visitor.submit({"at": AT, "admission": token}, button="Keep this time")
        assert visitor.page.status == 409
        assert any("Line up there" in line for line in visitor.page.errors)
    hand.shift(timedelta(minutes=10))
    visitor = stand.visitor(0)
    visitor.open(f"/en/requests/{stand.references[0]}")
    visitor.page = page
    answer = visitor.submit({"at": AT}, button="Keep this time")

    assert answer.status in (400, 409)
    assert stand.booking() is None


def test_a_time_that_was_kept_and_not_confirmed_lets_its_owner_line_up_again(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    hand.move_to(IN_TIME)
    stand.line_up()
    hand.move_to(OPENS)
    stand.work()
    visitor = stand.visitor()
    visitor.open(f"/en/requests/{stand.references[0]}/book")
    visitor.submit({"at": AT}, button="Keep this time")
    hand.shift(timedelta(minutes=10))
    stand.work()
    assert stand.visitor().open(stand.page()).heading == "Your turn is over"

    assert stand.line_up().page.heading in ("You are number 1.", "It is your turn")


def test_a_place_is_kept_across_devices_and_left_once(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    hand.move_to(IN_TIME)
    stand.line_up()
    phone = stand.visitor()
    assert phone.open(stand.page()).heading.startswith("You are in.")

    phone.submit(button="Leave the queue")

    assert "You have left the queue." in phone.page.text
    assert phone.page.heading == f"Come in before: {HOUR}"
    phone.submit(button="Line up")
    with app.app_context():
        assert len(db.session.scalars(select(Place)).all()) == 2


def test_the_page_looks_again_by_itself_without_a_script(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    hand.move_to(IN_TIME)

    page = stand.line_up().page

    assert b'<noscript><meta http-equiv="refresh" content="20"></noscript>' in page.body
    assert b'data-every="20"' in page.body


@pytest.mark.parametrize("path", ["", "/join", "/leave"])
def test_a_queue_of_others_is_not_there(
    app: Flask, hand: time_machine.Traveller, path: str
) -> None:
    stand = Stand(app, number=2)
    visitor = stand.visitor(0)
    visitor.open("/en/requests")

    strange = [stand.page(1, path), stand.page(0, path).replace(stand.uid, "0" * 32)]

    for address in strange:
        method = visitor.client.post if path else visitor.client.get
        assert method(address).status_code in (400, 404)


def test_the_same_person_by_another_account_goes_to_the_staff(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app, number=2)
    hand.move_to(IN_TIME)
    stand.line_up(0)
    with app.app_context(), transaction():
        one, other = db.session.scalars(select(Case).order_by(Case.id)).all()
        other.person.fingerprint = one.person.fingerprint

    visitor = stand.line_up(1)

    assert visitor.page.status == 409
    with app.app_context():
        reported = select(AuditEntry).where(AuditEntry.action == "booking.clash")
        assert len(db.session.scalars(reported).all()) == 1
        assert len(db.session.scalars(select(Place)).all()) == 1


def test_what_is_published_runs_the_shuffle_again(
    app: Flask, hand: time_machine.Traveller, tmp_path: Path
) -> None:
    stand = Stand(app, number=5)
    hand.move_to(IN_TIME)
    for number in range(5):
        stand.line_up(number)
    client, address = app.test_client(), f"/queues/{stand.uid}/queue.json"
    before = json.loads(client.get(address).data)
    assert (before["secret"], before["list"], before["order"]) == (None, None, [])

    hand.move_to(OPENS)
    stand.work()

    answer = client.get(address).data
    (tmp_path / "queue.json").write_bytes(answer)
    assert json.loads(answer)["commitment"] == before["commitment"]
    assert len(json.loads(answer)["order"]) == 5
    assert rerun(tmp_path / "queue.json") == 0
    found = json.loads(answer)
    found["order"].reverse()
    (tmp_path / "queue.json").write_text(json.dumps(found))
    assert rerun(tmp_path / "queue.json") == 1


def rerun(file: Path) -> int:
    """Run what the page of the documentation gives to readers; return how it ended."""
    text = (Path(__file__).parents[3] / "docs" / "queues.md").read_text()
    program = textwrap.dedent(text.partition("<<'END'\n")[2].partition("    END")[0])
    done = subprocess.run(
        [sys.executable, "-", str(file)], input=program.encode(), capture_output=True
    )
    return done.returncode


def test_the_page_of_a_number_costs_the_same_however_many_wait(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app, number=15)
    hand.move_to(IN_TIME)
    for number in range(5):
        stand.line_up(number)
    hand.move_to(OPENS)
    stand.work()
    headings = [stand.visitor(n).open(stand.page(n)).heading for n in range(5)]
    last = headings.index("You are number 1.")
    visitor, address = stand.visitor(last), stand.page(last)
    with app.app_context():
        few = count_queries(lambda: visitor.open(address))
    for number in range(5, 15):
        stand.line_up(number)

    with app.app_context():
        many = count_queries(lambda: visitor.open(address))

    assert few == many


def admin_of(app: Flask) -> Visitor:
    """Return the browser of an admin."""
    return people.staff_visitor(app, Role.ADMIN)


def test_an_admin_chooses_the_mode_announces_paces_and_ends(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app, is_announced=False)
    admin = admin_of(app)
    admin.open("/en/admin/draws")
    for words in ("To whoever comes first from now on", "In a queue from now on"):
        admin.follow(words)
        admin.submit(button=words)
    assert "At an hour, in a queue" in admin.page.text
    admin.open("/en/admin/queues")
    assert "Nothing has been opened" in admin.page.text
    admin.follow("Announce an opening")
    admin.submit({**OPENING, "service": stand.code}, button="Announce the opening")
    assert "The opening is announced." in admin.page.text
    admin.submit({"rate": "600001"}, button="Save")
    assert any("Between 1 and 600" in line for line in admin.page.errors)

    admin.submit({"rate": "90"}, button="Save")
    hand.move_to(OPENS)
    stand.work()
    admin = admin_of(app)
    with app.app_context():
        opening = db.session.scalars(select(Opening)).one()
        assert opening.rate == 90
        uid = opening.uid
    admin.open(f"/en/admin/queues/{uid}")
    admin.submit(button="End now")

    assert "What is left is free for everybody." in admin.page.text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"opens_at": "25:00"}, "Please write the time as hours and minutes, such as 09:00."),
        ({"opens_on": ["29", "11", "2026"]}, "The opening must lie ahead."),
        ({"hours": "٩٩"}, "An opening lasts 1 to 72 hours."),
        ({"rate": "0"}, "Between 1 and 600 people a minute are let in."),
        ({"first_on": ["1", "12", "2026"]}, "The first day must lie after the day of the opening."),
        ({"pool": "nowhere:1"}, "Choose one of the answers in the list."),
        ({"rate": "many"}, "Enter a whole number, for example 25."),
    ],
)
def test_an_opening_that_cannot_be_names_its_field(
    app: Flask, hand: time_machine.Traveller, fields: dict[str, object], error: str
) -> None:
    stand = Stand(app, is_announced=False)
    admin = admin_of(app)
    admin.open("/en/admin/queues/new")

    admin.submit({**OPENING, "service": stand.code, **fields}, button="Announce the opening")

    assert admin.page.status == 422
    assert any(error in line for line in admin.page.errors), admin.page.errors
