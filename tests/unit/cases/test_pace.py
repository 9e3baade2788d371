"""The clock of a case, by the calendar of the post."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.cases import pace
from app.cases.pace import Calendar
from app.catalogue.workdays import PAID_WORK, Closure, ClosureScope

WEEK = frozenset({1, 2, 3, 4, 5})
PLAIN = Calendar(week=WEEK)
HOLIDAY = Calendar(
    week=WEEK, closures=(Closure(first=date(2026, 11, 26), last=date(2026, 11, 26)),)
)
YEAR_END = (Closure(first=date(2026, 12, 28), last=date(2026, 12, 31), scope=ClosureScope.PAID),)
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("sent_on", "days", "calendar", "due"),
    [
        (MONDAY, 1, PLAIN, date(2026, 11, 24)),
        (MONDAY, 5, PLAIN, date(2026, 11, 30)),
        (FRIDAY, 1, PLAIN, date(2026, 11, 30)),
        (MONDAY, 3, HOLIDAY, FRIDAY),
        (date(2026, 12, 25), 1, Calendar(week=WEEK, closures=YEAR_END), date(2026, 12, 28)),
        (
            date(2026, 12, 25),
            1,
            Calendar(week=WEEK, closures=YEAR_END, stopped_by=PAID_WORK),
            date(2027, 1, 1),
        ),
    ],
)
def test_a_case_is_due_after_working_days(
    sent_on: date, days: int, calendar: Calendar, due: date
) -> None:
    assert pace.due_on(sent_on, days, calendar) == due


@pytest.mark.parametrize(
    ("asked_on", "answered_on", "due"),
    [
        (MONDAY, MONDAY, date(2026, 12, 7)),
        (MONDAY, date(2026, 11, 24), date(2026, 12, 8)),
        (FRIDAY, date(2026, 11, 29), date(2026, 12, 7)),
        (FRIDAY, date(2026, 11, 30), date(2026, 12, 8)),
        (MONDAY, date(2026, 12, 7), date(2026, 12, 21)),
        (FRIDAY, MONDAY, date(2026, 12, 7)),
    ],
)
def test_the_working_days_of_the_citizen_are_added(
    asked_on: date, answered_on: date, due: date
) -> None:
    assert pace.moved_by_waiting(date(2026, 12, 7), asked_on, answered_on, PLAIN) == due


def test_what_the_citizen_took_moves_what_is_expected() -> None:
    monday = date(2026, 3, 2)
    due = pace.due_on(monday, 10, PLAIN)
    later = pace.due_on(due, 4, PLAIN)

    def expected(due: date) -> date:
        return pace.expected_on(monday, 3, promised=10, due=due, calendar=PLAIN)

    assert expected(due) == date(2026, 3, 5)
    assert expected(later) == date(2026, 3, 11)


def test_a_holiday_while_the_citizen_mends_is_not_counted_twice() -> None:
    due = pace.moved_by_waiting(date(2026, 12, 7), MONDAY, FRIDAY, HOLIDAY)

    assert due == date(2026, 12, 10)


@pytest.mark.parametrize(("minutes", "held"), [(0, True), (29, True), (30, False), (31, False)])
def test_a_lease_ends_after_half_an_hour(minutes: int, held: bool) -> None:
    taken_at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    until = taken_at + pace.LEASE

    assert pace.is_held(7, until, taken_at + timedelta(minutes=minutes)) is held


@pytest.mark.parametrize(
    ("issued_on", "fresh"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 8, 25), True),
        (date(2026, 8, 24), False),
        (date(2026, 11, 24), False),
    ],
)
def test_a_paper_is_fresh_for_ninety_days(issued_on: date, fresh: bool) -> None:
    assert pace.is_fresh(issued_on, MONDAY, 90) is fresh


@pytest.mark.parametrize(
    ("days", "possible"), [(-1, False), (0, False), (1, True), (180, True), (181, False)]
)
def test_a_deadline_lies_ahead_and_not_too_far(days: int, possible: bool) -> None:
    assert pace.is_deadline(MONDAY + timedelta(days=days), MONDAY) is possible
