"""What a citizen reads and does to book, move and cancel; every wrong step has its sentence."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from app.accounts import sessions
from app.accounts.models import Account
from app.appointments import limits, moving, queries, rules, schedule, services
from app.appointments.models import Booking, BookingState, Pool, Slot
from app.appointments.refusals import NotOffered
from app.audit.models import AuditEntry
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action, StepKind
from app.catalogue.models import Post
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from app.notifications.models import Message
from tests.factories import seats
from tests.visitor import Visitor

NOW = "2026-11-30T08:00:00+00:00"
THURSDAY = date(2026, 12, 3)


@pytest.fixture
def hand() -> Iterator[time_machine.Traveller]:
    """Be the hand of the clock, on a Monday, eleven in the morning in Moscow."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Booth:
    """A post with seats on weekday mornings, a case that may book, and its owner's browser."""

    def __init__(self, app: Flask, *, seats_at_a_time: int = 2, units: int = 1) -> None:
        self.app = app
        with app.app_context(), transaction():
            post = seats.make_post()
            pool = seats.make_pool(post)
            seats.make_hours(pool, weekdays=(1, 2, 3, 4, 5), seats=seats_at_a_time)
            schedule.make_slots(pool)
            case = seats.make_case(seats.make_version(post, units=units))
            self.pool_id, self.case_id = pool.id, case.id
            self.reference, self.account_id = case.reference, case.account_id
        self.visitor = visitor_of(app, self.account_id)
        self.base = f"/en/requests/{self.reference}"

    def choose(self, at: str = "20261203T0720Z", **fields: str) -> None:
        """Choose a time and send the form."""
        self.visitor.open(f"{self.base}/book")
        self.visitor.submit({"at": at, **fields}, button="Keep this time")

    def book(self, at: str = "20261203T0720Z") -> None:
        """Book a time to the end."""
        self.choose(at)
        self.visitor.submit(button="Confirm")

    def booking(self) -> Booking | None:
        """Return the newest booking of the case."""
        with self.app.app_context():
            return db.session.scalar(
                select(Booking).where(Booking.case_id == self.case_id).order_by(Booking.id.desc())
            )

    def fill(self, *moments: str) -> None:
        """Have others take all seats at some times."""
        with self.app.app_context(), transaction():
            first = db.session.get_one(Case, self.case_id)
            for slot in db.session.scalars(select(Slot).where(Slot.pool_id == self.pool_id)):
                if slot.starts_at.strftime("%Y%m%dT%H%MZ") in moments:
                    for _ in range(slot.capacity - slot.taken):
                        other = seats.make_case(first.pinned)
                        owner = Actor(kind=ActorKind.CITIZEN, id=other.account_id)
                        services.hold(other, slot.id, actor=owner)


def visitor_of(app: Flask, account_id: int | None) -> Visitor:
    """Return the browser of somebody who is signed in."""
    with app.test_request_context(), transaction():
        token = sessions.begin(account=db.session.get_one(Account, account_id))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


@pytest.fixture
def booth(app: Flask, hand: time_machine.Traveller) -> Booth:
    """Be a post with seats and a citizen whose papers are accepted."""
    return Booth(app)


def days(visitor: Visitor) -> list[Element]:
    """Return the days that can be chosen."""
    return [e for e in visitor.page.by_class("j-day") if e.tag == "a"]


def times(visitor: Visitor) -> list[str]:
    """Return the values of the times that can be chosen."""
    return [e.get("value", "") for e in visitor.page.root.iter("input") if e.get("name") == "at"]


def test_days_up_to_the_horizon_are_offered(booth: Booth) -> None:
    page = booth.visitor.open(f"{booth.base}/book")

    assert page.heading == "Choose day and time"
    assert len(days(booth.visitor)) == 44
    assert "Moscow" in page.text
    assert times(booth.visitor)[0] == "20261201T0600Z"


def test_closed_day_says_why_and_cannot_be_chosen(app: Flask, booth: Booth) -> None:
    with app.app_context(), transaction():
        post = db.session.scalars(select(Post)).one()
        day = seats.moment("2026-12-03").date()
        schedule.add_closure(
            post, day, day, scope=ClosureScope.ALL, title=seats.words("Feast"), actor=SYSTEM
        )

    page = booth.visitor.open(f"{booth.base}/book")

    assert "Closed: Feast" in page.text
    assert len(days(booth.visitor)) == 43


