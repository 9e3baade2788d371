"""Slots follow the week and the closures, and nobody loses a seat by a change."""

from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.appointments import planning, queries, rules, schedule, seeding
from app.appointments.models import Claim, ClaimKind, Lane, Pool, Slot, WeeklyHours
from app.appointments.refusals import HoursOverlap
from app.catalogue.models import ServiceVersion
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import Invalid
from tests.factories import seats

WEEK = (1, 2, 3, 4, 5, 6, 7)


def new_pool() -> Pool:
    """Return a pool with six units a day, two seats each, and its slots made."""
    pool = seats.make_pool(seats.make_post())
    seats.make_hours(pool)
    schedule.make_slots(pool)
    return pool


def tomorrow(pool: Pool) -> date:
    """Return the next local day of a pool."""
    return clock.today(pool.site.zone) + timedelta(days=1)


def take_seat(pool: Pool, day: date) -> Slot:
    """Return the first slot of a day after a case has taken a seat of it."""
    slot = db.session.scalars(
        select(Slot).where(Slot.pool_id == pool.id, Slot.local_on == day).order_by(Slot.starts_at)
    ).first()
    assert slot is not None
    known = db.session.scalar(select(ServiceVersion))
    version = known or seats.make_version(pool.site.post)
    booking = seats.make_booking(seats.make_case(version), slot)
    seats.added(Claim(booking_id=booking.id, slot_id=slot.id, n=1, kind=ClaimKind.MAIN))
    return slot


def figures(slot: Slot) -> tuple[int, int, int]:
    """Return plan, capacity and taken seats as they stand in the database."""
    columns = (Slot.planned, Slot.capacity, Slot.taken)
    planned, capacity, taken = db.session.execute(select(*columns).where(Slot.id == slot.id)).one()
    return planned, capacity, taken


def count_slots() -> int:
    """Return how many slots there are."""
    return db.session.scalar(select(func.count(Slot.id))) or 0


def hours(weekday: int, opens: str = "09:00", closes: str = "11:00", seats: int = 2) -> rules.Hours:
    """Return a line of the week."""
    return rules.Hours(
        weekday=weekday,
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        lane="public",
        seats=seats,
    )


def line_of(pool: Pool, weekday: int) -> WeeklyHours:
    """Return the line of a weekday."""
    return next(row for row in queries.list_hours([pool.id]) if row.weekday == weekday)


def test_slots_reach_beyond_the_horizon(app: Flask) -> None:
    with app.app_context(), transaction():
        new_pool()

        days = db.session.scalars(select(Slot.local_on).distinct()).all()

        assert len(days) == 60 + 7 + 1
        assert count_slots() == 68 * 6


def test_making_slots_again_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        before = count_slots()

        made = schedule.make_slots(pool)

        assert (made.inserted, made.changed, made.excess) == (0, 0, 0)
        assert count_slots() == before


