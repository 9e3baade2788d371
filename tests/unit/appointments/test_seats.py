"""What is done to stored slots, and where a visit can begin."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.appointments import rules
from app.appointments.rules import FreeSlot, KnownSlot, PlannedSlot

NINE = datetime(2026, 12, 3, 6, tzinfo=UTC)
DAY = date(2026, 12, 3)
WALL = datetime.combine(DAY, time(9))


def planned(seats: int, at: datetime = NINE) -> PlannedSlot:
    """Return a slot of the plan."""
    return PlannedSlot(lane="public", starts_at=at, wall=WALL + (at - NINE), planned=seats)


def known(seats: int, taken: int = 0, *, capacity: int | None = None) -> KnownSlot:
    """Return the stored slot of nine o'clock."""
    return KnownSlot(
        id=1,
        lane="public",
        starts_at=NINE,
        wall=WALL,
        planned=seats,
        capacity=seats if capacity is None else capacity,
        taken=taken,
    )


def test_unknown_slot_is_inserted() -> None:
    assert rules.compare([planned(2)], []).inserted == (planned(2),)


def test_same_plan_changes_nothing() -> None:
    found = rules.compare([planned(2)], [known(2, 1)])

    assert (found.inserted, found.changed, dict(found.excess)) == ((), (), {})


@pytest.mark.parametrize(
    ("seats", "stored", "excess"),
    [
        (4, known(2, 1), {}),
        (1, known(2, 1), {}),
        (1, known(3, 3), {1: 2}),
        (0, known(2, 2), {1: 2}),
        (2, known(2, 2, capacity=0 + 4), {}),
    ],
)
def test_changed_plan_is_applied(seats: int, stored: KnownSlot, excess: dict[int, int]) -> None:
    found = rules.compare([planned(seats)], [stored])

    assert [(change.id, change.planned) for change in found.changed] == [(1, seats)]
    assert dict(found.excess) == excess


def test_slot_that_left_the_plan_is_closed_not_forgotten() -> None:
    found = rules.compare([], [known(2, 1)])

    assert [(change.id, change.planned) for change in found.changed] == [(1, 0)]
    assert dict(found.excess) == {1: 1}


def test_excess_is_reported_again_without_another_change() -> None:
    found = rules.compare([], [known(0, 1, capacity=1)])

    assert found.changed == ()
    assert dict(found.excess) == {1: 1}


@pytest.mark.parametrize(
    ("plan", "taken", "capacity"), [(4, 0, 4), (4, 4, 4), (1, 3, 3), (0, 0, 0)]
)
def test_capacity_never_falls_below_what_is_taken(plan: int, taken: int, capacity: int) -> None:
    assert rules.capacity_for(plan, taken) == capacity


def free(*minutes: int) -> list[FreeSlot]:
    """Return free slots that begin so many minutes after nine."""
    return [
        FreeSlot(id=minute, starts_at=NINE + timedelta(minutes=minute), local_on=DAY, free=2)
        for minute in minutes
    ]


@pytest.mark.parametrize(
    ("units", "minutes", "expected"),
    [
        (1, (0, 20, 60), [0, 20, 60]),
        (2, (0, 20, 60), [0]),
        (2, (0, 20, 40), [0, 20]),
        (3, (0, 20, 60), []),
        (1, (), []),
    ],
)
def test_visit_needs_consecutive_slots(
    units: int, minutes: tuple[int, ...], expected: list[int]
) -> None:
    found = rules.starts(free(*minutes), rules.Length(units=units), unit_minutes=20)

    assert [start.slot_ids[0] for start in found] == expected
    assert all(len(start.slot_ids) == units for start in found)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 0, [0, 20, 40, 80]),
        (0, 15, [0, 20]),  # minutes are rounded up to whole units
        (20, 0, [20, 40]),  # nobody prepares before the hours begin
        (10, 10, [20]),
        (0, 21, [0]),
        (60, 0, []),
    ],
)
def test_buffers_keep_the_counter_free(before: int, after: int, expected: list[int]) -> None:
    length = rules.length(1, 20, before=before, after=after)

    found = rules.starts(free(0, 20, 40, 80), length, unit_minutes=20)

    assert [start.slot_id for start in found] == expected
    assert all(start.slot_id in start.slot_ids for start in found)
    assert all(len(start.slot_ids) == length.total for start in found)


def test_nearest_times_come_in_order() -> None:
    found = rules.starts(free(0, 20, 40, 60, 80), rules.Length(units=1), unit_minutes=20)

    close = rules.nearest(found, NINE + timedelta(minutes=45))

    assert [start.slot_ids[0] for start in close] == [20, 40, 60]


def test_reminders_that_are_past_are_left_out() -> None:
    now = NINE - timedelta(days=2)

    assert rules.reminders(NINE, now, "Europe/Moscow") == [(1, NINE - timedelta(days=1))]


@pytest.mark.parametrize(
    ("visit", "zone", "day_before"),
    [
        # In Berlin and Beirut the clocks jump on the night between the two.
        ("2027-03-28T09:00", "Europe/Berlin", "2027-03-27T09:00"),
        ("2026-10-25T09:00", "Europe/Berlin", "2026-10-24T09:00"),
        ("2027-03-28T09:00", "Asia/Beirut", "2027-03-27T09:00"),
        ("2027-03-28T09:00", "Europe/Moscow", "2027-03-27T09:00"),
    ],
)
@pytest.mark.proves("dates_time-007")
def test_a_reminder_comes_at_the_same_hour_whatever_the_clocks_do(
    visit: str, zone: str, day_before: str
) -> None:
    at = datetime.fromisoformat(visit).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    found = dict(rules.reminders(at, at - timedelta(days=30), zone))

    assert f"{found[1].astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" == day_before
    assert len(found) == len(rules.REMINDER_DAYS)


def test_booking_changes_until_it_begins() -> None:
    before, at = NINE - timedelta(minutes=1), NINE

    assert rules.can_be_changed(is_booked=True, starts_at=NINE, now=before)
    assert not rules.can_be_changed(is_booked=True, starts_at=NINE, now=at)
    assert not rules.can_be_changed(is_booked=False, starts_at=NINE, now=before)
