"""When a message goes that need not wake anybody, and by which way."""

from datetime import UTC, datetime, time, timedelta

import pytest

from app.notifications import events, rules
from app.notifications.preferences import rules as preferences
from app.notifications.preferences.rules import Quiet, Wishes
from app.notifications.rules import Channel, Topic

MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
NIGHT = Quiet(begins=time(22), ends=time(8), zone=MOSCOW)
NOON = Quiet(begins=time(12), ends=time(14), zone=MOSCOW)
EASTERN = Quiet(begins=time(22), ends=time(8), zone="Asia/Vladivostok")
SMALL_HOURS = Quiet(begins=time(22), ends=time(2, 30), zone=BERLIN)
FAR = datetime(2027, 6, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "due", "goes"),
    [
        (None, "2026-12-03T20:00", "2026-12-03T20:00"),
        # 21:59, 22:00, 23:30, 02:00, 07:59 and 08:00 in Moscow.
        (NIGHT, "2026-12-03T18:59", "2026-12-03T18:59"),
        (NIGHT, "2026-12-03T19:00", "2026-12-04T05:00"),
        (NIGHT, "2026-12-03T20:30", "2026-12-04T05:00"),
        (NIGHT, "2026-12-03T23:00", "2026-12-04T05:00"),
        (NIGHT, "2026-12-04T04:59", "2026-12-04T05:00"),
        (NIGHT, "2026-12-04T05:00", "2026-12-04T05:00"),
        (NOON, "2026-12-03T08:59", "2026-12-03T08:59"),
        (NOON, "2026-12-03T09:00", "2026-12-03T11:00"),
        (NOON, "2026-12-03T11:00", "2026-12-03T11:00"),
        # The same hours elsewhere are other moments.
        (EASTERN, "2026-12-03T12:00", "2026-12-03T22:00"),
        # Clocks go forward at 02:00: an end that they skip is when they have.
        (SMALL_HOURS, "2027-03-28T00:00", "2027-03-28T01:30"),
        # They go back at 03:00: the end that comes twice is the next one.
        (SMALL_HOURS, "2026-10-25T00:00", "2026-10-25T00:30"),
        (SMALL_HOURS, "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_what_is_due_in_quiet_hours_waits_for_their_end(
    quiet: Quiet | None, due: str, goes: str
) -> None:
    assert preferences.in_peace(utc(due), quiet, end=FAR) == utc(goes)


@pytest.mark.parametrize(
    ("end", "goes"),
    [
        ("2026-12-04T07:00", "2026-12-04T05:00"),
        ("2026-12-04T06:59", "2026-12-03T20:30"),
        ("2026-12-04T01:00", "2026-12-03T20:30"),
    ],
)
def test_quiet_hours_hold_nothing_back_until_it_is_useless(end: str, goes: str) -> None:
    due = utc("2026-12-03T20:30")

    assert preferences.in_peace(due, NIGHT, end=utc(end)) == utc(goes)


VISIT_AT = "2026-12-04T07:20:00+00:00"


@pytest.mark.parametrize(
    ("event", "payload", "due", "is_urgent"),
    [
        ("sign_in_new_device", {}, "2026-12-03T20:00", True),
        ("consent_code", {}, "2026-12-03T20:00", True),
        ("case_accepted", {}, "2026-12-03T20:00", False),
        ("booking_called_off", {"starts_at": VISIT_AT}, "2026-12-03T20:00", True),
        ("booking_called_off", {"starts_at": VISIT_AT}, "2026-12-03T07:19", False),
        ("booking_called_off", {"starts_at": VISIT_AT}, "2026-12-04T08:00", False),
        # It moves to a far day, and was to be tomorrow.
        (
            "booking_moved_by_post",
            {"starts_at": "2027-01-20T07:20:00+00:00", "was_at": VISIT_AT},
            "2026-12-03T20:00",
            True,
        ),
        # A reminder and an offer are no reason to wake anybody.
        ("booking_reminder", {"starts_at": VISIT_AT}, "2026-12-03T20:00", False),
        ("waiting_offered", {"starts_at": VISIT_AT}, "2026-12-03T20:00", False),
    ],
)
def test_urgent_is_what_a_night_would_make_useless(
    event: str, payload: dict[str, str], due: str, is_urgent: bool
) -> None:
    assert events.EVENTS[event].is_urgent(payload, utc(due)) is is_urgent


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [(time(22), time(8), 10), (time(8), time(22), 14), (time(8), time(8), 0)],
)
def test_hours_over_midnight_have_a_length(begins: time, ends: time, hours: int) -> None:
    assert preferences.length(begins, ends) == timedelta(hours=hours)


def test_no_way_can_be_struck_out_of_the_ladder() -> None:
    wishes = Wishes(order=(Channel.SMS,))

    assert wishes.ladder[0] is Channel.SMS
    assert set(wishes.ladder) == set(rules.LADDER)
    assert Wishes().ladder == rules.LADDER
    assert preferences.put_first(wishes.ladder, Channel.EMAIL)[:2] == (Channel.EMAIL, Channel.SMS)


@pytest.mark.parametrize(
    ("order", "reached", "first", "after"),
    [
        ((), {Channel.EMAIL: False, Channel.SMS: False}, Channel.EMAIL, Channel.SMS),
        ((Channel.SMS,), {Channel.EMAIL: False, Channel.SMS: False}, Channel.SMS, Channel.EMAIL),
        ((Channel.SMS,), {Channel.EMAIL: False, Channel.SMS: True}, Channel.EMAIL, Channel.SMS),
        ((Channel.SMS,), {Channel.EMAIL: False}, Channel.EMAIL, None),
        ((Channel.SMS,), {}, None, None),
    ],
)
def test_the_order_of_the_recipient_decides(
    order: tuple[Channel, ...],
    reached: dict[Channel, bool],
    first: Channel | None,
    after: Channel | None,
) -> None:
    ladder = Wishes(order=order).ladder

    way = rules.first_way(reached, ladder)

    assert way is first
    if way is not None and not reached[way]:
        assert rules.next_way({way}, reached, ladder) is after


def test_only_what_is_not_essential_has_a_topic() -> None:
    topics = {name: event.topic for name, event in events.EVENTS.items() if event.topic}

    assert topics == {
        "announcement": Topic.ANNOUNCEMENTS,
        "booking_reminder": Topic.REMINDERS,
        "correction_reminder": Topic.REMINDERS,
    }
