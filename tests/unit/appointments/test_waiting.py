"""Whom a free seat fits: no day, hour, party or notice but those that somebody waits for."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.appointments.rules import Start
from app.appointments.waiting import rules
from app.appointments.waiting.rules import PartOfDay, Unfit, Wish

ZONE = "Europe/Moscow"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def start(*, days: float = 3, hour: int = 10, free: int = 1) -> Start:
    """Return a time some days ahead at an hour of Moscow."""
    local = (NOW + timedelta(days=days)).astimezone(ZoneInfo(ZONE)).replace(hour=hour, minute=20)
    at = local.astimezone(UTC)
    return Start(starts_at=at, local_on=local.date(), slot_ids=(1,), slot_id=1, free=free)


def wish(**more: object) -> Wish:
    """Return a wish for any time of December for one."""
    usual: dict[str, object] = {
        "first": date(2026, 12, 1),
        "last": date(2026, 12, 31),
        "part": PartOfDay.ANY,
        "notice": timedelta(hours=24),
        "party": 1,
    }
    return Wish(**{**usual, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "time", "reason"),
    [
        (wish(), start(), None),
        (wish(first=date(2026, 12, 5)), start(), Unfit.DAYS),
        (wish(last=date(2026, 12, 3)), start(), Unfit.DAYS),
        (wish(part=PartOfDay.AFTERNOON), start(hour=11), Unfit.HOURS),
        (wish(part=PartOfDay.AFTERNOON), start(hour=12), None),
        (wish(part=PartOfDay.MORNING), start(hour=12), Unfit.HOURS),
        (wish(party=2), start(free=1), Unfit.PARTY),
        (wish(party=2), start(free=2), None),
        (wish(notice=timedelta(days=4)), start(), Unfit.NOTICE),
        (wish(before=start().starts_at), start(), Unfit.LATER),
        (wish(before=start(days=4).starts_at), start(), None),
        (wish(passed=frozenset({start().starts_at})), start(), Unfit.PASSED),
        (wish(rests=True), start(), Unfit.RESTED),
    ],
)
def test_a_time_fits_or_says_why_not(wanted: Wish, time: Start, reason: Unfit | None) -> None:
    assert rules.why_not(wanted, time, zone=ZONE, now=NOW) is reason


wishes = st.builds(
    wish,
    first=st.dates(date(2026, 12, 1), date(2026, 12, 15)),
    last=st.dates(date(2026, 12, 15), date(2026, 12, 31)),
    part=st.sampled_from(PartOfDay),
    notice=st.sampled_from([timedelta(hours=hours) for hours in rules.NOTICES]),
    party=st.integers(1, 6),
)
times = st.builds(
    start,
    days=st.integers(0, 40),
    hour=st.integers(0, 23),
    free=st.integers(0, 6),
)


@given(wishes, times)
def test_what_fits_keeps_every_promise(wanted: Wish, time: Start) -> None:
    fits = rules.why_not(wanted, time, zone=ZONE, now=NOW) is None

    until = rules.offer_until(NOW, time.starts_at, wanted.notice, zone=ZONE)
    hour = time.starts_at.astimezone(ZoneInfo(ZONE)).hour
    in_part = {
        PartOfDay.ANY: True,
        PartOfDay.MORNING: hour < 12,
        PartOfDay.AFTERNOON: hour >= 12,
    }[wanted.part]
    assert fits == (
        wanted.first <= time.local_on <= wanted.last
        and time.free >= wanted.party
        and in_part
        and until is not None
    )


moments = st.integers(0, 19 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(times, st.sampled_from(rules.NOTICES), moments)
def test_an_offer_waits_two_hours_of_day_or_more_and_leaves_the_notice(
    time: Start, hours: int, now: datetime
) -> None:
    notice = timedelta(hours=hours)
    until = rules.offer_until(now, time.starts_at, notice, zone=ZONE)

    if until is not None:
        assert timedelta(hours=2) <= until - now <= timedelta(hours=24 + 12)
        assert until <= time.starts_at - notice
        assert 9 <= until.astimezone(ZoneInfo(ZONE)).hour <= 22


@pytest.mark.parametrize(
    ("now", "begins", "until"),
    [
        ("2026-12-01T12:00", "2026-12-20T10:00", "2026-12-02T12:00"),
        ("2026-12-01T23:00", "2026-12-20T10:00", "2026-12-03T10:00"),
        ("2026-12-01T02:10", "2026-12-20T10:00", "2026-12-02T10:00"),
        ("2026-12-01T12:00", "2026-12-02T11:00", "2026-12-02T09:00"),
        ("2026-12-01T12:00", "2026-12-02T10:00", "2026-12-01T22:00"),
        ("2026-12-01T02:10", "2026-12-01T12:30", None),
        ("2026-12-01T02:10", "2026-12-01T13:00", "2026-12-01T11:00"),
        ("2026-12-01T21:10", "2026-12-02T11:30", None),
        ("2026-12-01T21:10", "2026-12-02T12:30", "2026-12-02T10:30"),
    ],
)
def test_no_offer_ends_at_night_and_its_hours_do_not_count(
    now: str, begins: str, until: str | None
) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))

    found = rules.offer_until(at(now), at(begins), timedelta(hours=2), zone=ZONE)

    assert found == (at(until) if until else None)


@given(times, st.floats(0, 1))
def test_an_unwanted_seat_returns_at_a_moment_by_chance(time: Start, share: float) -> None:
    at = rules.returns_at(NOW, time.starts_at, share)

    if time.starts_at - NOW < rules.NEAR:
        assert at == NOW
    else:
        assert timedelta(hours=1) <= at - NOW <= timedelta(hours=24)
        assert at < time.starts_at


def test_first_that_fits_is_the_soonest() -> None:
    found = rules.first_fit(
        wish(party=2),
        [start(free=1), start(days=4, free=2), start(days=5, free=3)],
        zone=ZONE,
        now=NOW,
    )

    assert found == start(days=4, free=2)


def test_reasons_are_counted_by_entry() -> None:
    wishes = [wish(party=2), wish(party=3), wish(last=date(2026, 12, 2))]

    reasons = rules.tally(wishes, [start()], 1, zone=ZONE, now=NOW)

    assert reasons == {"days": 1, "party": 2}


@pytest.mark.parametrize(("days", "expected"), [(0, True), (29, True), (30, False)])
def test_the_way_back_is_open_for_a_month(days: int, expected: bool) -> None:
    assert rules.may_come_back(NOW - timedelta(days=days), NOW) is expected
    assert not rules.may_come_back(None, NOW)
