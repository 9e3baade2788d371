"""The pages of the hall: reception, counter, board, kiosk, the visitor's phone, figures."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import ColumnElement, select, update

from app.accounts import queries as staff
from app.accounts import services as accounts
from app.accounts import sessions
from app.accounts.models import Account
from app.appointments import queries as seat_queries
from app.appointments import services as appointments
from app.appointments import visiting
from app.appointments.day import calling, presenting, queries, services
from app.appointments.day.models import Device, Ticket
from app.appointments.day.rules import DeviceKind, Ground
from app.appointments.models import Booking
from app.appointments.rules import CancelReason
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.catalogue.models import ServiceVersion
from app.core import clock, i18n
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from tests.factories import halls, people, seats
from tests.visitor import Visitor, text_of

NOW = "2026-12-03T07:00:00+00:00"
"""Ten in the morning in Moscow."""


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def at_work(app: Flask, *roles: Role) -> Visitor:
    """Return the browser of somebody who works at the post."""
    with app.test_request_context(), transaction():
        token = sessions.begin(staff=people.staff(roles, at=halls.make_hall().site.post))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def visit(app: Flask, *, at: str = "10:20", days: int = 0) -> str:
    """Return the reference of an appointment."""
    with app.app_context(), transaction():
        return halls.make_visit(at=at, days=days).reference


def walk_in(app: Flask, *, ground: Ground | None = None) -> str:
    """Return the uid of a number without an appointment."""
    with app.app_context(), transaction():
        return halls.walk_in(ground=ground).uid


def device(app: Flask, kind: DeviceKind, *, site: str = "") -> str:
    """Return the path of a device in Arabic."""
    with app.app_context(), transaction():
        pool = halls.make_hall()
        place = queries.get_site(pool.site.post_id, site)
        head = halls.officer_of(pool, Role.HEAD)
        made = services.add_device(place, kind, "entrance", actor=head)
        return f"/en/hall/{kind.value}/{queries.address_of(made)}"


@pytest.mark.parametrize(
    ("first", "cancelled", "is_shown"),
    [(0, False, True), (1, False, True), (14, False, False), (0, True, False), (-3, False, False)],
)
def test_a_mission_stands_among_the_halls_in_its_days_only(
    app: Flask, first: int, cancelled: bool, is_shown: bool
) -> None:
    visitor = at_work(app, Role.RECEPTIONIST)
    with app.app_context(), transaction():
        site = seats.make_site(people.post(), code="mission")
        site.first_on = clock.today(site.zone) + timedelta(days=first)
        site.last_on = site.first_on + timedelta(days=1)
        site.cancelled_at = clock.now() if cancelled else None

    page = visitor.open("/en/desk/hall")

    assert ("Site mission" in page.text) is is_shown
    assert "Site mission" in visitor.open("/en/desk/hall?site=mission").text


def open_counter(visitor: Visitor, number: int = 2) -> None:
    """Open a counter in the browser of an officer."""
    visitor.open("/en/desk/counter")
    visitor.submit({"number": str(number)}, button="Open the counter")


def test_arrival_gives_a_number_that_waits(app: Flask) -> None:
    reference = visit(app)
    visitor = at_work(app, Role.RECEPTIONIST)

    visitor.open("/en/desk/arrivals", query_string={"reference": reference})
    visitor.submit(button="The person is here")

    assert "Number in the hall: A01" in visitor.page.text
    assert "A01Waits" in visitor.page.text
    hall = visitor.open("/en/desk/hall")
    assert "The time of the appointment has come" not in hall.text
    assert "Came early for the appointment" in hall.text


def test_walk_in_gets_a_number_with_a_code_to_follow_it(app: Flask) -> None:
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open("/en/desk/hall")

    visitor.submit({"ground": "infant", "note": "pram"}, button="Give a number")

    assert "M01" in visitor.page.text
    phone = Visitor(app.test_client())
    page = phone.open(visitor.page.link("Open that page").removeprefix("http://localhost"))
    assert (page.status, "M01" in page.text, "pram" in page.text) == (200, True, False)


def test_order_is_explained_to_the_staff(app: Flask) -> None:
    for ground in (None, Ground.EMERGENCY):
        walk_in(app, ground=ground)

    page = at_work(app, Role.RECEPTIONIST).open("/en/desk/hall")

    assert page.text.index("M01") < page.text.index("K01")
    assert "Emergency" in page.text
    assert "Emergencies come first" in page.text


def test_counter_calls_ends_and_calls_the_next(app: Flask) -> None:
    reference = visit(app, at="10:05")
    walk_in(app)
    at_work(app, Role.RECEPTIONIST).client.get("/en/desk/hall")
    with app.app_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        halls.check_in(case)
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor)

    visitor.submit(button="Call the next")
    assert "A01" in visitor.page.text
    assert reference in visitor.page.text
    visitor.submit(button="End and call the next")

    assert "The visit of A01 has ended." in visitor.page.text
    assert "K01" in visitor.page.text
    with app.app_context():
        states = {t.label: t.state.value for t in db.session.scalars(select(Ticket))}
    assert states == {"A01": "served", "K01": "called"}


def test_same_click_twice_calls_one(app: Flask) -> None:
    walk_in(app)
    walk_in(app)
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor)
    page = visitor.page
    visitor.submit(button="Call the next")
    visitor.page = page

    visitor.submit(button="Call the next")

    with app.app_context():
        called = select(Ticket).where(Ticket.state == "called")
        assert len(db.session.scalars(called).all()) == 1


def test_a_hurried_second_click_lands_on_what_does_no_harm(app: Flask) -> None:
    walk_in(app)
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor)

    page = visitor.submit(button="Call the next")

    (todo,) = [one for one in page.root.iter("section") if one.get("aria-labelledby") == "do"]
    assert text_of(next(todo.iter("button"))) == "Call again"


@pytest.mark.parametrize("button", ["End and call the next", "End the visit", "Put back"])
def test_old_page_does_nothing_to_who_came_next(app: Flask, button: str) -> None:
    """A second click, or a tab that was left open: the next visitor has just been called."""
    for _ in range(2):
        walk_in(app)
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor)
    visitor.submit(button="Call the next")
    old = visitor.page
    visitor.submit(button="End and call the next")
    visitor.page = old

    visitor.submit(button=button)

    if button != "End and call the next":
        assert "Somebody else is at this counter by now." in visitor.page.text
    with app.app_context():
        states = {t.label: t.state.value for t in db.session.scalars(select(Ticket))}
    assert states == {"K01": "served", "K02": "called"}


def test_did_not_come_is_said_too_early_then_noted_and_brought_back(
    app: Flask, hand: time_machine.Traveller
) -> None:
    walk_in(app)
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor)
    visitor.submit(button="Call the next")
    visitor.submit(button="Did not come")
    assert "Please give them time to come." in visitor.page.text
    hand.shift(timedelta(minutes=2))
    visitor.open("/en/desk/counter")
    visitor.submit(button="Did not come")
    assert "did not come" in visitor.page.text

    visitor.open("/en/desk/hall")
    visitor.submit(button="Put back")

    assert "The number waits again." in visitor.page.text


def test_sending_on_and_putting_back(app: Flask) -> None:
    walk_in(app)
    with app.app_context(), transaction():
        other, _actor = halls.make_counter(7)
        uid = other.uid
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor)
    visitor.submit(button="Call the next")
    visitor.submit(button="Call again")
    assert "K01 is called once more." in visitor.page.text
    visitor.submit(button="Put back")
    visitor.submit(button="Call the next")
    visitor.submit({"to": f"counter:{uid}"}, button="Send on")

    assert "K01 was sent on." in visitor.page.text
    assert "1 more waits for other counters." in visitor.page.text


@pytest.mark.parametrize("number", ["0", "100", "x", "", "-1", "٢"])
def test_number_of_a_counter_is_one_to_ninety_nine(app: Flask, number: str) -> None:
    visitor = at_work(app, Role.OFFICER)
    visitor.open("/en/desk/counter")

    page = visitor.submit({"number": number}, button="Open the counter")

    is_good = number == "٢"
    assert page.status == (200 if is_good else 422)
    assert bool(page.errors) is not is_good


def test_counter_of_somebody_else_is_not_found(app: Flask) -> None:
    with app.app_context(), transaction():
        counter, _actor = halls.make_counter(7)
        uid = counter.uid
    walk_in(app)
    visitor = at_work(app, Role.OFFICER)
    visitor.open("/en/desk/counter")
    form = visitor.page.form("Open the counter")
    token = next(e.get("value") for e in form.iter("input") if e.get("name") == "csrf_token")

    visitor.client.post(f"/en/desk/counter/{uid}/next", data={"csrf_token": token, "key": "a"})

    with app.app_context():
        assert db.session.scalar(select(Ticket.state)) == "waiting"


def kiosk_says(app: Flask, typed: str, *, site: str = "") -> tuple[int, str]:
    """Return status and text of what a kiosk answers."""
    visitor = Visitor(app.test_client())
    visitor.open(device(app, DeviceKind.KIOSK, site=site))
    page = visitor.submit({"reference": typed}, button="Get my number")
    assert typed not in page.text or not typed.strip()
    return page.status, page.text


@pytest.mark.parametrize("shape", ["{}", "https://post.example/ar/requests/{}/appointment"])
def test_kiosk_gives_a_number_and_no_name(app: Flask, shape: str) -> None:
    reference = visit(app)

    status, text = kiosk_says(app, shape.format(reference.lower()))

    assert status == 200
    assert "Your number A01" in text
    assert not re.search("LAYAN|ليان|Passport", text)


def test_kiosk_gives_the_same_number_twice_and_at_the_desk(app: Flask) -> None:
    reference = visit(app)

    first, again = kiosk_says(app, reference)[1], kiosk_says(app, reference)[1]

    assert "A01" in first
    assert "A01" in again
    with app.app_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        assert halls.check_in(case).label == "A01"


def cancelled(app: Flask) -> str:
    reference = visit(app)
    with app.app_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        booking = seat_queries.booking_of(case.id)
        assert booking is not None
        appointments.cancel(booking.uid, actor=owner)
    return reference


def foreign(app: Flask) -> str:
    """Return the reference of an appointment of another post."""
    with app.app_context(), transaction():
        halls.make_hall()
        pool = seats.make_pool(seats.make_post(code="berlin", prefix="JH"))
        case = seats.make_case(seats.make_version(pool.site.post, code="OTHER"))
        slot = seats.make_slot(pool, on=queries.today(pool.site), at="10:40")
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        with clock.pretend(clock.now() - timedelta(hours=3)):
            appointments.confirm(appointments.hold(case, slot.id, actor=owner).uid, actor=owner)
        return case.reference


def unbooked(app: Flask) -> str:
    with app.app_context(), transaction():
        halls.make_hall()
        return seats.make_case(db.session.scalars(select(ServiceVersion)).all()[0]).reference


NOBODY = "No appointment of this place has this number."


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda _app: "JM-0000-0000-0", 404, NOBODY),
        (lambda _app: "nonsense", 404, NOBODY),
        (lambda _app: "", 404, NOBODY),
        (lambda _app: "x" * 5000, 404, NOBODY),
        (lambda _app: "//\u202e'%00", 404, NOBODY),
        (foreign, 404, NOBODY),
        (unbooked, 404, NOBODY),
        (cancelled, 409, "This appointment was cancelled."),
        (lambda app: visit(app, days=1), 409, "This appointment is on another day."),
        (lambda app: visit(app, at="11:40"), 409, "You are early."),
    ],
)
def test_kiosk_refuses_in_a_sentence_that_tells_nothing(
    app: Flask, make: Callable[[Flask], str], status: int, said: str
) -> None:
    with app.app_context(), transaction():
        halls.make_hall()

    answer, text = kiosk_says(app, make(app))

    assert answer == status
    assert said in text
    assert not re.search(r"LAYAN|ليان|Passport|December|\d\d:\d\d", text)
    with app.app_context():
        assert db.session.scalars(select(Ticket)).all() == []


def test_kiosk_of_another_place_says_so(app: Flask) -> None:
    reference = visit(app)
    with app.app_context(), transaction():
        seats.make_site(halls.make_hall().site.post, code="annex")

    status, text = kiosk_says(app, reference, site="annex")

    assert (status, "This appointment is at another place." in text) == (409, True)


def test_kiosk_says_when_a_visit_is_over(app: Flask) -> None:
    reference = visit(app)
    with app.app_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        halls.check_in(case)
        visiting.complete_visit(
            reference, actor=halls.officer_of(halls.make_hall()), seen=case.version, key="k"
        )

    assert "This appointment is over." in kiosk_says(app, reference)[1]


def test_guessing_at_a_kiosk_ends_and_right_numbers_do_not_count(app: Flask) -> None:
    references = [visit(app, at=f"10:{minute}") for minute in range(10, 50)]
    references.append(visit(app, days=1))
    kiosk = Visitor(app.test_client())
    path = device(app, DeviceKind.KIOSK)

    statuses = []
    for typed in [*references, *["JM-0000-0000-0"] * 41]:
        kiosk.open(path)
        statuses.append(kiosk.submit({"reference": typed}, button="Get my number").status)

    assert statuses == [200] * 40 + [409] + [404] * 40 + [429]
    assert "Please ask at the reception." in kiosk.page.text


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_address_of_a_device_cannot_be_guessed_or_used_for_another(
    app: Flask, kind: DeviceKind
) -> None:
    path = device(app, kind)
    other = next(one for one in DeviceKind if one is not kind)
    client = app.test_client()

    ending = ".ics" if kind is DeviceKind.CALENDAR else ""
    wrong = [path[:-1] + ("0" if path[-1] != "0" else "1"), path[:-16], path[:-24] + "%25"]
    wrong += [path.replace(kind.value, other.value), path[:-24] + "\u0661" * 24]

    assert client.get(path + ending).status_code == 200
    assert {client.get(address + ending).status_code for address in wrong} == {404}


def test_address_that_was_given_up_shows_nothing(app: Flask) -> None:
    path = device(app, DeviceKind.BOARD)
    visitor = at_work(app, Role.HEAD)
    visitor.open("/en/desk/hall/devices")
    visitor.follow("entrance")
    assert path.rpartition("/")[2] in visitor.page.text
    visitor.submit(button="Give the address up")

    assert app.test_client().get(path).status_code == 404


def test_calendar_of_the_visits_tells_times_and_references_and_no_names(app: Flask) -> None:
    reference = visit(app, at="11:00", days=2)
    moved = visit(app, at="11:20", days=2)
    gone = cancelled(app)
    with app.app_context(), transaction():
        db.session.execute(update(Booking).where(_is_of(moved)).values(sequence=3))
    path = device(app, DeviceKind.CALENDAR) + ".ics"

    answer = app.test_client().get(path)

    body = answer.get_data(as_text=True)
    assert answer.mimetype == "text/calendar"
    assert body.count("BEGIN:VEVENT") == 2
    assert f"SUMMARY:{reference}" in body
    assert "DTSTART:20261205T080000Z" in body
    assert "SEQUENCE:3" in body
    assert "VALARM" not in body
    assert body == app.test_client().get(path).get_data(as_text=True)
    assert not re.search(f"LAYAN|ليان|Passport|{gone}", body)


@pytest.mark.parametrize(("kind", "left"), [("calendar", 404), ("board", 200), ("kiosk", 200)])
def test_calendar_shows_nothing_once_who_added_it_is_shut_out(
    app: Flask, kind: str, left: int
) -> None:
    path = device(app, DeviceKind(kind)) + (".ics" if kind == "calendar" else "")
    before = app.test_client().get(path).status_code
    with app.app_context(), transaction():
        head = db.session.scalars(select(AuditEntry.actor_id)).one()
        accounts.disable_staff(staff.get_staff(head or 0), actor=SYSTEM)

    assert (before, app.test_client().get(path).status_code) == (200, left)


def test_calendar_stays_when_somebody_else_is_shut_out(app: Flask) -> None:
    path = device(app, DeviceKind.CALENDAR) + ".ics"
    with app.app_context(), transaction():
        other = people.staff([Role.HEAD], at=halls.make_hall().site.post)
        accounts.disable_staff(other, actor=SYSTEM)

    assert app.test_client().get(path).status_code == 200


def _is_of(reference: str) -> ColumnElement[bool]:
    return Booking.case_id == select(Case.id).where(Case.reference == reference).scalar_subquery()


def test_head_adds_a_device(app: Flask) -> None:
    visitor = at_work(app, Role.HEAD)
    visitor.open("/en/desk/hall/devices")

    page = visitor.submit({"kind": "board", "name": "above the door"}, button="Add the device")

    link = page.link("/hall/board/").removeprefix("http://localhost")
    assert app.test_client().get(link).status_code == 200
    with app.app_context():
        assert db.session.scalar(select(Device.name)) == "above the door"


def test_board_shows_numbers_and_counters_in_both_languages_and_nothing_else(app: Flask) -> None:
    reference = visit(app, at="10:05")
    kiosk_says(app, reference)
    visitor = at_work(app, Role.OFFICER)
    open_counter(visitor, 14)
    path = device(app, DeviceKind.BOARD)
    before = app.test_client().get(path).get_data(as_text=True)
    visitor.submit(button="Call the next")

    page = app.test_client().get(path.replace("/en/", "/ar/")).get_data(as_text=True)

    assert "A01" not in before
    assert "A01" in page
    assert ">14<" in page
    assert "يرجى التوجه إلى النافذة" in page
    assert "Пройдите к окну" in page
    assert not re.search(f"LAYAN|ليان|{reference}|Passport", page)
    assert "data-say" in page


def test_board_is_light(app: Flask) -> None:
    with app.app_context(), transaction():
        for number in range(1, 7):
            halls.walk_in()
            counter, actor = halls.make_counter(number)
            calling.call_next(counter.uid, actor=actor)

    body = app.test_client().get(device(app, DeviceKind.BOARD)).get_data()

    assert body.count(b"data-call") == 5
    assert len(body) < 8_000


def test_phone_shows_place_and_no_guess_until_enough_was_measured(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        first, mine = halls.walk_in(), halls.walk_in()
        codes = [first.code, mine.code]
        counter, actor = halls.make_counter(3)
        pair = counter.uid, actor
    phone = Visitor(app.test_client())

    page = phone.open(f"/en/hall/number/{codes[1]}")
    assert "1 person is called before you" in page.text
    assert "cannot be told yet" in page.text
    assert "You are called next" in phone.open(f"/en/hall/number/{codes[0]}").text

    with app.app_context(), transaction():
        for _ in range(10):
            halls.walk_in(ground=Ground.EMERGENCY)
            calling.call_next(pair[0], actor=pair[1])
            hand.shift(timedelta(minutes=7))
            calling.finish_unsettled(pair[0], actor=pair[1])
    assert "Expected wait: about 10 minutes" in phone.open(f"/en/hall/number/{codes[1]}").text

    with app.app_context(), transaction():
        calling.call_next(pair[0], actor=pair[1])
    assert "Please go to counter 3" in phone.open(f"/en/hall/number/{codes[0]}").text
    assert phone.open("/en/hall/number/unknown").status == 404


def test_owner_finds_the_number_beside_the_appointment(app: Flask) -> None:
    reference = visit(app)
    kiosk_says(app, reference)
    with app.test_request_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        account = db.session.get_one(Account, case.account_id)
        token = sessions.begin(account=account)
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    owner = Visitor(client)

    page = owner.open(f"/en/requests/{reference}/appointment")

    assert "Your number in the hall: A01" in page.text
    assert "You are called next" in owner.follow("How many are before me").text


def test_figures_of_the_hall(app: Flask, hand: time_machine.Traveller) -> None:
    visit(app)
    with app.app_context(), transaction():
        walk = halls.walk_in()
        counter, actor = halls.make_counter()
        hand.shift(timedelta(minutes=12))
        calling.call_next(counter.uid, actor=actor)
        hand.shift(timedelta(minutes=8))
        calling.finish_unsettled(counter.uid, actor=actor)
        assert walk.state.value == "served"
        given_up = halls.make_visit(at="11:00")
        booking = seat_queries.booking_of(given_up.id)
        assert booking is not None
        appointments.cancel(booking.uid, actor=SYSTEM, reason=CancelReason.CANNOT_COME)
    hand.shift(timedelta(hours=5))
    with app.app_context(), transaction():
        visiting.mark_missed(clock.now())

    page = at_work(app, Role.HEAD).open("/en/desk/hall/figures")

    lines = [["".join(cell.itertext()).strip() for cell in row] for row in page.root.iter("tr")]
    (cells,) = [line for line in lines if line[0] == "3 December 2026"]
    assert cells[1:7] == ["1", "1", "12 minutes", "12 minutes", "8 minutes", "8 minutes"]
    assert cells[7:10] == ["0", "1 (100%)", "1"]
    assert "The citizen could not come" in page.text


@pytest.mark.parametrize(
    "span", ["?since=x&until=2026-99-99", "?since=2030-01-01", "?since=0001-01-01"]
)
def test_figures_of_strange_days_are_a_page(app: Flask, span: str) -> None:
    page = at_work(app, Role.HEAD).open(f"/en/desk/hall/figures{span}")

    assert page.status == 200


@pytest.mark.parametrize("path", ["/en/desk/hall", "/en/desk/counter", "/en/desk/arrivals"])
def test_number_of_queries_does_not_grow_with_those_who_wait(app: Flask, path: str) -> None:
    visitor = at_work(app, Role.OFFICER, Role.HEAD)
    open_counter(visitor)

    def fill(times: list[str]) -> None:
        for at in times:
            with app.app_context(), transaction():
                halls.check_in(halls.make_visit(at=at))
                halls.walk_in(note="pram")

    fill(["10:20", "10:40"])
    with app.app_context():
        few = seats.count_queries(lambda: visitor.client.get(path))
    fill(["11:00", "11:20", "11:40", "12:00"])
    with app.app_context():
        many = seats.count_queries(lambda: visitor.client.get(path))

    assert few == many


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_pages_in_the_languages_of_the_staff(app: Flask, language: str) -> None:
    visitor = at_work(app, Role.OFFICER, Role.HEAD)
    open_counter(visitor)
    uid = walk_in(app)
    visitor.open("/en/desk/counter")
    visitor.submit(button="Call the next")
    for path in ("hall", "counter", "hall/figures", "hall/devices", f"hall/tickets/{uid}"):
        page = visitor.open(f"/{language}/desk/{path}")

        assert (page.status, page.language) == (200, language)


@pytest.mark.parametrize(
    ("language", "minutes", "said", "about"),
    [
        ("en", 55, "55 minutes", "about 55 minutes"),
        ("en", 60, "1 hour", "about 1 hour"),
        ("en", 125, "2 hours 5 minutes", "about 2 hours 5 minutes"),
        ("ru", 80, "1 час 20 минут", "около 1 часа 20 минут"),
        ("ru", 125, "2 часа 5 минут", "около 2 часов 5 минут"),
        ("ar", 80, "ساعة و20 دقيقة", "نحو ساعة و20 دقيقة"),
        ("ar", 125, "ساعتان و5 دقائق", "نحو ساعتين و5 دقائق"),
    ],
)
def test_a_wait_beyond_an_hour_is_said_in_hours(
    app: Flask, language: str, minutes: int, said: str, about: str
) -> None:
    with app.test_request_context(), i18n.speaking(language):
        assert presenting.span_in_words(timedelta(minutes=minutes)) == said
        assert presenting.about_so_long(minutes) == about