def test_full_day_says_so(booth: Booth) -> None:
    booth.fill(*[f"20261203T{hour}Z" for hour in ("0600", "0620", "0640", "0700", "0720", "0740")])

    page = booth.visitor.open(f"{booth.base}/book?day=2026-12-03")

    assert "Full" in page.text
    assert times(booth.visitor)[0] == "20261201T0600Z"


def test_no_seat_at_all_is_said_honestly(app: Flask, booth: Booth) -> None:
    with app.app_context(), transaction():
        pool = db.session.scalars(select(Pool)).one()
        for row in list(queries.list_hours([pool.id])):
            schedule.remove_hours(pool, row.uid, actor=SYSTEM)

    page = booth.visitor.open(f"{booth.base}/book")

    assert "No time is free up to Friday 29 January 2027" in page.text
    assert times(booth.visitor) == []


def test_booking_from_the_choice_to_the_ticket(booth: Booth) -> None:
    booth.choose()
    assert "kept for you until 11:10, Moscow time." in booth.visitor.page.text
    assert "in 3 days (Thursday 3 December 2026, 10:20, Moscow time)" in booth.visitor.page.text

    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "My appointment"
    assert booth.reference in booth.visitor.page.text
    assert "Thursday 3 December 2026, 10:20" in booth.visitor.page.text
    (code,) = booth.visitor.page.by_class("j-qr")
    assert list(code)


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_every_page_speaks_the_language(booth: Booth, language: str) -> None:
    base = f"/{language}/requests/{booth.reference}"
    booth.book()

    for path in ("appointment", "move", "appointment/cancel"):
        page = booth.visitor.open(f"{base}/{path}")
        assert (page.status, page.language) == (200, language)
        assert page.heading


