"""A state changes the rules of its clocks: coming times follow, and who has one keeps it."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.appointments import moving, planning, queries, schedule, services
from app.appointments.clocks.models import ClockChange, ClockVisit
from app.appointments.models import Booking, BookingState, Lane, Slot
from app.appointments.waiting import tasks
from app.appointments.waiting.models import WaitingOffer
from app.cases.models import Case
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.jobs.models import Job, JobState
from tests.databases import counted_queries, somebody_waits
from tests.factories import people, seats, waiting, zones
from tests.factories.moves import claim, drift, messages
from tests.servers import wait_until

NOW = "2026-11-30T08:00:00+00:00"
HOUR = timedelta(hours=1)
NINE_OLD = datetime(2026, 12, 3, 6, tzinfo=UTC)
NINE_NEW = NINE_OLD - HOUR


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def new_rules(tmp_path: Path) -> AbstractContextManager[None]:
    """Have Moscow go an hour ahead, as Samara does."""
    return zones.new_rules(tmp_path, seats.ZONE, like="Europe/Samara")


def book(at: datetime = NINE_OLD, *, firm: bool = True) -> Booking:
    """Return a booking of a new case at the public slot of a moment."""
    case = seats.make_case(db.session.scalars(select(ServiceVersion)).unique().one())
    held = services.hold(case, slot_at(at).id, actor=owner(case))
    return services.confirm(held.uid, actor=owner(case)) if firm else held


def owner(case: Case) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, id=case.account_id)


def slot_at(at: datetime, lane: Lane = Lane.PUBLIC) -> Slot:
    """Return the slot of a moment."""
    query = select(Slot).where(Slot.starts_at == at, Slot.lane == lane)
    return db.session.scalars(query).unique().one()


def night() -> None:
    """Do what is done each night."""
    with transaction():
        schedule.make_all_slots()
    db.session.expire_all()


def supply() -> dict[str, tuple[int, int, int]]:
    """Return what the slots of coming days are known by, with their seats."""
    rows = db.session.execute(
        select(Slot.local_on, Slot.wall_time, Slot.planned, Slot.capacity, Slot.taken)
    ).all()
    assert len(rows) == len({(row.local_on, row.wall_time) for row in rows}), "none is doubled"
    return {f"{on}T{at}": (planned, capacity, taken) for on, at, planned, capacity, taken in rows}


@pytest.mark.parametrize(
    ("like", "by"), [("Europe/Samara", -HOUR), ("Europe/Kaliningrad", HOUR)], ids=["ahead", "back"]
)
@pytest.mark.proves("dates_time-005")
def test_coming_times_keep_their_hour_and_nobody_loses_a_seat(
    app: Flask, tmp_path: Path, like: str, by: timedelta
) -> None:
    with app.app_context():
        with transaction():
            seats.make_open_pool()
            firm, held = book().uid, book(firm=False).uid
        night()
        before = supply()
        ids = {slot.local_at: slot.id for slot in db.session.scalars(select(Slot)).unique()}

        with zones.new_rules(tmp_path, seats.ZONE, like=like):
            night()

            assert supply() == before
            slots = db.session.scalars(select(Slot)).unique().all()
            assert {slot.local_at: slot.id for slot in slots} == ids
            coming = [slot for slot in slots if slot.starts_at > clock.now()]
            assert len(coming) == len(slots) - 6, "those of this morning are over"
            for slot in coming:
                assert f"{clock.local(slot.starts_at, seats.ZONE):%Y-%m-%dT%H:%M}" == slot.local_at
            for uid in (firm, held):
                booking = queries.get_booking(uid)
                assert (booking.starts_at, booking.local_at) == (NINE_OLD + by, "2026-12-03T09:00")
            assert drift() == 0
            (change,) = db.session.scalars(select(ClockChange)).unique()
            assert (change.moved, change.lost) == (len(coming), 0)
            (visit,) = db.session.scalars(select(ClockVisit))
            assert (visit.was_at, visit.starts_at) == (NINE_OLD, NINE_OLD + by)


@pytest.mark.proves("dates_time-005")
def test_calendar_message_and_reminders_follow(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            seats.make_open_pool()
            book(NINE_OLD + timedelta(days=3))
        with new_rules:
            night()

            (told,) = messages("booking_clocks")
            payload = dict(told.payload or {})
            assert payload["starts_at"] == (NINE_NEW + timedelta(days=3)).isoformat()
            assert (payload["sequence"], payload["local_at"]) == ("1", "2026-12-06T09:00")
            due = db.session.scalars(
                select(Job.due_at).where(
                    Job.kind == "appointments.remind", Job.state == JobState.DUE
                )
            ).all()
            at = NINE_NEW + timedelta(days=3)
            assert sorted(due) == [at - timedelta(days=3), at - timedelta(days=1)]


def test_the_night_after_changes_nothing(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            seats.make_open_pool()
            uid = book().uid
        with new_rules:
            for _turn in range(3):
                night()

            assert db.session.scalar(select(func.count(ClockChange.id))) == 1
            assert queries.get_booking(uid).sequence == 1
            assert len(messages("booking_clocks")) == 1


def test_an_edit_before_the_night_makes_no_second_slots(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            pool = seats.make_open_pool()
            book()
        before = supply()
        with new_rules:
            with transaction():
                schedule.make_slots(db.session.merge(pool))
            assert supply() == before

            night()
            after = supply()
            assert {key: after[key] for key in before} == before


def test_emergency_seats_are_passed_on_by_the_hour_not_the_moment(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            pool = seats.make_open_pool()
            for row in seats.make_hours(pool, opens="09:00", closes="09:20", seats=1):
                row.lane = Lane.EMERGENCY
            schedule.make_slots(pool)
            version = db.session.scalars(select(ServiceVersion)).unique().one()
            slot = slot_at(NINE_OLD, Lane.EMERGENCY)
            claim(seats.make_booking(seats.make_case(version), slot), slot)
            pool.pass_on_hours = 96
        with new_rules, transaction():
            schedule.pass_on_seats(db.session.merge(pool))

            public = slot_at(NINE_OLD)
            assert public.planned == 2, "the emergency seat of nine o'clock is taken"
            assert slot_at(NINE_OLD - timedelta(days=1)).planned == 3


def test_an_other_time_and_an_offer_of_the_list_follow(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            seats.make_hours(hall.pool, seats=1)
            case = hall.case()
            waiting.join(case, hall.pool)
            mover = hall.case()
            late = seats.make_slot(hall.pool, on=waiting.LATER, at="09:00")
            later = seats.make_slot(hall.pool, on=waiting.LATER, at="10:00")
            booking = waiting.book(mover, late)
            moving.offer_move(booking.uid, later.id, actor=owner(mover))
            uid, offered = booking.uid, later.starts_at
            waiting.cancel(hall.taker)
        waiting.work()
        old = db.session.scalars(select(WaitingOffer.starts_at)).one()
        with new_rules:
            night()

            assert db.session.scalars(select(WaitingOffer.starts_at)).one() == old - HOUR
            kept = queries.booking_of(case.id)
            assert kept is not None and kept.starts_at == old - HOUR
            assert queries.get_booking(uid).offer_starts_at == offered - HOUR
            with transaction():
                moving.confirm_move(uid, actor=owner(mover))
            assert queries.get_booking(uid).local_at == "2026-12-20T10:00"


def test_what_the_post_cancelled_is_not_offered_again_when_it_has_moved(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            hours = seats.make_hours(
                hall.pool,
                weekdays=(hall.slot.local_on.isoweekday(),),
                opens=hall.slot.wall_time,
                closes="10:40",
                seats=1,
            )
            for line in hours:
                line.valid_from = hall.slot.local_on
            cancelled = hall.slot.local_at
            waiting.call_off(hall.taker)
        with new_rules:
            night()
            with transaction():
                tasks._look_after(clock.now())
            waiting.work()

            assert queries.booking_of(hall.taker.id) is None
            slots = db.session.scalars(select(Slot).where(Slot.planned > 0)).unique()
            assert cancelled in {slot.local_at for slot in slots}


@pytest.mark.proves("dates_time-003")
def test_a_time_that_is_skipped_now_stands_on_the_schedule(
    app: Flask, hand: time_machine.Traveller, tmp_path: Path
) -> None:
    hand.move_to("2027-04-20T08:00:00+00:00")
    with app.app_context():
        with transaction():
            pool = seats.make_pool(seats.make_post(zone="Africa/Tripoli"))
            seats.make_hours(pool, opens="00:00", closes="01:20")
            schedule.make_slots(pool)
            seats.make_version(pool.site.post)
            skipped = datetime(2027, 4, 29, 22, tzinfo=UTC)
            uid, post_id = book(skipped).uid, pool.site.post_id
        with zones.new_rules(tmp_path, "Africa/Tripoli", like="Africa/Cairo"):
            for _turn in range(2):
                night()

            (change,) = db.session.scalars(select(ClockChange)).unique()
            assert change.lost == 3
            booking = queries.get_booking(uid)
            assert (booking.state, booking.starts_at) == (BookingState.BOOKED, skipped)
            assert [one.uid for one in planning.list_excess(post_id, clock.now())] == [uid]


def test_what_was_written_by_the_old_moment_is_found_the_night_after(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context():
        with transaction():
            seats.make_open_pool()
            uid = book().uid
        with new_rules:
            night()
            with transaction():
                queries.get_booking(uid).starts_at = NINE_OLD
            night()

            assert queries.get_booking(uid).starts_at == NINE_NEW


def test_the_head_is_told_and_sees_whom_it_concerns(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context(), transaction():
        post = seats.make_open_pool().site.post
        people.staff([Role.HEAD], at=post)
        reference = book().case.reference
    visitor = people.staff_visitor(app, Role.HEAD)
    with new_rules:
        with app.app_context():
            night()
            night()
            assert len(messages("clocks_changed")) == 2, "each head once"
        visitor.open("/en/desk/hall")
        visitor.follow("New clock rules")
        page = visitor.follow("Site moscow")

    assert reference in page.text
    assert "09:00, Moscow time" in page.text
    assert "10:00" in page.text, "what the calendar of the citizen showed"


def test_the_pages_ask_the_same_however_much_was_moved(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), transaction():
        seats.make_open_pool()
    visitor = people.staff_visitor(app, Role.ADMIN)

    def change(number: int) -> str:
        """Have so many be concerned by new rules, which are taken back after; return its name."""
        with app.app_context():
            with transaction():
                for turn in range(number):
                    book(NINE_OLD + timedelta(days=1, minutes=20 * turn))
            with zones.new_rules(tmp_path, seats.ZONE, like="Europe/Samara"):
                night()
            newest = select(ClockChange).order_by(ClockChange.id.desc()).limit(1)
            return db.session.scalars(newest).unique().one().uid

    def count(path: str) -> int:
        with counted_queries(app) as sent:
            assert visitor.open(f"/en/admin/clocks{path}").status == 200
        return len(sent)

    few = change(1)
    with app.app_context():
        night()
    asked = count(""), count(f"/{few}")
    many = change(4)

    assert (count(""), count(f"/{many}")) == asked


def test_an_operator_need_not_wait_for_the_night(
    app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with app.app_context(), transaction():
        seats.make_open_pool()
        uid = book().uid
    with new_rules:
        assert app.test_cli_runner().invoke(args=["make-slots"]).exit_code == 0
    with app.app_context():
        assert queries.get_booking(uid).starts_at == NINE_NEW


@pytest.mark.race
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_who_takes_a_seat_while_the_slots_move_goes_along(
    racing_app: Flask, new_rules: AbstractContextManager[None]
) -> None:
    with racing_app.app_context(), transaction():
        seats.make_open_pool()
        case = seats.make_case(db.session.scalars(select(ServiceVersion)).unique().one())
        case_id, slot_id = case.id, slot_at(NINE_OLD).id
    has_seat = threading.Event()

    def take() -> None:
        with racing_app.app_context(), transaction():
            own = db.session.get_one(Case, case_id)
            services.hold(own, slot_id, actor=owner(own))
            has_seat.set()
            wait_until(somebody_waits, what="the night")

    taker = threading.Thread(target=take)
    taker.start()
    assert has_seat.wait(timeout=20)
    with new_rules, racing_app.app_context():
        night()
        taker.join(timeout=20)

        booking = queries.booking_of(case_id)
        assert booking is not None
        assert (booking.starts_at, booking.local_at) == (NINE_NEW, "2026-12-03T09:00")
