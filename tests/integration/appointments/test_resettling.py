"""What a change of the schedule hits is kept, moved to the nearest or cancelled, by one job."""

from datetime import date, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from app.appointments import queries, rules, schedule, services, withholding
from app.appointments.models import Booking, BookingState, Lane, Pool, Slot, WeeklyHours
from app.appointments.resettling import services as resettling
from app.appointments.resettling.models import ResettleRun
from app.appointments.resettling.rules import Ground, Outcome, Way
from app.appointments.resettling.visits import Places
from app.appointments.rules import CancelReason
from app.appointments.waiting import queries as waiting
from app.cases.models import Case
from app.catalogue.models import Post, ServiceVersion
from app.catalogue.workdays import ClosureScope
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.jobs.models import Job
from tests.factories import seats
from tests.factories.moves import admin, drift, messages, outcomes

NOW = "2026-11-30T08:00:00+00:00"
THURSDAY = date(2026, 12, 3)


@pytest.fixture(autouse=True)
def _today(app: Flask) -> object:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            seats.make_open_pool()
        yield


def the_pool() -> Pool:
    """Return the only pool."""
    return db.session.scalars(select(Pool)).unique().one()


def book(on: date = THURSDAY, at: str = "09:00", lane: Lane = Lane.PUBLIC) -> Booking:
    """Return a confirmed booking of a new case."""
    case = seats.make_case(db.session.scalars(select(ServiceVersion)).unique().one())
    return book_for(case, on, at, lane)


def book_for(case: Case, on: date, at: str, lane: Lane = Lane.PUBLIC) -> Booking:
    """Return a confirmed booking of a case."""
    owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
    slot = slot_at(on, at, lane)
    return services.confirm(services.hold(case, slot.id, actor=owner).uid, actor=owner)


def slot_at(on: date, at: str, lane: Lane = Lane.PUBLIC) -> Slot:
    """Return the slot of a wall time."""
    moment = rules.day_start(on, seats.ZONE) + (timedelta(hours=int(at[:2]), minutes=int(at[3:])))
    return (
        db.session.scalars(select(Slot).where(Slot.starts_at == moment, Slot.lane == lane))
        .unique()
        .one()
    )


def close(way: Way, first: date = THURSDAY, scope: ClosureScope = ClosureScope.ALL) -> str:
    """Close a day and begin a run over those whom that hits; return its name."""
    post = db.session.scalars(select(Post)).one()
    hit = schedule.impact_of_closure(post.id, first, first, scope).bookings
    schedule.add_closure(post, first, first, scope=scope, title=seats.words("Feast"), actor=SYSTEM)
    return resettling.begin(post.id, hit, way, Ground.CLOSURE, actor=admin()).uid


def test_a_closed_day_moves_its_visits_to_the_nearest(app: Flask) -> None:
    with app.app_context(), transaction():
        booking = book(at="09:40")
        uid = booking.uid
        close(Way.MOVE)

    run_all(app)

    with app.app_context():
        moved = queries.get_booking(uid)
        assert moved.state is BookingState.BOOKED
        assert moved.local_at == "2026-12-04T09:00"
        assert (moved.sequence, moved.moves) == (1, 0)
        assert outcomes() == {Outcome.MOVED: 1}
        assert drift() == 0
        (told,) = messages("booking_moved_by_post")
        assert told.payload is not None
        assert told.payload["was_at"] == "2026-12-03T06:40:00+00:00"
        assert told.payload["starts_at"] == "2026-12-04T06:00:00+00:00"
        assert (told.payload["why"], told.payload["sequence"]) == ("closure", "1")
        assert messages("booking_moved") == []


def run_all(app: Flask) -> None:
    """Have the worker carry out all that is due."""
    with app.app_context():
        jobs.drain()
        assert db.session.scalar(select(func.count(Job.id)).where(Job.state == "failed")) == 0