def test_nothing_chosen_is_said_beside_the_times(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book")
    booth.visitor.submit(button="Keep this time")

    assert booth.visitor.page.status == 422
    assert booth.visitor.page.errors == ["Time: Please choose one of the times."]
    assert booth.booking() is None


def test_a_time_that_is_too_long_is_refused_in_the_readers_language(booth: Booth) -> None:
    booth.visitor.open(f"/ar/requests/{booth.reference}/book")
    booth.visitor.submit({"at": "x" * 50}, button="متابعة إلى التأكيد")

    assert booth.visitor.page.errors
    assert not re.search("[A-Za-z]", booth.visitor.page.errors[0])


NO_TIMES = ["tomorrow", "20261203T2599Z", "٢٠٢٦", "x" * 300, "20261203T0720"]
ENDS_OF_THE_CALENDAR = ["99991231T2359Z", "00010101T0000Z"]


@pytest.mark.parametrize("at", NO_TIMES + ENDS_OF_THE_CALENDAR)
@pytest.mark.proves("booking-005")
def test_time_that_is_none_is_refused(booth: Booth, at: str) -> None:
    booth.choose(at)

    assert booth.visitor.page.status in (409, 422)
    assert booth.visitor.page.errors
    assert booth.booking() is None


@pytest.mark.parametrize(
    "at",
    ["20261129T0600Z", "20261130T0600Z", "20270301T0600Z", "20261205T0600Z"],
)
@pytest.mark.proves("booking-005")
def test_past_far_or_closed_time_is_refused(booth: Booth, at: str) -> None:
    booth.choose(at)

    assert booth.visitor.page.status == 409
    assert "This time is not offered" in booth.visitor.page.errors[0]
    assert booth.booking() is None


def test_seat_taken_meanwhile_offers_the_three_nearest(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book?day=2026-12-03")
    booth.fill("20261203T0720Z")

    booth.visitor.submit({"at": "20261203T0720Z"}, button="Keep this time")

    page = booth.visitor.page
    assert page.status == 409
    assert "has just been taken" in page.heading

    booth.visitor.follow("Show the times that are free")

    assert "The nearest free times" in booth.visitor.page.text
    assert times(booth.visitor)[:3] == ["20261203T0640Z", "20261203T0700Z", "20261203T0740Z"]
    assert len(times(booth.visitor)) == len(set(times(booth.visitor)))


def test_place_that_is_not_of_this_service_is_refused(booth: Booth) -> None:
    booth.choose(site="elsewhere")

    page = booth.visitor.page
    assert page.status == 409
    assert "This place is not offered any more" in page.errors[0]
    assert booth.booking() is None
    assert not [e for e in page.root.iter("input") if e.get("checked") is not None]
    booth.visitor.submit({"at": "20261203T0720Z"}, button="Keep this time")
    assert booth.visitor.page.heading == "Confirm the appointment"


def test_hold_that_is_over_is_said_and_another_time_can_be_chosen(
    booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.choose()
    hand.shift(timedelta(minutes=11))

    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "Choose day and time"
    assert "was not confirmed while it was kept" in booth.visitor.page.text


def test_hold_that_was_swept_is_said_as_well(
    app: Flask, booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.choose()
    hand.shift(timedelta(minutes=11))
    with app.app_context(), transaction():
        services.expire(clock.now())

    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "Choose day and time"
    assert "was not confirmed while it was kept" in booth.visitor.page.text


def test_double_click_on_confirm_books_once(app: Flask, booth: Booth) -> None:
    booth.choose()
    kept = booth.visitor.page
    booth.visitor.submit(button="Confirm")
    booth.visitor.page = kept
    booth.visitor.submit(button="Confirm")

    assert booth.visitor.page.heading == "My appointment"
    with app.app_context():
        done = select(CaseEvent.action).where(CaseEvent.case_id == booth.case_id)
        assert list(db.session.scalars(done)) == [Action.BOOKED]


def test_back_after_booking_leads_to_the_appointment(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book")
    before = booth.visitor.page
    booth.book()

    assert booth.visitor.open(f"{booth.base}/book").heading == "My appointment"
    assert booth.visitor.open(f"{booth.base}/book/confirm").heading == "My appointment"
    booth.visitor.page = before
    booth.visitor.submit({"at": "20261204T0720Z"}, button="Keep this time")

    assert booth.visitor.page.status == 409
    assert "There already is an appointment" in booth.visitor.page.text


def test_back_while_held_shows_what_is_kept(booth: Booth) -> None:
    booth.choose()

    page = booth.visitor.open(f"{booth.base}/book")

    kept = "kept for you until 11:10, Moscow time: Thursday 3 December 2026, 10:20, Moscow time."
    assert kept in page.text


def test_papers_are_accepted_before_a_seat_is_given(app: Flask, booth: Booth) -> None:
    with app.app_context(), transaction():
        case = db.session.get_one(Case, booth.case_id)
        other = seats.make_case(case.pinned, step=StepKind.REVIEW)
        reference, account_id = other.reference, other.account_id

    page = visitor_of(app, account_id).open(f"/en/requests/{reference}/book")

    assert page.status == 409
    assert "as soon as the papers of this request have been accepted" in page.text


@pytest.mark.parametrize("path", ["book", "appointment", "move", "appointment/cancel"])
def test_request_of_somebody_else_does_not_exist(app: Flask, booth: Booth, path: str) -> None:
    with app.app_context(), transaction():
        stranger = seats.make_account().id

    page = visitor_of(app, stranger).open(f"{booth.base}/{path}")

    assert page.status == 404


def test_same_person_by_another_account_gets_a_neutral_answer(app: Flask, booth: Booth) -> None:
    booth.book()
    with app.app_context(), transaction():
        case = db.session.get_one(Case, booth.case_id)
        stranger = seats.make_account()
        twin = seats.make_person(stranger, fingerprint=case.person.fingerprint)
        other = seats.make_case(case.pinned, account=stranger, person=twin)
        reference, account_id = other.reference, stranger.id

    visitor = visitor_of(app, account_id)
    visitor.open(f"/en/requests/{reference}/book")
    visitor.submit({"at": "20261204T0720Z"}, button="Keep this time")

    assert visitor.page.status == 409
    assert "The post has been told" in visitor.page.text
    assert booth.reference not in visitor.page.text
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action)).all()
        assert "booking.clash" in actions


def test_moving_too_often_is_refused_with_a_sentence(app: Flask, booth: Booth) -> None:
    booth.book()
    with app.app_context(), transaction():
        db.session.scalars(select(Booking)).one().moves = rules.USUAL_MOVES
    booth.visitor.follow("Move the appointment")

    assert booth.visitor.page.status == 409
    assert "was moved as often as is possible online (3)" in booth.visitor.page.text


def test_moving_to_another_time(booth: Booth) -> None:
    booth.book()
    booth.visitor.follow("Move the appointment")
    assert "Your present appointment stays until" in booth.visitor.page.text

    booth.visitor.submit({"at": "20261204T0600Z"}, button="Keep this time")
    assert "Friday 4 December 2026, 09:00" in booth.visitor.page.text
    kept = booth.visitor.page
    booth.visitor.submit(button="Move the appointment")

    assert booth.visitor.page.heading == "My appointment"
    assert "Friday 4 December 2026, 09:00" in booth.visitor.page.text
    booth.visitor.page = kept
    booth.visitor.submit(button="Move the appointment")
    assert booth.visitor.page.heading == "My appointment"
    booking = booth.booking()
    assert booking is not None
    assert (booking.moves, booking.state) == (1, BookingState.BOOKED)


def test_moving_begins_on_the_day_of_the_appointment(booth: Booth) -> None:
    booth.book()
    assert "The appointment is booked." in booth.visitor.page.text

    booth.visitor.open(f"{booth.base}/move")

    assert {at[:8] for at in times(booth.visitor)} == {"20261203"}


def test_a_seat_that_nobody_can_reach_in_time_is_not_offered(
    booth: Booth, hand: time_machine.Traveller
) -> None:
    hand.move_to(seats.moment("2026-12-01T05:00:00+00:00"))
    booth.visitor = visitor_of(booth.app, booth.account_id)

    booth.visitor.open(f"{booth.base}/book")

    assert times(booth.visitor)[0] == "20261201T0720Z"


@pytest.mark.parametrize(("minutes", "status"), [(8, 200), (11, 409)])
def test_a_near_time_is_kept_only_for_who_had_the_page_open(
    booth: Booth, hand: time_machine.Traveller, minutes: int, status: int
) -> None:
    hand.move_to(seats.moment("2026-12-01T05:05:00+00:00"))
    booth.visitor = visitor_of(booth.app, booth.account_id)
    booth.visitor.open(f"{booth.base}/book")
    shown = booth.visitor.page
    hand.move_to(seats.moment("2026-12-01T05:20:00+00:00") + timedelta(minutes=minutes))

    booth.visitor.page = shown
    booth.visitor.submit({"at": "20261201T0720Z"}, button="Keep this time")

    assert booth.visitor.page.status == status
    assert (booth.booking() is not None) is (status == 200)


def test_a_time_that_has_passed_is_not_confirmed(
    app: Flask, booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.choose("20261201T0720Z")
    with app.app_context(), transaction():
        db.session.scalars(select(Booking)).one().expires_at = seats.moment("2026-12-02T09:00Z")
    hand.move_to(seats.moment("2026-12-01T07:20:00+00:00"))
    booth.visitor = visitor_of(app, booth.account_id)
    booth.visitor.open(f"{booth.base}/book/confirm")

    booth.visitor.submit(button="Confirm")

    booking = booth.booking()
    assert booking is not None and booking.state is BookingState.HELD
    assert "was not confirmed while it was kept" in booth.visitor.page.text


def test_a_move_to_a_near_time_is_refused_and_the_staff_may_give_one(
    app: Flask, booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.book()
    hand.move_to(seats.moment("2026-12-01T05:30:00+00:00"))
    with app.app_context(), transaction():
        booking = db.session.scalars(select(Booking)).one()
        near = queries.find_start(booking.pool, seats.moment("2026-12-01T07:20:00+00:00"))
        assert near is not None
        owner = Actor(kind=ActorKind.CITIZEN, id=booth.account_id)
        with pytest.raises(NotOffered):
            moving.offer_move(booking.uid, near.id, actor=owner)
        desk = Actor(kind=ActorKind.STAFF, id=1, roles=frozenset({Role.RECEPTIONIST}), post_id=1)
        assert moving.offer_move(booking.uid, near.id, actor=desk).offer_starts_at


def test_another_choice_for_a_move_is_kept_for_longer_twice(
    booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.book()
    kept = []
    for day in (4, 7, 8, 9):
        hand.shift(timedelta(minutes=9))
        booth.visitor.open(f"{booth.base}/move")
        booth.visitor.submit({"at": f"202612{day:02}T0600Z"}, button="Keep this time")
        booking = booth.booking()
        assert booking is not None and booking.offer_expires_at is not None
        kept.append(booking.offer_expires_at - clock.now())

    assert kept == [timedelta(minutes=10)] * 3 + [timedelta(minutes=1)]


def test_a_time_that_a_draw_gives_out_is_not_said_to_be_taken(app: Flask, booth: Booth) -> None:
    with app.app_context(), transaction():
        for slot in db.session.scalars(select(Slot).where(Slot.local_on == THURSDAY)):
            slot.is_withheld, slot.capacity = True, 0

    booth.choose()

    assert booth.visitor.page.status == 409
    assert "it is given out by draw, in a queue or from the waiting list" in booth.visitor.page.text
    assert "just been taken" not in booth.visitor.page.text


@pytest.mark.proves("booking-009")
def test_moving_to_the_present_time_is_refused(booth: Booth) -> None:
    booth.book()
    booth.visitor.open(f"{booth.base}/move")

    booth.visitor.submit({"at": "20261203T0720Z"}, button="Keep this time")

    assert booth.visitor.page.status == 422
    assert "present time of the appointment" in booth.visitor.page.errors[0]


def test_move_that_is_not_confirmed_keeps_the_appointment(
    booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.book()
    booth.visitor.open(f"{booth.base}/move")
    booth.visitor.submit({"at": "20261204T0600Z"}, button="Keep this time")
    hand.shift(timedelta(minutes=11))

    booth.visitor.submit(button="Move the appointment")

    assert booth.visitor.page.heading == "Choose another day and time"
    booking = booth.booking()
    assert booking is not None
    assert booking.local_at == "2026-12-03T10:20"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [({"reason": "no_papers"}, "no_papers"), ({}, None), ({"reason": "x"}, None)],
)
def test_a_reason_for_cancelling_may_be_said(
    app: Flask, booth: Booth, sent: dict[str, str], reason: str | None
) -> None:
    booth.book()
    booth.visitor.follow("Cancel the appointment")
    page = booth.visitor.submit(sent, button="Cancel the appointment")

    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert booking.cancel_reason == reason
        is_refused = sent.get("reason") == "x"
        assert (booking.state is BookingState.BOOKED) is is_refused
    assert page.status == (422 if is_refused else 200)


def test_old_form_does_not_cancel_a_new_appointment(booth: Booth) -> None:
    booth.book()
    asked = booth.visitor.follow("Cancel the appointment")
    booth.visitor.submit(button="Cancel the appointment")
    booth.book()

    booth.visitor.page = asked
    booth.visitor.submit(button="Cancel the appointment")

    booking = booth.booking()
    assert booking is not None and booking.state is BookingState.BOOKED


def test_confirming_again_leads_to_the_same_page(booth: Booth) -> None:
    booth.choose()
    asked = booth.visitor.page

    for _ in range(2):
        booth.visitor.page = asked
        booth.visitor.submit(button="Confirm")
        assert booth.visitor.page.heading == "My appointment"


def test_cancelling_is_asked_first(booth: Booth) -> None:
    booth.book()
    booth.visitor.follow("Cancel the appointment")
    asked = booth.visitor.page
    assert asked.heading == "Cancel the appointment?"

    booth.visitor.submit(button="Cancel the appointment")

    assert "has been cancelled" in booth.visitor.page.text
    assert booth.visitor.page.heading == "Choose day and time"
    booth.visitor.page = asked
    booth.visitor.submit(button="Cancel the appointment")
    assert booth.visitor.page.status == 200


def test_visit_that_has_begun_cannot_be_moved(booth: Booth, hand: time_machine.Traveller) -> None:
    booth.book("20261201T0600Z")
    hand.move_to(seats.moment("2026-12-01T06:00:00+00:00"))
    booth.visitor = visitor_of(booth.app, booth.account_id)

    assert booth.visitor.open(f"{booth.base}/move").status == 409
    assert booth.visitor.open(f"{booth.base}/appointment/cancel").status == 409
    page = booth.visitor.open(f"{booth.base}/appointment")
    assert "Move the appointment" not in page.text


def test_file_for_the_calendar(booth: Booth) -> None:
    booth.book()

    answer = booth.visitor.client.get(f"{booth.base}/appointment/visit.ics")

    (event,) = Calendar.from_ical(answer.data.decode()).walk("VEVENT")
    assert answer.mimetype == "text/calendar"
    assert event.decoded("dtstart") == seats.moment("2026-12-03T07:20:00+00:00")
    assert event.decoded("dtend") == seats.moment("2026-12-03T07:40:00+00:00")
    assert str(event["summary"]) == f"Appointment at the consulate, {booth.reference}"
    assert f"{booth.base}/appointment" in str(event["description"])
    assert len(event.walk("VALARM")) == 1


def test_code_is_a_picture(booth: Booth) -> None:
    booth.book()

    answer = booth.visitor.client.get(f"{booth.base}/appointment/code.svg")

    assert answer.mimetype == "image/svg+xml"
    assert answer.data.startswith(b"<svg ")


def test_queries_of_the_page_do_not_grow_with_the_days(app: Flask, booth: Booth) -> None:
    def count(work: Callable[[], object]) -> int:
        with app.app_context():
            return seats.count_queries(work)

    with app.app_context(), transaction():
        pool = db.session.scalars(select(Pool)).one()
        schedule.set_horizon(pool, 5, actor=SYSTEM)
    client = booth.visitor.client
    client.get(f"{booth.base}/book")  # the pinned version is read once in the life of a process
    few = count(lambda: client.get(f"{booth.base}/book"))
    with app.app_context(), transaction():
        pool = db.session.scalars(select(Pool)).one()
        schedule.set_horizon(pool, 60, actor=SYSTEM)

    many = count(lambda: client.get(f"{booth.base}/book"))

    assert few == many
    assert many <= 22


@pytest.mark.proves("S37", "booking-007")
def test_who_keeps_times_and_lets_them_go_is_stopped_after_a_while(booth: Booth) -> None:
    times = ["20261203T0720Z", "20261203T0740Z"]
    for turn in range(limits.BY_PERSON.most):
        booth.choose(times[turn % 2])
        assert booth.visitor.page.status == 200

    booth.choose(times[0])

    assert booth.visitor.page.status == 429
    assert "too many attempts" in booth.visitor.page.errors[0]
    with booth.app.app_context():
        held = select(func.count(Booking.id)).where(Booking.state == BookingState.HELD)
        assert db.session.scalar(held) == 1


def test_a_network_may_keep_many_times_what_one_person_may(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(limits.BY_NETWORK, most=2)
    assert limits.BY_NETWORK.most >= 20 * limits.BY_PERSON.most
    monkeypatch.setattr(limits, "BY_NETWORK", few)
    booth.visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"

    statuses = []
    for _ in range(3):
        booth.choose()
        statuses.append(booth.visitor.page.status)

    assert statuses == [200, 200, 429]


@pytest.mark.proves("booking-003")
def test_ten_times_the_same_confirmation_books_and_tells_once(booth: Booth) -> None:
    booth.choose()
    kept, pages = booth.visitor.page, set()
    for _ in range(10):
        booth.visitor.page = kept
        pages.add((booth.visitor.submit(button="Confirm").url, booth.visitor.page.status))

    assert pages == {(f"{booth.base}/appointment", 200)}
    with booth.app.app_context():
        told = select(func.count(Message.id)).where(Message.event == "booking_confirmed")
        assert db.session.scalar(select(func.count(Booking.id))) == 1
        assert db.session.scalar(told) == 1
