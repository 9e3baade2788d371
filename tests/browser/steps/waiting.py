"""The waiting list: somebody waits, somebody gives a time up, the offer is taken."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.demo.accounts import CITIZENS
from tests import servers
from tests.browser.reader import SLOW_S, Reader
from tests.browser.steps import booking
from tests.live import LiveServer

_CASES = """
SELECT "case".account_id, reference, booking.local_at FROM "case"
JOIN case_step ON case_step.case_id = "case".id AND case_step.state = 'current'
JOIN service ON service.id = "case".service_id AND service.code LIKE 'PASS%'
LEFT JOIN booking ON booking.case_id = "case".id AND booking.state = 'booked'
WHERE "case".state = 'in_progress' AND case_step.kind = 'appointment' AND account_id IN (1, 2)
ORDER BY booking.id IS NULL, account_id
"""
"""Passports of the two citizens of the example that are at the appointment, booked ones first."""
_FULL = """
UPDATE slot SET planned = taken, capacity = taken WHERE local_on = ? AND lane = 'public'
AND pool_id IN (SELECT id FROM pool WHERE code = 'passports')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A citizen of the example and the request that is theirs."""

    address: str
    reference: str


def find_two(server: LiveServer) -> tuple[Party, Party]:
    """Return who has a time, or may book one, and who has none: other walks change it."""
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        rows = database.execute(_CASES).fetchall()
    holder, *rest = rows
    waiter = next(row for row in rest if row[0] != holder[0])
    return _party(holder), _party(waiter)


def _party(row: tuple[int, str, str | None]) -> Party:
    return Party(address=CITIZENS[row[0] - 1], reference=row[1])


def have_a_time(reader: Reader, reference: str) -> date:
    """Return the day of the appointment of a request, which is booked when it has none yet."""
    day = _day_of(reader.server, reference)
    if day is None:
        booking.open_booking(reader, reference)
        booking.keep_a_seat(reader, day=3, time=1)
        booking.confirm(reader)
        day = _day_of(reader.server, reference)
    assert day is not None
    return day


def _day_of(server: LiveServer, reference: str) -> date | None:
    query = (
        'SELECT local_at FROM booking JOIN "case" ON "case".id = case_id'
        " WHERE reference = ? AND booking.state = 'booked'"
    )
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        row = database.execute(query, (reference,)).fetchone()
    return date.fromisoformat(row[0][:10]) if row else None


def fill_up(server: LiveServer, day: date) -> None:
    """Have no other time be free on a day: the example has more than anybody needs.

    The worker makes the slots of the present plan once a day, so that is waited for.
    """
    servers.wait_until(lambda: _has_made_slots(server), what="the slots of today", seconds=SLOW_S)
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        database.execute(_FULL, (day.isoformat(),))
        database.commit()


def _has_made_slots(server: LiveServer) -> bool:
    query = "SELECT max(period_at) FROM tick WHERE job = 'appointments.make_slots'"
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        (newest,) = database.execute(query).fetchone()
    return newest is not None and newest[:10] == datetime.now(UTC).date().isoformat()


def join(reader: Reader, reference: str, day: date) -> None:
    """Join the list for one day."""
    reader.open(f"/requests/{reference}/book")
    reader.press("To the waiting list")
    for legend in ("First day that suits", "Last day that suits"):
        group = reader.group(reader.say(legend))
        reader.fill_date(group, str(day.day), str(day.month), str(day.year))
    reader.choose("How long before the visit do you need to know?", "Two hours")
    reader.press("Join the list")
    reader.reads("Your place: %(number)s.", number=1)


def give_up(reader: Reader, reference: str) -> None:
    """Cancel an appointment, and say why."""
    reader.open(f"/requests/{reference}/appointment")
    reader.press("Cancel the appointment")
    reader.choose("Why is it cancelled?", "I cannot come at this time")
    reader.looks("waiting-cancel")
    reader.press("Cancel the appointment")
    reader.reads("The appointment has been cancelled. Its time goes to others.")