def test_cancelling_gives_priority_for_a_new_time(app: Flask) -> None:
    with app.app_context(), transaction():
        booking = book()
        case_id, uid = booking.case_id, booking.uid
        pool = the_pool()
        seats.added(
            WeeklyHours(
                pool_id=pool.id,
                weekday=5,
                opens_at="08:00",
                closes_at="08:20",
                lane=Lane.PRIORITY,
                seats=1,
            )
        )
        schedule.make_slots(pool)
        before = queries.visit_of(booking.case)
        friday = THURSDAY + timedelta(days=1)
        assert seats.free_days(pool, before, friday, friday) == {friday: 6}
        close(Way.CANCEL)

    run_all(app)

    with app.app_context(), transaction():
        old = queries.get_booking(uid)
        assert (old.state, old.sequence) == (BookingState.CANCELLED, 1)
        assert outcomes() == {Outcome.CANCELLED: 1}
        (told,) = messages("booking_called_off")
        assert told.payload is not None
        assert (told.payload["why"], told.payload["is_first"]) == ("closure", "yes")
        assert old.cancel_reason is CancelReason.BY_POST
        entry = waiting.find_on_list(case_id)
        assert entry is not None and entry.goes_first
        # Everybody can have what is free: they choose of it themselves, and of what is theirs.
        assert queries.booking_of(case_id) is None
        visit = queries.visit_of(old.case)
        assert seats.free_days(the_pool(), visit, friday, friday) == {friday: 7}
        again = book_for(old.case, friday, "08:00", Lane.PRIORITY)
        assert (again.case_id, again.local_at) == (case_id, "2026-12-04T08:00")

    with app.app_context(), transaction():
        stranger = seats.make_case(db.session.scalars(select(ServiceVersion)).unique().one())
        visit = queries.visit_of(stranger)
        assert visit.lanes == (Lane.PUBLIC,)


def test_who_booked_first_keeps_the_seat_that_is_left(app: Flask) -> None:
    with app.app_context(), transaction():
        first, second = book().uid, book().uid
        pool = the_pool()
        row = next(one for one in queries.list_hours([pool.id]) if one.weekday == 4)
        wanted = rules.Hours(weekday=4, opens=time(9), closes=time(11), lane="public", seats=1)
        hit = schedule.impact_of_hours(pool, wanted, instead_of=row.uid).bookings
        schedule.change_hours(pool, row.uid, wanted, actor=SYSTEM)
        resettling.begin(pool.site.post_id, hit, Way.MOVE, Ground.HOURS, actor=admin())

    run_all(app)

    with app.app_context():
        assert queries.get_booking(first).local_at == "2026-12-03T09:00"
        assert queries.get_booking(second).local_at == "2026-12-03T09:20"
        assert outcomes() == {Outcome.MOVED: 1, Outcome.STAYS: 1}
        assert len(messages("booking_moved_by_post")) == 1


def test_nobody_is_moved_when_nothing_is_free(app: Flask) -> None:
    with app.app_context(), transaction():
        uid = book().uid
        db.session.execute(
            update(Slot).where(Slot.local_on != THURSDAY).values(planned=0, capacity=0)
        )
        run = close(Way.MOVE)
        db.session.execute(
            update(Slot).where(Slot.local_on != THURSDAY).values(planned=0, capacity=0)
        )

    run_all(app)

    with app.app_context():
        assert queries.get_booking(uid).local_at == "2026-12-03T09:00"
        assert outcomes() == {Outcome.NO_PLACE: 1}
        assert db.session.scalars(select(ResettleRun).where(ResettleRun.uid == run)).one().ended_at


def test_those_who_come_together_move_together_with_one_message(app: Flask) -> None:
    with app.app_context(), transaction():
        version = db.session.scalars(select(ServiceVersion)).unique().one()
        cases = seats.bind(seats.make_account(), version, 2)
        own = [book_for(case, THURSDAY, "10:00").uid for case in cases]
        # Of the nearest time one seat is taken already: there is no room for both.
        book(THURSDAY + timedelta(days=1), "09:00")
        close(Way.MOVE)

    run_all(app)

    with app.app_context():
        moved = [queries.get_booking(uid) for uid in own]
        assert {one.local_at for one in moved} == {"2026-12-04T09:20"}
        assert outcomes() == {Outcome.MOVED: 2}
        (told,) = messages("booking_moved_by_post")
        assert told.payload is not None
        assert told.payload["others"] == moved[1].case.reference


