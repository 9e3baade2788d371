"""A mobile mission: planned by an admin, seen with its dates, booked on its days and no others."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.appointments import queries, rules, schedule, services
from app.appointments.models import Booking, BookingState, Pool, Slot
from app.appointments.refusals import NotOffered
from app.appointments.waiting import queries as waiting
from app.cases.models import Case
from app.catalogue.models import ServiceVersion, Site
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.notifications.models import Message
from tests.factories import people, seats
from tests.factories.moves import drift
from tests.integration.appointments.test_booking_pages import visitor_of
from tests.visitor import Visitor, text_of

NOW = "2026-11-30T08:00:00+00:00"
FIRST, LAST = date(2026, 12, 12), date(2026, 12, 14)
PLAN = {
    "name-ar": "سامارا",
    "name-ru": "Самара",
    "name-en": "Samara",
    "address-ar": "شارع الحديقة 4",
    "address-ru": "Садовая улица, 4",
    "address-en": "4 Garden Street",
    "zone": "Europe/Samara",
    "first_on": ["12", "12", "2026"],
    "last_on": ["14", "12", "2026"],
    "opens_at": "10:00",
    "closes_at": "11:00",
    "seats": "2",
    "pool": "passports",
}


@pytest.fixture(autouse=True)
def _post(app: Flask) -> object:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            seats.make_open_pool()
        yield


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin on the page of missions."""
    visitor = people.staff_visitor(app, Role.ADMIN)
    visitor.open("/en/admin/missions")
    return visitor


def mission() -> Pool:
    """Return the counters of the only mission."""
    pools = db.session.scalars(select(Pool).join(Site).where(Site.first_on.is_not(None)))
    return pools.unique().one()


def case_and_visit() -> tuple[Case, queries.Visit]:
    """Return a case that may choose a time, and what its visit takes."""
    case = seats.make_case(db.session.scalars(select(ServiceVersion)).unique().one())
    return case, queries.visit_of(case)


def test_it_offers_seats_on_its_days_only(app: Flask, admin: Visitor) -> None:
    admin.submit(PLAN)

    assert "The mission has been added." in admin.page.text
    assert "Samara" in admin.page.text
    with app.app_context(), transaction():
        pool = mission()
        days = db.session.execute(
            select(Slot.local_on, func.sum(Slot.planned))
            .where(Slot.pool_id == pool.id)
            .group_by(Slot.local_on)
            .order_by(Slot.local_on)
        ).all()
        assert [tuple(row) for row in days] == [(FIRST + timedelta(days=n), 6) for n in range(3)]
        first = db.session.scalars(select(func.min(Slot.starts_at)).where(Slot.pool_id == pool.id))
        assert rules.day_start(FIRST, "Europe/Samara") + timedelta(hours=10) == first.one()
        _case, visit = case_and_visit()
        wide = seats.free_days(pool, visit, date(2026, 12, 1), date(2027, 1, 30))
        assert wide == {FIRST + timedelta(days=n): 3 for n in range(3)}


def test_hours_without_a_time_are_refused(app: Flask, admin: Visitor) -> None:
    admin.submit({**PLAN, "closes_at": "10:15"})

    assert admin.page.status == 422
    assert "Visits begin every 20 minutes" in admin.page.errors[0]


def test_its_days_are_as_far_as_they_are(app: Flask, admin: Visitor) -> None:
    admin.submit(PLAN)
    with app.app_context(), transaction():
        case, _visit = case_and_visit()
        address = f"/en/requests/{case.reference}/book?site={mission().site.code}"
        account_id = case.account_id

    page = visitor_of(app, account_id).open(address)

    distances = [text_of(e.find("small")) for e in page.by_class("j-day__name")]
    assert distances == ["in 12 days", "in 13 days", "in 14 days"]


def test_a_time_of_one_that_was_cancelled_is_kept_nowhere_else(app: Flask, admin: Visitor) -> None:
    admin.submit(PLAN)
    with app.app_context(), transaction():
        case, _visit = case_and_visit()
        base, account_id, site = f"/en/requests/{case.reference}", case.account_id, mission().site
        address = f"{base}/book?site={site.code}"
    visitor = visitor_of(app, account_id)
    visitor.open(address)
    with app.app_context(), transaction():
        mission().site.cancelled_at = clock.now()

    # The same moment is one of the other place as well.
    visitor.submit({"at": "20261212T0600Z"}, button="Keep this time")

    assert "This place is not offered any more" in visitor.page.errors[0]
    with app.app_context():
        assert db.session.scalars(select(Booking)).all() == []


