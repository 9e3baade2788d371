"""The calendar part of a mail: an appointment that a reader's calendar adds, moves or removes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

REMINDER = timedelta(days=1)
"""So long before an appointment the reader's calendar says it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What stands in a calendar; it names no person and no paper."""

    uid: str
    """The same for all mails about one booking."""
    sequence: int
    """Grows with each change; a calendar keeps the highest."""
    starts_at: datetime
    minutes: int
    summary: str
    place: str
    link: str
    description: str = ""


def invitation(
    appointment: Appointment, *, method: str, organizer: str, attendee: str, now: datetime
) -> bytes:
    """Return an iCalendar object (RFC 5545, 5546) with times in UTC, which needs no VTIMEZONE."""
    calendar = Calendar()
    calendar.add("prodid", "-//Jaliya//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(appointment, method, organizer, attendee, now))
    return bytes(calendar.to_ical())


def entry(appointment: Appointment, *, now: datetime) -> bytes:
    """Return an iCalendar object that a reader adds to a calendar of their own."""
    return _published([_reminding(appointment, now)])


def feed(appointments: Iterable[Appointment], *, now: datetime) -> bytes:
    """Return an iCalendar object of several appointments, which a calendar reads again and again.

    What is not in it any more goes out of the calendars that follow it. Nothing is said again
    before it: whoever follows the visits of a place would hear an alarm for each of them.
    """
    return _published(_bare(appointment, now) for appointment in appointments)


def _published(events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Jaliya//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(
    appointment: Appointment, method: str, organizer: str, attendee: str, now: datetime
) -> Event:
    event = _reminding(appointment, now)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    event.add("attendee", vCalAddress(f"mailto:{attendee}"))
    return event


def _bare(appointment: Appointment, now: datetime) -> Event:
    event = Event()
    starts_at = appointment.starts_at.astimezone(UTC)
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=appointment.minutes))
    event.add("summary", appointment.summary)
    if appointment.place:
        event.add("location", vText(appointment.place))
    if appointment.link:
        event.add("url", appointment.link)
    if appointment.description:
        event.add("description", appointment.description)
    return event


def _reminding(appointment: Appointment, now: datetime) -> Event:
    event = _bare(appointment, now)
    event.add_component(_alarm(appointment))
    return event


def _alarm(appointment: Appointment) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", appointment.summary)
    alarm.add("trigger", -REMINDER)
    return alarm