def test_a_paid_stop_leaves_free_services_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        free = book().uid
        post = db.session.scalars(select(Post)).one()
        paid_version = seats.make_version(post, code="PAID", fee=50)
        paid = book_for(seats.make_case(paid_version), THURSDAY, "10:00").uid
        close(Way.MOVE, scope=ClosureScope.PAID)

    run_all(app)

    with app.app_context():
        assert queries.get_booking(free).local_at == "2026-12-03T09:00"
        assert queries.get_booking(paid).local_at == "2026-12-04T09:00"


def test_a_worker_that_dies_begins_where_it_stopped(app: Flask) -> None:
    with app.app_context(), transaction():
        for at in ("09:00", "09:20", "09:40"):
            book(at=at)
        uid = close(Way.MOVE)
    with app.app_context(), transaction():
        assert resettling.settle_next(uid, Places(), most=1)
    with app.app_context():
        assert outcomes() == {Outcome.MOVED: 1, None: 2}

    run_all(app)

    with app.app_context():
        assert outcomes() == {Outcome.MOVED: 3}
        assert len(messages("booking_moved_by_post")) == 3
        assert drift() == 0


def test_what_its_owner_changed_meanwhile_is_left_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        booking = book()
        owner = Actor(kind=ActorKind.CITIZEN, id=booking.case.account_id)
        close(Way.MOVE)
        services.cancel(booking.uid, actor=owner)

    run_all(app)

    with app.app_context():
        assert outcomes() == {Outcome.ENDED: 1}
        assert messages("booking_moved_by_post") == []


def test_a_shorter_horizon_shows_whom_it_hits(app: Flask) -> None:
    with app.app_context(), transaction():
        book(THURSDAY + timedelta(days=40))
        pool = the_pool()

        assert len(schedule.impact_of_horizon(pool, 20).bookings) == 1
        assert schedule.impact_of_horizon(pool, 50).bookings == ()
        assert schedule.impact_of_horizon(pool, 3650).bookings == ()


def test_nobody_is_given_less_notice_than_three_days(app: Flask) -> None:
    with app.app_context(), transaction():
        uid = book(date(2026, 12, 4), "09:00").uid
        close(Way.MOVE, date(2026, 12, 4))

    run_all(app)

    with app.app_context():
        # Thursday's last time is nearer, but less than three days away.
        assert queries.get_booking(uid).local_at == "2026-12-05T09:00"


@pytest.mark.parametrize(
    "marks",
    [{"release_id": 7}, {"opening_id": 7, "is_gated": True}],
    ids=["of a draw", "before the hour of a queue"],
)
def test_nobody_is_moved_into_what_is_withheld(app: Flask, marks: dict[str, object]) -> None:
    day = THURSDAY + timedelta(days=7)
    with app.app_context(), transaction():
        booking = book(day)
        withhold_around(day, marks)
        uid = close(Way.MOVE, day)

        resettling.settle_next(uid, Places())

        assert booking.local_at == "2026-12-08T10:40"


def test_nobody_is_moved_into_what_people_line_up_for(app: Flask) -> None:
    day = THURSDAY + timedelta(days=7)
    with app.app_context(), transaction():
        booking = book(day)
        withhold_around(day, {"opening_id": 7, "is_gated": True})
        # Its hour has come: the seats are free for those whom the queue lets in.
        withholding.let_out(Slot.opening_id == 7)
        withholding.mark(Slot.opening_id == 7, is_withheld=False)
        uid = close(Way.MOVE, day)

        resettling.settle_next(uid, Places())

        assert booking.local_at == "2026-12-08T10:40"


def withhold_around(day: date, marks: dict[str, object]) -> None:
    """Have the days before and after one be given out by a draw or in a queue."""
    for away in (-1, 1):
        on = day + timedelta(days=away)
        withholding.withhold(the_pool().id, on, on, **marks)
