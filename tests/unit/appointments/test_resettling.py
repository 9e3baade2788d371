"""Which free time a visit is moved to, and how seats are counted while many are moved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.appointments.resettling.rules import Count, FreeTimes
from app.appointments.rules import Seats, Start

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
OLD = datetime(2026, 12, 10, 10, tzinfo=UTC)
KIND = "a visit"


def start(minutes: int, *slots: int, free: int = 1) -> Start:
    """Return a time so many minutes after the old one."""
    at = OLD + timedelta(minutes=minutes)
    ids = slots or (minutes,)
    return Start(starts_at=at, local_on=at.date(), slot_ids=ids, slot_id=ids[0], free=free)


def times(*starts: Start) -> FreeTimes:
    """Return the free times of one kind of visit."""
    found = FreeTimes()
    found.add(KIND, starts)
    return found


def nearest(found: FreeTimes, *, seats: int = 1, old: datetime = OLD) -> int | None:
    """Return the first slot of the nearest time, which is given out."""
    start = found.nearest(KIND, old, NOW, seats=seats)
    if start is None:
        return None
    found.give(start, seats=seats)
    return start.slot_ids[0]


def test_times_are_given_out_from_the_nearest_on() -> None:
    found = times(start(-60), start(-20), start(20, free=2), start(40))

    assert [nearest(found) for _ in range(6)] == [-20, 20, 20, 40, -60, None]


def test_its_own_time_is_no_other() -> None:
    assert nearest(times(start(0), start(300))) == 300


def test_who_comes_with_others_gets_a_time_with_room_for_all() -> None:
    assert nearest(times(start(20), start(40, free=3)), seats=2) == 40


def test_longer_visits_share_their_slots() -> None:
    found = times(start(20, 1, 2), start(40, 2, 3), start(60, 3, 4))

    assert [nearest(found) for _ in range(3)] == [1, 3, None]


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (NOW + timedelta(days=5), -1),  # three days ahead is soon enough
        (NOW + timedelta(days=2), 1),  # not sooner than it was, when that is near
    ],
)
def test_nobody_gets_less_notice_than_three_days(old: datetime, expected: int) -> None:
    either = [
        replace(start(0), starts_at=old + timedelta(days=days), slot_ids=(days,))
        for days in (-1, 1)
    ]

    assert nearest(times(*either), old=old) == expected


def test_a_time_at_which_others_were_quicker_is_tried_no_more() -> None:
    found = times(start(20, free=4), start(40))
    found.forget(start(20))

    assert nearest(found) == 40


def test_who_leaves_frees_the_next_from_leaving_and_nobody_takes_that_seat() -> None:
    count = Count({1: Seats(planned=1, capacity=2, taken=2)})
    assert count.is_over([1])

    count.leave({1: 1})

    assert not count.is_over([1])
    assert not count.has_room([1], seats=1)


def test_a_seat_is_taken_once() -> None:
    count = Count({1: Seats(planned=2, capacity=2, taken=0), 2: Seats(2, 2, 1)})
    assert count.has_room([1, 2], seats=1)
    assert not count.has_room([1, 2], seats=2)

    count.take([1, 2], seats=1)

    assert count.has_room([1], seats=1)
    assert not count.has_room([1, 2], seats=1)
