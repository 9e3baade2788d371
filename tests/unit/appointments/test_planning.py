"""Hours in wall time become slots, whatever the clocks do."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.appointments import rules
from app.appointments.rules import Hours

ZONES = ("Europe/Moscow", "Asia/Damascus", "Asia/Beirut", "Africa/Cairo", "Europe/Berlin")
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
MINUTES = st.integers(0, 23 * 60 + 59)


def hours(opens: str, closes: str, *, day: date, seats: int = 2, lane: str = "public") -> Hours:
    """Return hours for the weekday of a day."""
    return Hours(
        weekday=day.isoweekday(),
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        lane=lane,
        seats=seats,
    )


def wall_times(day: date, row: Hours, zone: str, minutes: int) -> list[str]:
    """Return the wall times of the slots of a day."""
    slots = rules.plan_day(day, [row], zone=zone, unit_minutes=minutes)
    return [slot.starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for slot in slots]


def test_hours_are_cut_into_whole_units() -> None:
    day = date(2026, 12, 3)

    slots = rules.plan_day(
        day, [hours("09:00", "10:10", day=day)], zone="Europe/Moscow", unit_minutes=20
    )

    assert [slot.starts_at for slot in slots] == [
        datetime(2026, 12, 3, 6, minute, tzinfo=UTC) for minute in (0, 20, 40)
    ]
    assert {slot.local_on for slot in slots} == {day}
    assert {slot.planned for slot in slots} == {2}


def test_hours_of_another_weekday_make_nothing() -> None:
    day = date(2026, 12, 3)

    assert rules.plan_day(
        day + timedelta(days=1), [hours("09:00", "17:00", day=day)], zone="UTC", unit_minutes=20
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "holds"),
    [
        (None, None, True),
        (date(2026, 12, 3), date(2026, 12, 3), True),
        (date(2026, 12, 4), None, False),
        (None, date(2026, 12, 2), False),
    ],
)
def test_hours_hold_within_their_dates(
    valid_from: date | None, valid_until: date | None, holds: bool
) -> None:
    row = Hours(
        weekday=4,
        opens=time(9),
        closes=time(17),
        lane="public",
        seats=1,
        valid_from=valid_from,
        valid_until=valid_until,
    )

    assert row.apply_on(date(2026, 12, 3)) is holds


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "expected"),
    [
        # The clocks jump over the hour: 02:00 to 03:00 in Berlin, 00:00 to 01:00 in the others.
        (
            "Europe/Berlin",
            date(2027, 3, 28),
            "01:00",
            "04:00",
            ["01:00", "01:30", "03:00", "03:30"],
        ),
        ("Asia/Beirut", date(2027, 3, 28), "00:00", "02:00", ["01:00", "01:30"]),
        ("Africa/Cairo", date(2027, 4, 30), "00:00", "02:00", ["01:00", "01:30"]),
        # The hour comes twice, and is used once.
        (
            "Europe/Berlin",
            date(2026, 10, 25),
            "01:30",
            "03:30",
            ["01:30", "02:00", "02:30", "03:00"],
        ),
        # Damascus and Moscow have kept one time since 2022 and 2014.
        ("Asia/Damascus", date(2027, 3, 26), "00:00", "01:00", ["00:00", "00:30"]),
        ("Europe/Moscow", date(2027, 3, 28), "02:00", "03:00", ["02:00", "02:30"]),
    ],
)
@pytest.mark.proves("dates_time-003")
def test_clocks_change(zone: str, day: date, opens: str, closes: str, expected: list[str]) -> None:
    assert wall_times(day, hours(opens, closes, day=day), zone, 30) == expected


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=DAYS,
    bounds=st.tuples(MINUTES, MINUTES),
    unit=st.sampled_from([5, 10, 15, 20, 30, 40, 60]),
)
def test_slots_never_overlap_nor_leave_the_hours(
    zone: str, day: date, bounds: tuple[int, int], unit: int
) -> None:
    first, last = (time(minute // 60, minute % 60) for minute in sorted(bounds))
    row = Hours(weekday=day.isoweekday(), opens=first, closes=last, lane="public", seats=1)

    slots = rules.plan_day(day, [row], zone=zone, unit_minutes=unit)

    length = timedelta(minutes=unit)
    assert all(b.starts_at - a.starts_at >= length for a, b in pairwise(slots))
    for slot in slots:
        start = slot.starts_at.astimezone(ZoneInfo(zone))
        end = (slot.starts_at + length).astimezone(ZoneInfo(zone))
        assert start.date() == slot.local_on == day
        assert first <= start.time()
        assert end.replace(tzinfo=None, fold=0) <= datetime.combine(day, last)
        assert (start.hour * 60 + start.minute - first.hour * 60 - first.minute) % unit == 0


@settings(max_examples=100, deadline=None)
@given(zone=st.sampled_from(ZONES), day=DAYS)
def test_a_day_by_daylight_is_never_shortened(zone: str, day: date) -> None:
    row = hours("09:00", "17:00", day=day)

    assert len(rules.plan_day(day, [row], zone=zone, unit_minutes=20)) == 24


def test_closed_days_have_no_slots() -> None:
    day = date(2026, 12, 3)
    days = rules.days_from(day, day + timedelta(days=7))

    slots = rules.plan(
        days, [hours("09:00", "10:00", day=day)], zone="UTC", unit_minutes=30, closed=[day]
    )

    assert {slot.local_on for slot in slots} == {day + timedelta(days=7)}


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        ({"opens": time(11), "closes": time(12)}, True),
        ({"opens": time(12), "closes": time(13)}, False),
        ({"weekday": 5}, False),
        ({"lane": "staff"}, False),
        ({"valid_from": date(2027, 1, 1)}, False),
        ({"valid_from": date(2026, 12, 31)}, True),
    ],
)
def test_hours_overlap(other: dict[str, object], overlaps: bool) -> None:
    usual: dict[str, object] = {
        "weekday": 4,
        "opens": time(9),
        "closes": time(12),
        "lane": "public",
        "seats": 1,
    }
    one = Hours(**usual, valid_until=date(2026, 12, 31))  # type: ignore[arg-type]
    two = Hours(**(usual | other))  # type: ignore[arg-type]

    assert one.overlap(two) is two.overlap(one) is overlaps


EVERY_DAY = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 * 2 + 365 * 5)]
HOUR = timedelta(hours=1)


def shown_first(zone: str) -> dict[date, list[datetime]]:
    """Return for each day the moments at which its clocks show a full hour for the first time.

    Found by walking through the moments themselves, not by asking what a wall time means.
    """
    at = datetime.combine(EVERY_DAY[0], time.min, UTC) - timedelta(days=1)
    seen: set[datetime] = set()
    days: dict[date, list[datetime]] = {}
    while at.date() <= EVERY_DAY[-1]:
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if wall not in seen:
            days.setdefault(wall.date(), []).append(at)
        seen.add(wall)
        at += HOUR
    return days


@pytest.mark.parametrize("zone", ZONES)
def test_in_seven_years_no_slot_is_missing_and_none_doubled(zone: str) -> None:
    assert EVERY_DAY[-1] == date(2030, 12, 31)
    shown = shown_first(zone)
    for day in EVERY_DAY:
        row = hours("00:00", "23:00", day=day)

        slots = rules.plan_day(day, [row], zone=zone, unit_minutes=60)

        assert [slot.starts_at for slot in slots] == [at for at in shown[day] if _fits(at, zone)]


def _fits(at: datetime, zone: str) -> bool:
    """Return whether an hour ends by eleven at night, on the clocks and by their count."""
    begins, ends = (each.astimezone(ZoneInfo(zone)) for each in (at, at + HOUR))
    is_same_day = begins.date() == ends.date()
    return is_same_day and f"{begins:%H:%M}" <= "22:00" and f"{ends:%H:%M}" <= "23:00"


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_seven_years_begins_where_the_day_before_ends(zone: str) -> None:
    for day in EVERY_DAY:
        begins = rules.day_start(day, zone)

        assert begins.astimezone(ZoneInfo(zone)).date() == day
        before = (begins - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
        assert before.date() == day - timedelta(days=1)


def test_a_day_with_hours_of_its_own_has_none_of_the_week() -> None:
    day = date(2026, 12, 3)
    usual = hours("09:00", "10:00", day=day)
    special = replace(hours("14:00", "14:40", day=day, seats=5), on=day)

    found = rules.plan_day(day, [usual, special], zone="UTC", unit_minutes=20)
    later = rules.plan_day(day + timedelta(days=7), [usual, special], zone="UTC", unit_minutes=20)

    assert [(slot.starts_at.hour, slot.planned) for slot in found] == [(14, 5), (14, 5)]
    assert [slot.starts_at.hour for slot in later] == [9, 9, 9]


def test_other_lanes_keep_their_week_on_such_a_day() -> None:
    day = date(2026, 12, 3)
    usual = hours("09:00", "09:20", day=day, lane="emergency")
    special = replace(hours("14:00", "14:20", day=day), on=day)

    found = rules.plan_day(day, [usual, special], zone="UTC", unit_minutes=20)

    assert [(slot.lane, slot.starts_at.hour) for slot in found] == [
        ("emergency", 9),
        ("public", 14),
    ]


def test_hours_of_a_day_overlap_those_of_the_same_day_only() -> None:
    day = date(2026, 12, 3)
    usual = hours("09:00", "12:00", day=day)
    special = replace(usual, on=day)

    assert not special.overlap(usual)
    assert not special.overlap(replace(usual, on=day + timedelta(days=7)))
    assert special.overlap(replace(special, opens=time(11), closes=time(13)))