def test_citizens_see_its_dates_until_it_is_over(app: Flask, admin: Visitor) -> None:
    admin.submit(PLAN)

    with app.app_context(), transaction():
        case, visit = case_and_visit()
        assert [pool.site.zone for pool in visit.pools] == ["Europe/Moscow", "Europe/Samara"]
        opening = select(Slot.id).where(Slot.pool_id == mission().id).order_by(Slot.starts_at)
        slot_id = db.session.scalars(opening.limit(1)).one()
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        held = services.hold(case, slot_id, actor=owner)
        assert held.local_at == "2026-12-12T10:00"
    assert "Samara (12 December 2026): Passports" in admin.open("/en/admin/schedule").text
    sentence = "there from Saturday 12 December 2026 to Monday 14 December 2026 only"
    assert sentence in admin.open("/en/contact").text

    with time_machine.travel("2026-12-14T20:30:00+00:00", tick=False):
        assert "Samara" not in Visitor(app.test_client()).open("/en/contact").text
        with app.app_context(), transaction():
            _case, visit = case_and_visit()
            assert [pool.site.zone for pool in visit.pools] == ["Europe/Moscow"]


def test_a_day_beside_it_is_refused_whoever_asks(app: Flask, admin: Visitor) -> None:
    admin.submit(PLAN)

    with app.app_context(), transaction():
        stray = seats.make_slot(mission(), on=LAST + timedelta(days=1))
        case, _visit = case_and_visit()
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        with pytest.raises(NotOffered):
            services.hold(case, stray.id, actor=owner)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_on": ["11", "12", "2026"]}, "Last day: The last day lies before the first."),
        ({"first_on": ["29", "11", "2026"]}, "First day: This day is over."),
        ({"last_on": ["11", "1", "2027"]}, "Last day: A mission lasts 30 days at most."),
        (
            {"first_on": ["1", "12", "2036"], "last_on": ["3", "12", "2036"]},
            "Last day: Please plan it at most a year ahead.",
        ),
        ({"zone": "Samara"}, "Time zone: Please write a time zone such as Europe/Samara."),
        ({"zone": "../etc"}, "Time zone: Please write a time zone such as Europe/Samara."),
        ({"closes_at": "09:00"}, "Until: The end must be later than the beginning."),
        ({"name-ar": ""}, "Please write this in this language."),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_made(
    app: Flask, admin: Visitor, fields: dict[str, object], sentence: str
) -> None:
    admin.submit(PLAN | fields)

    assert admin.page.status == 422
    assert any(sentence in error for error in admin.page.errors)
    with app.app_context():
        assert db.session.scalar(select(func.count(Site.id))) == 1


def test_the_same_form_twice_makes_one(app: Flask, admin: Visitor) -> None:
    again = admin.page
    admin.submit(PLAN)
    admin.page = again
    admin.submit(PLAN)

    with app.app_context():
        assert db.session.scalar(select(func.count(Site.id))) == 2


def test_two_of_a_day_have_codes_of_their_own(app: Flask, admin: Visitor) -> None:
    admin.submit(PLAN)
    admin.open("/en/admin/missions")
    admin.submit(PLAN | {"name-en": "Kazan"})

    with app.app_context():
        codes = db.session.scalars(select(Site.code).order_by(Site.id)).all()
        assert codes == ["moscow", "mission-2026-12-12", "mission-2026-12-12-2"]


def test_the_database_refuses_days_that_are_reversed(app: Flask) -> None:
    with app.app_context(), transaction():
        site = db.session.scalars(select(Site)).one()
        with pytest.raises(IntegrityError, match="days_in_order"), db.session.begin_nested():
            site.first_on, site.last_on = LAST, FIRST
            db.session.flush()


CHANGE = {name: value for name, value in PLAN.items() if name not in ("zone", "pool")}


def planned(app: Flask, admin: Visitor) -> str:
    """Add a mission with a visit at its last day's first hour; return the visit's name."""
    admin.submit(PLAN)
    with app.app_context(), transaction():
        case, _visit = case_and_visit()
        last = select(Slot).where(Slot.pool_id == mission().id, Slot.local_on == LAST)
        slot = db.session.scalars(last.order_by(Slot.starts_at)).unique().first()
        assert slot is not None
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        held = services.hold(case, slot.id, actor=owner)
        uid = services.confirm(held.uid, actor=owner).uid
    admin.open("/en/admin/missions/mission-2026-12-12")
    return uid


