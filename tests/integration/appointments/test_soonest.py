"""The next free times of all places on one page, and what happens next where none is free."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask

from app.core.db import db, transaction
from tests.databases import counted_queries
from tests.factories import seats, waiting
from tests.factories.waiting import LATER, NOW
from tests.integration.appointments.test_booking_pages import visitor_of
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Town:
    """A citizen, and a post with two places on different clocks; nothing is free."""

    def __init__(self, app: Flask) -> None:
        with app.app_context(), transaction():
            self.hall = waiting.make()
            self.pool = self.hall.pool
            post = self.hall.pool.site.post
            seats.make_site(post, code="omsk", zone="Asia/Omsk")
            self.far = seats.make_pool(post, site="omsk")
            self.case = self.hall.case()
            self.base = f"/en/requests/{self.case.reference}/book"
            account_id = self.case.account_id
        self.citizen: Visitor = visitor_of(app, account_id)


@pytest.fixture
def town(app: Flask) -> Town:
    return Town(app)


def free(app: Flask, town: Town, *, far: bool = False, at: str = "09:00", on: date = LATER) -> None:
    """Have one more time be free at a place."""
    with app.app_context(), transaction():
        pool = db.session.merge(town.far if far else town.pool)
        seats.make_slot(pool, on=on, at=at)


def test_all_places_stand_on_one_page_the_soonest_first(app: Flask, town: Town) -> None:
    free(app, town, on=date(2026, 12, 22))
    free(app, town, far=True)
    free(app, town, far=True, at="09:40")
    town.citizen.open(town.base)
    page = town.citizen.follow("The next free times")

    assert page.text.index("Site omsk, from 09:00") < page.text.index("Site moscow, from 09:00")
    page = town.citizen.open(page.link("2 times"))
    assert "20 December" in page.text and "Keep this time" in page.text


def test_the_reader_sees_their_own_clock_beside_that_of_the_place(app: Flask, town: Town) -> None:
    free(app, town)
    free(app, town, far=True)

    page = town.citizen.open(f"{town.base}/soonest?zone=Asia/Omsk")

    assert "Site moscow, from 09:00 (12:00, Omsk time)" in page.text
    assert "(09:00, Omsk time)" not in page.text, "the same clock is not said twice"
    assert "Omsk time" not in town.citizen.open(f"{town.base}/soonest?zone=Mars/Olympus").text


def test_where_nothing_is_free_it_says_what_happens_next(app: Flask, town: Town) -> None:
    opening = date(2026, 12, 1) + 63 * waiting.DAY
    free(app, town, on=opening)

    page = town.citizen.open(f"{town.base}/soonest")

    assert "No place has a free time up to" in page.text
    assert "2 February 2027 can be booked from the beginning of Friday 4 December" in page.text
    assert "Site omsk: no hours are planned yet after" in page.text
    assert town.citizen.follow("To the waiting list").heading == "Waiting list"


def test_a_mission_says_when_it_can_be_booked_while_it_lies_ahead(app: Flask, town: Town) -> None:
    with app.app_context(), transaction():
        site = db.session.merge(town.far).site
        site.first_on, site.last_on = date(2027, 3, 1), date(2027, 3, 3)
    page = town.citizen.open(f"{town.base}/soonest")
    assert "Site omsk: the times of Monday 1 March 2027 can be booked from the" in page.text
    assert "beginning of Thursday 31 December" in page.text

    with app.app_context(), transaction():
        site = db.session.merge(town.far).site
        site.first_on, site.last_on = date(2026, 12, 7), date(2026, 12, 9)
    page = town.citizen.open(f"{town.base}/soonest")
    assert "Site omsk: no time is free" not in page.text
    assert "Site omsk: no hours are planned" not in page.text, "none will ever follow"


def test_who_has_an_appointment_moves_it_from_there(app: Flask, town: Town) -> None:
    free(app, town)
    with app.app_context(), transaction():
        case = db.session.merge(town.case)
        waiting.book(case, seats.make_slot(db.session.merge(town.far), on=LATER))

    page = town.citizen.open(f"{town.base}/soonest")

    assert "/move?" in page.link("1 time")


def test_the_page_asks_the_same_however_much_is_free(app: Flask, town: Town) -> None:
    def count() -> int:
        with counted_queries(app) as sent:
            town.citizen.open(f"{town.base}/soonest")
        return len(sent)

    free(app, town)
    few = count()
    for day in range(21, 31):
        free(app, town, on=date(2026, 12, day))
    assert count() == few