def test_the_next_day_adds_the_next_day(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()

        with clock.pretend(clock.now() + timedelta(days=1)):
            made = schedule.make_slots(pool)

        assert (made.inserted, made.changed) == (6, 0)


def test_removed_hours_keep_the_seats_that_are_taken(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        slot = take_seat(pool, tomorrow(pool))
        row = line_of(pool, slot.local_on.isoweekday())
        before = count_slots()

        impact = schedule.impact_of_hours(pool, None, instead_of=row.uid)
        schedule.remove_hours(pool, row.uid, actor=SYSTEM)

        assert len(impact.bookings) == 1
        assert figures(slot) == (0, 1, 1)
        assert count_slots() == before
        hit = planning.list_excess(pool.site.post_id, clock.now())
        assert tuple(hit) == impact.bookings


def test_fewer_seats_never_fall_below_what_is_taken(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        day = tomorrow(pool)
        slot = take_seat(pool, day)
        take_seat(pool, day)
        row = line_of(pool, day.isoweekday())

        impact = schedule.impact_of_hours(pool, hours(row.weekday, seats=1), instead_of=row.uid)
        schedule.change_hours(pool, row.uid, hours(row.weekday, seats=1), actor=SYSTEM)

        assert len(impact.bookings) == 2
        assert figures(slot) == (1, 2, 2)


def test_more_seats_are_free_at_once_and_hit_nobody(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        slot = take_seat(pool, tomorrow(pool))
        row = line_of(pool, slot.local_on.isoweekday())

        impact = schedule.impact_of_hours(pool, hours(row.weekday, seats=5), instead_of=row.uid)
        schedule.change_hours(pool, row.uid, hours(row.weekday, seats=5), actor=SYSTEM)

        assert impact.bookings == ()
        assert figures(slot) == (5, 5, 1)


def test_added_hours_offer_seats_at_once(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        visit = queries.Visit(pools=(pool,), units=1, is_paid=False)
        day = tomorrow(pool)

        schedule.add_hours(pool, hours(day.isoweekday(), "14:00", "15:00"), actor=SYSTEM)

        assert seats.free_days(pool, visit, day, day) == {day: 9}


def test_overlapping_hours_are_refused(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()

        with pytest.raises(HoursOverlap):
            schedule.add_hours(pool, hours(1, "10:00", "12:00"), actor=SYSTEM)

        schedule.change_hours(pool, line_of(pool, 1).uid, hours(1, "10:00", "12:00"), actor=SYSTEM)


def test_closure_leaves_no_free_seat_and_loses_nobody(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        visit = queries.Visit(pools=(pool,), units=1, is_paid=False)
        day = tomorrow(pool)
        slot = take_seat(pool, day)
        post = pool.site.post

        impact = schedule.impact_of_closure(post.id, day, day, ClosureScope.ALL)
        closure = schedule.add_closure(
            post, day, day, scope=ClosureScope.ALL, title=seats.words("Feast"), actor=SYSTEM
        )

        assert len(impact.bookings) == 1
        assert seats.free_days(pool, visit, day, day) == {}
        assert figures(slot) == (0, 1, 1)
        schedule.remove_closure(post.id, closure.uid, actor=SYSTEM)
        assert seats.free_days(pool, visit, day, day) == {day: 6}
        assert figures(slot) == (2, 2, 1)


def test_paid_closure_stops_paid_services_only(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        free = queries.Visit(pools=(pool,), units=1, is_paid=False)
        paid = queries.Visit(pools=(pool,), units=1, is_paid=True)
        day = tomorrow(pool)
        take_seat(pool, day)
        post = pool.site.post

        impact = schedule.impact_of_closure(post.id, day, day, ClosureScope.PAID)
        schedule.add_closure(
            post, day, day, scope=ClosureScope.PAID, title=seats.words("Accounts"), actor=SYSTEM
        )

        assert impact.bookings == ()
        assert seats.free_days(pool, free, day, day) == {day: 6}
        assert seats.free_days(pool, paid, day, day) == {}


def test_closure_that_ends_before_it_begins_is_refused(app: Flask) -> None:
    with app.app_context(), transaction():
        post = seats.make_post()

        with pytest.raises(Invalid):
            schedule.add_closure(
                post,
                date(2026, 12, 4),
                date(2026, 12, 3),
                scope=ClosureScope.ALL,
                title=seats.words("Feast"),
                actor=SYSTEM,
            )


@pytest.mark.parametrize("days", [0, -1, 366])
def test_horizon_out_of_bounds_is_refused(app: Flask, days: int) -> None:
    with app.app_context(), transaction():
        pool = new_pool()

        with pytest.raises(Invalid):
            schedule.set_horizon(pool, days, actor=SYSTEM)


def test_days_beyond_the_horizon_are_not_offered(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        visit = queries.Visit(pools=(pool,), units=1, is_paid=False)
        today = clock.today(pool.site.zone)

        schedule.set_horizon(pool, 10, actor=SYSTEM)

        days = seats.free_days(pool, visit, today, today + timedelta(days=60))
        assert max(days) == today + timedelta(days=10)


def test_visit_of_several_units_needs_them_in_a_row(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        day = tomorrow(pool)
        take_seat(pool, day)
        take_seat(pool, day)
        visit = queries.Visit(pools=(pool,), units=3, is_paid=False)

        assert seats.free_days(pool, visit, day, day) == {day: 3}


def test_pools_of_a_file_are_stored_once(app: Flask) -> None:
    document = {
        "pools": [
            {
                "site": "moscow",
                "code": "passports",
                "name": seats.words("Passports"),
                "unit_minutes": 15,
                "horizon_days": 30,
            }
        ],
        "hours": [
            {
                "site": "moscow",
                "pool": "passports",
                "weekday": 1,
                "opens_at": "09:00",
                "closes_at": "13:00",
                "lane": "emergency",
                "seats": 1,
            }
        ],
    }
    with app.app_context(), transaction():
        post = seats.make_post()

        seeding.save_pools(post, document)
        seeding.save_pools(post, document)

        (pool,) = queries.list_pools(post.id)
        assert (pool.unit_minutes, pool.horizon_days) == (15, 30)
        assert [row.lane for row in queries.list_hours([pool.id])] == [Lane.EMERGENCY]


def test_number_of_queries_does_not_grow_with_the_days(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = new_pool()
        visit = queries.Visit(pools=(pool,), units=2, is_paid=True)
        today = clock.today(pool.site.zone)

        few = seats.count_queries(
            lambda: seats.free_days(pool, visit, today, today + timedelta(days=5))
        )
        many = seats.count_queries(
            lambda: seats.free_days(pool, visit, today, today + timedelta(days=60))
        )

        assert few == many == 2