def seats_by_day() -> dict[str, int]:
    """Return how many seats the mission plans on which day."""
    rows = db.session.execute(
        select(Slot.local_on, func.sum(Slot.planned))
        .where(Slot.pool_id == mission().id)
        .group_by(Slot.local_on)
    )
    return {on.isoformat(): number for on, number in rows if number}


def test_words_days_and_seats_are_changed_and_hit_nobody(app: Flask, admin: Visitor) -> None:
    uid = planned(app, admin)

    later = {"last_on": ["16", "12", "2026"], "seats": "3", "name-en": "Samara, new house"}
    admin.submit(CHANGE | later, button="Save")

    assert "Saved. The free times follow at once." in admin.page.text
    assert "Samara, new house" in admin.page.text
    with app.app_context():
        assert seats_by_day() == {f"2026-12-{day}": 9 for day in range(12, 17)}
        assert queries.get_booking(uid).state is BookingState.BOOKED


def test_a_shorter_mission_shows_whom_it_hits_and_moves_them(app: Flask, admin: Visitor) -> None:
    uid = planned(app, admin)

    admin.submit(CHANGE | {"last_on": ["13", "12", "2026"]}, button="Save")
    assert admin.page.heading == "Before this is changed"
    assert "1 appointment is hit" in admin.page.text
    with app.app_context():
        assert seats_by_day()["2026-12-14"] == 6, "nothing is changed yet"
    admin.submit({"way": "move"}, button="Apply the change")
    with app.app_context():
        jobs.drain()

        assert "2026-12-14" not in seats_by_day()
        assert queries.get_booking(uid).local_at == "2026-12-13T10:40"
        assert drift() == 0


def test_a_cancelled_mission_is_shown_to_nobody_and_its_visits_go_first(
    app: Flask, admin: Visitor
) -> None:
    uid = planned(app, admin)

    admin.open("/en/admin/missions/mission-2026-12-12/cancel")
    assert "1 appointment is hit" in admin.page.text
    admin.submit({"way": "cancel"}, button="Apply the change")
    with app.app_context():
        jobs.drain()

        booking = queries.get_booking(uid)
        assert (booking.state, booking.cancel_reason) == (
            BookingState.CANCELLED,
            rules.CancelReason.BY_POST,
        )
        told = db.session.scalars(select(Message).filter_by(event="booking_called_off")).first()
        assert told is not None and (told.payload or {})["why"] == "mission"
        entry = waiting.find_of(booking.case_id)
        assert entry is not None and entry.priority == -1
        assert seats_by_day() == {}
    assert "Samara" not in Visitor(app.test_client()).open("/en/contact").text
    assert "Samara" not in admin.open("/en/admin/missions").text
    assert admin.open("/en/admin/missions/mission-2026-12-12").status == 404


def test_hours_of_single_weekdays_outlast_a_change_of_words(app: Flask, admin: Visitor) -> None:
    planned(app, admin)
    with app.app_context(), transaction():
        pool = mission()
        line = next(row for row in queries.list_hours([pool.id]) if row.weekday == 7)
        longer = replace(schedule.as_rule(line), closes=time(12))
        schedule.change_hours(pool, line.uid, longer, actor=SYSTEM)

    admin.submit(CHANGE | {"address-en": "5 Garden Street"}, button="Save")

    with app.app_context():
        assert seats_by_day() == {"2026-12-12": 6, "2026-12-13": 12, "2026-12-14": 6}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_on": ["11", "12", "2026"]}, "The last day lies before the first."),
        ({"first_on": ["29", "11", "2026"]}, "This day is over."),
        ({"seats": "0"}, "Please give a number from 1 to 50."),
        ({"seats": "51"}, "Please give a number from 1 to 50."),
        ({"closes_at": "09:00"}, "The end must be later than the beginning."),
        ({"name-ru": ""}, "Please write this in this language."),
    ],
)
def test_a_change_that_makes_no_sense_is_said_and_nothing_is_changed(
    app: Flask, admin: Visitor, fields: dict[str, object], sentence: str
) -> None:
    planned(app, admin)

    admin.submit(CHANGE | fields, button="Save")

    assert admin.page.status == 422
    assert any(sentence in error for error in admin.page.errors)
    with app.app_context():
        assert seats_by_day() == {f"2026-12-{day}": 6 for day in range(12, 15)}


def test_a_mission_of_nobody_is_not_there(admin: Visitor) -> None:
    for path in ("mission-2026-12-12", "moscow", "moscow/cancel"):
        assert admin.open(f"/en/admin/missions/{path}").status == 404
