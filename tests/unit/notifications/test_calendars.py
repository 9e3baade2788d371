"""The calendar part that a reader's program understands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from app.notifications import calendars

STARTS = datetime(2026, 12, 3, 10, 20, tzinfo=ZoneInfo("Europe/Moscow"))


NOW = datetime(2026, 11, 24, tzinfo=UTC)


def appointment(sequence: int = 1) -> calendars.Appointment:
    return calendars.Appointment(
        uid="abc@jaliya.example",
        sequence=sequence,
        starts_at=STARTS,
        minutes=40,
        summary="موعدكم: الخميس 3 كانون الأول 2026؛ 10:20, مساءً",
        place="القسم القنصلي, مدخل الفناء",
        link="https://jaliya.example/ar/requests/JM-7K4P-92QX-H",
    )


def invitation(method: str = "REQUEST", sequence: int = 1) -> Calendar:
    content = calendars.invitation(
        appointment(sequence),
        method=method,
        organizer="no-reply@jaliya.example",
        attendee="layan@example.org",
        now=NOW,
    )
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return Calendar.from_ical(content)


def test_times_are_in_utc_and_texts_survive() -> None:
    event = invitation().walk("VEVENT")[0]
    assert event.decoded("dtstart") == STARTS
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=40)
    assert event.decoded("dtstart").utcoffset() == timedelta(0)
    assert str(event["location"]) == "القسم القنصلي, مدخل الفناء"
    assert str(event["summary"]).startswith("موعدكم")


@pytest.mark.proves("booking-015")
def test_no_text_brings_a_property_or_a_line_of_its_own() -> None:
    evil = "خدمة, x; y\\z\r\nATTENDEE:mailto:x@example.org\nBEGIN:VALARM\r" + "ط" * 300
    changed = replace(appointment(), summary=evil, place=evil)

    content = calendars.entry(changed, now=NOW)

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert "ATTENDEE" not in event and len(event.walk("VALARM")) == 1
    assert "خدمة, x; y\\z" in str(event["summary"]) and "ط" * 300 in str(event["location"])


@pytest.mark.parametrize(("method", "status"), [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")])
def test_a_move_keeps_the_uid_and_counts_up(method: str, status: str) -> None:
    calendar = invitation(method, sequence=2)
    event = calendar.walk("VEVENT")[0]
    assert str(calendar["method"]) == method
    assert str(event["status"]) == status
    assert (str(event["uid"]), event["sequence"]) == ("abc@jaliya.example", 2)


def test_a_calendar_says_it_again_a_day_before() -> None:
    (alarm,) = invitation().walk("VALARM")

    assert alarm.decoded("trigger") == timedelta(days=-1)
    assert str(alarm["action"]) == "DISPLAY"


def test_an_entry_says_it_again_and_a_feed_of_many_does_not() -> None:
    entry = Calendar.from_ical(calendars.entry(appointment(), now=NOW))
    feed = Calendar.from_ical(calendars.feed([appointment()], now=NOW))

    assert [len(one.walk("VEVENT")) for one in (entry, feed)] == [1, 1]
    assert [len(one.walk("VALARM")) for one in (entry, feed)] == [1, 0]
