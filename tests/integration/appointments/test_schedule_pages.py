"""Admins change the week and the closures; whom that hits is shown first."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import sessions
from app.appointments import queries, schedule, services
from app.appointments.models import Booking, BookingState, Pool, Slot, WeeklyHours
from app.appointments.resettling.models import ResettleRun
from app.appointments.waiting import queries as waiting
from app.appointments.waiting import rules as waiting_rules
from app.audit.models import AuditEntry
from app.catalogue.models import Closure, Post, ServiceVersion
from app.catalogue.workdays import ClosureScope
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import people, seats
from tests.visitor import Page, Visitor, text_of

NOW = "2026-11-30T08:00:00+00:00"
THURSDAY = date(2026, 12, 3)
TITLES = {"title-ar": "عيد", "title-ru": "Праздник", "title-en": "Feast"}


@pytest.fixture
def admin(app: Flask) -> Iterator[Visitor]:
    """Be an admin of a post with hours each day from nine to eleven."""
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            pool = seats.make_pool(seats.make_post())
            seats.make_hours(pool)
            schedule.make_slots(pool)
        with app.test_request_context(), transaction():
            token = sessions.begin(staff=people.staff([Role.ADMIN], at=people.post()))
        client = app.test_client()
        client.set_cookie("jaliya-id", token)
        yield Visitor(client)


def booked(app: Flask, *, on: date = THURSDAY) -> str:
    """Return the reference of a case with an appointment at nine, on Thursday if not told."""
    with app.app_context(), transaction():
        version = db.session.scalars(select(ServiceVersion)).unique().first()
        post = db.session.scalars(select(Post)).one()
        case = seats.make_case(version or seats.make_version(post))
        slot = db.session.scalars(
            select(Slot).where(Slot.local_on == on).order_by(Slot.starts_at)
        ).first()
        assert slot is not None
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        services.confirm(services.hold(case, slot.id, actor=owner).uid, actor=owner)
        return case.reference


def free_on(app: Flask, day: date) -> int:
    """Return how many times a day offers."""
    with app.app_context():
        pool = db.session.scalars(select(Pool)).one()
        visit = queries.Visit(pools=(pool,), units=1, is_paid=False)
        return seats.free_days(pool, visit, day, day).get(day, 0)


def line(app: Flask, weekday: int) -> WeeklyHours:
    """Return the first line of a weekday."""
    with app.app_context():
        return db.session.scalars(
            select(WeeklyHours).where(WeeklyHours.weekday == weekday).order_by(WeeklyHours.id)
        ).first()  # type: ignore[return-value]  # There is one.


def address(app: Flask, weekday: int = 4) -> str:
    """Return where a line of the week is changed."""
    return f"/en/admin/schedule/moscow/passports/{line(app, weekday).uid}"


def test_hours_without_a_time_are_refused_before_anybody_is_hit(app: Flask, admin: Visitor) -> None:
    booked(app)
    admin.open(address(app))

    admin.submit({"opens_at": "09:00", "closes_at": "09:10"})

    assert admin.page.status == 422
    assert "Until: Visits begin every 20 minutes: in hours this short" in admin.page.errors[0]
    assert free_on(app, THURSDAY) > 0


def test_week_shows_every_line(admin: Visitor) -> None:
    page = admin.open("/en/admin/schedule")

    assert page.heading == "Schedule"
    assert "Thursday" in page.text
    assert page.text.count("09:00") >= 7


def test_added_hours_offer_times_at_once(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/schedule/moscow/passports/new")

    admin.submit({"weekday": "4", "opens_at": "١٤:٠٠", "closes_at": "15.00", "seats": "٢"})

    assert admin.page.heading == "Schedule"
    assert "Saved. The free times follow at once." in admin.page.text
    assert free_on(app, THURSDAY) == 9


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"opens_at": "11:00", "closes_at": "09:00"}, "Until: The end must be later"),
        ({"opens_at": "14:00", "closes_at": "14:00"}, "Until: The end must be later"),
        ({"opens_at": "14:00", "closes_at": "14:19"}, "Until: Visits begin every 20 minutes"),
        ({"opens_at": "nine", "closes_at": "15:00"}, "From: Please write the time"),
        ({"opens_at": "25:00", "closes_at": "26:00"}, "From: Please write the time"),
        ({"opens_at": "9:5", "closes_at": "15:00"}, "From: Please write the time"),
        ({"opens_at": "", "closes_at": "15:00"}, "From: This is needed."),
        ({"seats": "0"}, "Seats at a time: Please give a number from 1 to 50."),
        ({"seats": "51"}, "Seats at a time: Please give a number from 1 to 50."),
        ({"seats": "many"}, "Seats at a time"),
        ({"weekday": "9"}, "Weekday"),
        ({"lane": "fast"}, "Kind of seats"),
        ({"valid_from": ["1", "1", "2027"], "valid_until": ["1", "12", "2026"]}, "Last day: The"),
        ({"valid_from": ["31", "2", "2027"]}, "First day"),
        ({"valid_from": ["", "2", "2027"]}, "First day"),
        ({"opens_at": "10:00", "closes_at": "12:00"}, "From: These hours overlap"),
    ],
)
@pytest.mark.proves("admin_config-002")
def test_wrong_hours_are_said_beside_the_field(
    app: Flask, admin: Visitor, fields: dict[str, object], sentence: str
) -> None:
    usual = {"weekday": "4", "opens_at": "14:00", "closes_at": "15:00", "seats": "1"}
    admin.open("/en/admin/schedule/moscow/passports/new")

    admin.submit(usual | fields)

    assert admin.page.status == 422
    assert any(error.startswith(sentence) for error in admin.page.errors), admin.page.errors
    assert free_on(app, THURSDAY) == 6


def test_empty_form_is_refused(admin: Visitor) -> None:
    admin.open("/en/admin/schedule/moscow/passports/new")

    admin.submit({"opens_at": "", "closes_at": "", "seats": ""})

    assert admin.page.status == 422
    assert len(admin.page.errors) == 3


def test_change_that_hits_nobody_is_applied_at_once(app: Flask, admin: Visitor) -> None:
    admin.open(address(app))

    admin.submit({"closes_at": "10:00"})

    assert admin.page.heading == "Schedule"
    assert free_on(app, THURSDAY) == 3


def test_change_that_hits_a_booking_shows_whom_first(app: Flask, admin: Visitor) -> None:
    reference = booked(app)
    admin.open(address(app))

    admin.submit({"opens_at": "10:00"})
    assert admin.page.heading == "Before this is changed"
    assert "1 appointment is hit" in admin.page.text
    assert reference in admin.page.text
    assert free_on(app, THURSDAY) == 6
    admin.submit(button="Apply the change")

    assert admin.page.heading == "Schedule"
    assert "Appointments without a place in the schedule" in admin.page.text
    assert reference in admin.page.text
    assert free_on(app, THURSDAY) == 3


def test_removing_a_line_is_asked_first(app: Flask, admin: Visitor) -> None:
    reference = booked(app)
    admin.open(f"{address(app)}/remove")
    assert reference in admin.page.text

    admin.submit(button="Apply the change")

    assert admin.page.heading == "Schedule"
    assert free_on(app, THURSDAY) == 0
    assert admin.open(address(app, 5)).status == 200


def test_line_that_is_gone_does_not_exist(app: Flask, admin: Visitor) -> None:
    where = address(app)
    admin.open(f"{where}/remove")
    admin.submit(button="Apply the change")

    assert admin.open(where).status == 404
    assert admin.open("/en/admin/schedule/moscow/nothing/new").status == 404


@pytest.mark.parametrize("days", ["0", "366", "-3", "soon", "", "9" * 40])
def test_wrong_horizon_is_said(app: Flask, admin: Visitor, days: str) -> None:
    admin.open("/en/admin/schedule")
    name = admin.page.field("Days that can be booked ahead")

    admin.submit({name: days})

    assert admin.page.status == 422
    assert admin.page.errors[0].startswith("Days that can be booked ahead")


@pytest.mark.proves("admin_config-002")
def test_a_horizon_of_ten_years_is_refused_with_what_is_possible(
    app: Flask, admin: Visitor
) -> None:
    admin.open("/en/admin/schedule")
    with app.app_context():
        before = db.session.scalar(select(func.count(Slot.id)))

    admin.submit({admin.page.field("Days that can be booked ahead"): "3650"})

    assert admin.page.status == 422
    assert admin.page.errors == [
        "Days that can be booked ahead: Please give a number of days from 1 to 365."
    ]
    with app.app_context():
        assert db.session.scalars(select(Pool.horizon_days)).all() == [60]
        assert db.session.scalar(select(func.count(Slot.id))) == before


def test_horizon_is_changed(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/schedule")
    name = admin.page.field("Days that can be booked ahead")

    admin.submit({name: "٢"})

    assert admin.page.heading == "Schedule"
    assert free_on(app, date(2026, 12, 2)) == 6
    assert free_on(app, THURSDAY) == 0


def closing(**more: object) -> dict[str, object]:
    """Return what is typed to close Thursday."""
    day = ["3", "12", "2026"]
    return {**TITLES, "first_on": day, "last_on": day, "scope": "all", **more}


def test_closure_takes_the_free_times_at_once(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/closures")

    admin.submit(closing(), button="Add the closure")
    assert "The closure has been added" in admin.page.text
    assert free_on(app, THURSDAY) == 0
    admin.submit(button="Remove")

    assert "The closure has been removed" in admin.page.text
    assert free_on(app, THURSDAY) == 6


@pytest.mark.proves("admin_config-002")
def test_closure_over_a_booking_shows_whom_first(app: Flask, admin: Visitor) -> None:
    reference = booked(app)
    admin.open("/en/admin/closures")

    admin.submit(closing(), button="Add the closure")
    assert admin.page.heading == "Before this is changed"
    assert reference in admin.page.text
    admin.submit(button="Apply the change")

    assert "The closure has been added" in admin.page.text
    assert free_on(app, THURSDAY) == 0
    assert reference in admin.open("/en/admin/schedule").text


def test_paid_closure_is_stored_as_such(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/closures")

    admin.submit(closing(scope="paid"), button="Add the closure")

    with app.app_context():
        assert db.session.scalars(select(Closure.scope)).all() == [ClosureScope.PAID]
    assert free_on(app, THURSDAY) == 6


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_on": ["2", "12", "2026"]}, "Last day: The last day lies before the first."),
        ({"first_on": ["", "", ""]}, "First day: This is needed."),
        ({"first_on": ["31", "11", "2026"]}, "First day"),
        ({"last_on": ["3", "12", "2031"]}, "Last day: A closure can last a year at most."),
        ({"title-ar": "  "}, "Please write this in this language."),
        ({"title-ru": "я" * 201}, "Please use at most 200 characters."),
        ({"scope": "some"}, "What is closed"),
    ],
)
def test_wrong_closure_is_said_beside_the_field(
    app: Flask, admin: Visitor, fields: dict[str, object], sentence: str
) -> None:
    admin.open("/en/admin/closures")

    admin.submit(closing(**fields), button="Add the closure")

    assert admin.page.status == 422
    assert any(error.startswith(sentence) for error in admin.page.errors), admin.page.errors
    assert free_on(app, THURSDAY) == 6


def test_arabic_digits_in_dates(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/closures")
    day = ["٣", "١٢", "٢٠٢٦"]

    admin.submit(closing(first_on=day, last_on=day), button="Add the closure")

    assert "The closure has been added" in admin.page.text


def count(app: Flask) -> int:
    """Return how often a change of the schedule was recorded."""
    with app.app_context():
        rows = select(func.count(AuditEntry.id)).where(AuditEntry.action.startswith("schedule."))
        return db.session.scalar(rows) or 0


@pytest.mark.parametrize(
    ("path", "fields", "button"),
    [
        ("closures", closing(), "Add the closure"),
        (
            "schedule/moscow/passports/new",
            {"weekday": "4", "opens_at": "14:00", "closes_at": "15:00", "seats": "2"},
            None,
        ),
        ("schedule", {}, "Save"),
    ],
)
def test_form_that_is_sent_twice_changes_once(
    app: Flask, admin: Visitor, path: str, fields: dict[str, object], button: str | None
) -> None:
    form = admin.open(f"/en/admin/{path}")

    for _ in range(2):
        admin.page = form
        admin.submit(fields, button=button)
        assert (admin.page.status, admin.page.errors) == (200, [])

    assert count(app) == 1


def test_change_that_is_confirmed_twice_happens_once(app: Flask, admin: Visitor) -> None:
    booked(app)
    admin.open("/en/admin/closures")
    admin.submit(closing(), button="Add the closure")
    asked = admin.page

    for _ in range(2):
        admin.page = asked
        admin.submit(button="Apply the change")
        assert "The closure has been added" in admin.page.text

    assert count(app) == 1


def test_removing_twice_is_no_error(app: Flask, admin: Visitor) -> None:
    asked = admin.open(f"{address(app)}/remove")

    for _ in range(2):
        admin.page = asked
        admin.submit(button="Apply the change")
        assert admin.page.heading == "Schedule"

    assert count(app) == 1


def test_closure_that_is_removed_twice_is_no_error(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/closures")
    admin.submit(closing(), button="Add the closure")
    listed = admin.page

    for _ in range(2):
        admin.page = listed
        admin.submit(button="Remove")
        assert "The closure has been removed" in admin.page.text

    assert count(app) == 2


def test_form_that_is_filled_in_otherwise_after_going_back_is_another(
    app: Flask, admin: Visitor
) -> None:
    form = admin.open("/en/admin/closures")
    friday = ["4", "12", "2026"]

    for fields in (closing(), closing(first_on=friday, last_on=friday)):
        admin.page = form
        admin.submit(fields, button="Add the closure")

    assert count(app) == 2
    assert free_on(app, date(2026, 12, 4)) == 0


def test_line_of_another_pool_does_not_exist(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        seats.make_pool(db.session.scalars(select(Post)).one(), code="papers")

    where = address(app).replace("/passports/", "/papers/")

    assert admin.open(where).status == 404


@pytest.mark.parametrize("way", ["hours", "closure", "excess"])
def test_whom_it_hits_is_linked_for_those_who_work_on_cases(
    app: Flask, admin: Visitor, way: str
) -> None:
    reference = booked(app)
    head = people.staff_visitor(app, Role.ADMIN, Role.HEAD)

    for reader, is_linked in ((admin, False), (head, True)):
        page = show_hit(app, reader, way)
        links = [e.get("href", "") for e in page.root.iter("a") if reference in text_of(e)]
        assert reference in page.text
        assert links == ([f"/en/desk/cases/{reference}"] if is_linked else [])


def show_hit(app: Flask, reader: Visitor, way: str) -> Page:
    """Return the page that says whom a change hits."""
    if way == "closure":
        reader.open("/en/admin/closures")
        return reader.submit(closing(), button="Add the closure")
    if way == "excess":
        with app.app_context(), transaction():
            pool = db.session.scalars(select(Pool)).one()
            for row in queries.list_hours([pool.id]):
                schedule.remove_hours(pool, row.uid, actor=SYSTEM)
        return reader.open("/en/admin/schedule")
    reader.open(address(app))
    return reader.submit({"opens_at": "10:00"})


@pytest.mark.parametrize("path", ["schedule", "closures", "schedule/moscow/passports/new"])
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_pages_in_the_languages_of_the_staff(admin: Visitor, path: str, language: str) -> None:
    page = admin.open(f"/{language}/admin/{path}")

    assert (page.status, page.language) == (200, language)
    assert page.heading


def test_those_hit_are_moved_and_each_result_is_shown(app: Flask, admin: Visitor) -> None:
    reference = booked(app)
    admin.open(f"{address(app)}/remove")
    assert reference in admin.page.text
    assert "Move them to the nearest free time" in admin.page.text

    admin.submit({"way": "move"})
    assert admin.page.heading.startswith("Moving of appointments")
    assert "0 of 1 handled so far." in admin.page.text
    with app.app_context():
        jobs.drain()
    admin.open(admin.page.url)

    assert "1 of 1 handled so far." in admin.page.text
    assert reference in admin.page.text
    with app.app_context():
        booking = db.session.scalars(select(Booking)).unique().one()
        assert booking.local_at == "2026-12-04T09:00"
    admin.open("/en/admin/schedule")
    assert "Appointments without a place" not in admin.page.text
    listed = admin.open("/ar/admin/moved").text
    assert "نقل مواعيد: " in listed and "،" in listed and "," not in listed


def test_those_who_were_kept_can_be_cancelled_later(app: Flask, admin: Visitor) -> None:
    booked(app)
    admin.open(f"{address(app)}/remove")
    admin.submit({"way": "keep"})
    assert "Appointments without a place" in admin.page.text

    admin.submit({"way": "cancel"}, button="Carry it out")
    with app.app_context():
        jobs.drain()
        booking = db.session.scalars(select(Booking)).unique().one()
        entry = waiting.find_of(booking.case_id)

    assert admin.page.heading.startswith("Cancelling of appointments")
    assert booking.state is BookingState.CANCELLED
    assert entry is not None and entry.priority == waiting_rules.FIRST


def test_an_unknown_way_keeps_everybody(app: Flask, admin: Visitor) -> None:
    booked(app)
    admin.open(f"{address(app)}/remove")

    admin.submit({"way": "burn"})

    with app.app_context():
        booking = db.session.scalars(select(Booking)).unique().one()
        assert booking.state is BookingState.BOOKED
        assert db.session.scalar(select(func.count(ResettleRun.id))) == 0


def test_a_shorter_horizon_asks_first(app: Flask, admin: Visitor) -> None:
    # Slots reach a week beyond the horizon: only what is farther away is hit.
    near, far = booked(app), booked(app, on=date(2026, 12, 17))
    admin.open("/en/admin/schedule")

    with app.app_context():
        pool_id = db.session.scalars(select(Pool.id)).one()

    admin.submit({f"p{pool_id}-horizon_days": "7"}, button="Save")
    assert admin.page.heading == "Before this is changed"
    assert far in admin.page.text
    assert near not in admin.page.text
    admin.submit({"way": "move"})

    with app.app_context():
        assert db.session.scalars(select(Pool)).unique().one().horizon_days == 7
        jobs.drain()
        rows = db.session.scalars(select(Booking).order_by(Booking.local_at)).unique().all()
        assert [row.local_at for row in rows] == ["2026-12-03T09:00", "2026-12-07T10:40"]


def test_a_day_with_other_hours_shows_whom_it_hits(app: Flask, admin: Visitor) -> None:
    reference = booked(app)
    admin.open("/en/admin/schedule/moscow/passports/new")
    other = {"opens_at": "14:00", "closes_at": "15:00", "seats": "4", "on_day": ["3", "12", "2026"]}

    admin.submit(other)
    assert admin.page.heading == "Before this is changed"
    assert reference in admin.page.text
    admin.submit({"way": "move"})
    with app.app_context():
        jobs.drain()
        booking = db.session.scalars(select(Booking)).unique().one()
        assert booking.local_at == "2026-12-03T14:00"

    assert free_on(app, THURSDAY) == 3
    assert free_on(app, date(2026, 12, 10)) == 6
    assert "on this day only" in admin.open("/en/admin/schedule").text
    assert "14:00–15:00" in admin.open("/en/contact").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"on_day": ["29", "11", "2026"]}, "This day is over."),
        ({"on_day": ["31", "2", "2027"]}, "Only on this day"),
        ({"on_day": ["3", "12", "2026"], "closes_at": "13:00"}, "Until: The end must be later"),
    ],
)
def test_a_day_that_makes_no_sense_is_said_beside_the_field(
    app: Flask, admin: Visitor, fields: dict[str, object], sentence: str
) -> None:
    admin.open("/en/admin/schedule/moscow/passports/new")

    admin.submit({"opens_at": "14:00", "closes_at": "15:00", "seats": "1"} | fields)

    assert sentence in admin.page.text
    with app.app_context():
        assert db.session.scalar(select(func.count(WeeklyHours.id))) == 7
