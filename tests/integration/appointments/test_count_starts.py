"""How many times each day offers is counted by the database as by looking for each of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from app.appointments import queries, schedule
from app.appointments.models import Lane, Pool, Slot
from app.appointments.queries import Visit
from app.catalogue.workdays import ClosureScope
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from tests.factories import seats

NOW = "2026-11-30T08:00:00+00:00"
FIRST, FEAST, LAST = date(2026, 11, 30), date(2026, 12, 3), date(2026, 12, 9)


@pytest.fixture
def pool(app: Flask) -> Iterator[Pool]:
    with time_machine.travel(NOW, tick=False), app.app_context(), transaction():
        made = seats.make_pool(seats.make_post())
        seats.make_hours(made, weekdays=(1, 2, 3, 4, 5), seats=2)
        title = seats.words("Feast")
        schedule.make_slots(made)
        schedule.add_closure(
            made.site.post, FEAST, FEAST, scope=ClosureScope.ALL, title=title, actor=SYSTEM
        )
        yield made


def visit_at(pool: Pool, *, units: int = 1) -> Visit:
    return queries.visit_of(seats.make_case(seats.make_version(pool.site.post, units=units)))


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("party", [1, 2, 3])
def test_days_count_what_can_be_chosen(pool: Pool, units: int, party: int) -> None:
    visit = replace(visit_at(pool, units=units), party=party)
    full = Slot.local_on == date(2026, 12, 4)
    db.session.execute(update(Slot).where(full).values(capacity=0))
    one_left = Slot.local_on == date(2026, 12, 7), Slot.wall_time > "10:00"
    db.session.execute(update(Slot).where(*one_left).values(capacity=1))

    counted = queries.count_starts(pool, visit, FIRST, LAST)

    assert counted == seats.free_days(pool, visit, FIRST, LAST)
    assert list(counted) == sorted(counted)
    assert bool(counted) is (party < 3)
    assert FEAST not in counted


def test_two_lanes_at_one_moment_are_one_time(pool: Pool) -> None:
    day = date(2026, 12, 8)
    seats.make_slot(pool, on=day, at="17:00")
    both = Slot.local_on == day, Slot.wall_time.in_(("09:20", "17:00"))
    db.session.execute(update(Slot).where(*both).values(lane=Lane.PRIORITY))
    seats.make_slot(pool, on=day, at="09:20")

    visit = queries.with_priority(visit_at(pool))

    counted = queries.count_starts(pool, visit, day, day)
    assert counted == seats.free_days(pool, visit, day, day) == {day: 7}


def test_of_what_is_to_be_given_out_first_only_that_counts(pool: Pool) -> None:
    given = Slot.local_on == date(2026, 12, 8), Slot.wall_time == "09:00"
    db.session.execute(update(Slot).where(*given).values(release_id=1))
    visit = replace(visit_at(pool), is_drawn=True)

    counted = queries.count_starts(pool, visit, FIRST, LAST)

    assert counted == seats.free_days(pool, visit, FIRST, LAST) == {date(2026, 12, 8): 1}
