"""New rules of a zone: slots get the moments that the hours have by these, and no two meet."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.appointments import rules as times
from app.appointments.clocks import rules
from app.appointments.clocks.rules import Anchored
from app.appointments.rules import Hours

ZONES = ("Europe/Moscow", "Asia/Damascus", "Asia/Beirut", "Africa/Cairo", "Europe/Berlin")
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def planned(day: date, zone: str, unit: int) -> dict[datetime, datetime]:
    """Return wall time to moment of the slots of a whole day."""
    row = Hours(
        weekday=day.isoweekday(), opens=time(0), closes=time(23, 59), lane="public", seats=1
    )
    slots = times.plan_day(day, [row], zone=zone, unit_minutes=unit)
    return {slot.wall: slot.starts_at for slot in slots}


def anchored(slots: dict[datetime, datetime], lane: str = "public") -> list[Anchored]:
    return [
        Anchored(id=number, lane=lane, wall=wall, starts_at=at)
        for number, (wall, at) in enumerate(slots.items())
    ]


@settings(max_examples=150, deadline=None)
@given(
    old=st.sampled_from(ZONES),
    new=st.sampled_from(ZONES),
    day=DAYS,
    unit=st.sampled_from([15, 20, 30, 60]),
)
@example(old="Europe/Moscow", new="Europe/Berlin", day=date(2024, 3, 31), unit=15)
def test_no_slot_is_missing_and_none_doubled_by_new_rules(
    old: str, new: str, day: date, unit: int
) -> None:
    slots = anchored(planned(day, old, unit))
    drift = rules.find_drift(slots, new, LONG_AGO)
    after = {slot.wall: drift.moved.get(slot.id, slot.starts_at) for slot in slots}
    by_new = planned(day, new, unit)
    lost = {slot.wall for slot in slots if slot.id in drift.lost}
    stays = {slot.starts_at for slot in slots if slot.id not in drift.moved}
    # Until what has no hour any more is taken away, it stands where another belongs.
    waits = {wall for wall, at in by_new.items() if lost and at in stays and after.get(wall) != at}

    assert len(set(after.values())) == len(after)
    assert {wall: after[wall] for wall in by_new if wall in after and wall not in waits} == {
        wall: at for wall, at in by_new.items() if wall in after and wall not in waits
    }
    assert not lost & by_new.keys()
    for slot in slots:
        shown = after[slot.wall].astimezone(ZoneInfo(new)).replace(tzinfo=None)
        assert (shown == slot.wall) is (slot.wall not in lost | waits)


@settings(max_examples=50, deadline=None)
@given(zone=st.sampled_from(ZONES), day=DAYS)
def test_what_stands_right_is_left_alone(zone: str, day: date) -> None:
    drift = rules.find_drift(anchored(planned(day, zone, 20)), zone, LONG_AGO)

    assert (dict(drift.moved), drift.lost) == ({}, ())


def test_slots_that_have_begun_stay_and_nothing_is_put_upon_them() -> None:
    begun, hour = datetime(2026, 12, 3, 5, 20, tzinfo=UTC), timedelta(hours=1)
    twenty_past_seven = datetime.combine(date(2026, 12, 3), time(7, 20))

    def slot(id: int, lane: str, later: timedelta) -> Anchored:
        """Return a slot by rules that were an hour behind those of Moscow."""
        wall = twenty_past_seven + later
        return Anchored(id=id, lane=lane, wall=wall, starts_at=begun + later)

    slots = [slot(1, "public", 0 * hour), slot(2, "public", hour), slot(3, "staff", hour)]

    drift = rules.find_drift(slots, "Europe/Moscow", begun)

    assert dict(drift.moved) == {3: begun}
    assert drift.lost == ()


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        # Skipped, and shown twice: as when slots are made, the first of two.
        ("Africa/Cairo", "2027-04-30T00:20", None),
        ("Africa/Cairo", "2027-10-28T23:20", "2027-10-28T20:20+00:00"),
        ("Europe/Berlin", "2026-10-25T02:20", "2026-10-25T00:20+00:00"),
    ],
)
def test_hours_that_clocks_skip_or_show_twice(zone: str, wall: str, moment: str | None) -> None:
    at = datetime.fromisoformat(wall)
    slot = Anchored(id=1, lane="public", wall=at, starts_at=at.replace(tzinfo=UTC))

    drift = rules.find_drift([slot], zone, LONG_AGO)

    if moment is None:
        assert (dict(drift.moved), drift.lost) == ({}, (1,))
    else:
        assert dict(drift.moved) == {1: datetime.fromisoformat(moment)}
