"""The day of the visit: it comes, somebody arrives, and is served."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.live import LiveServer

ZONE = ZoneInfo("Europe/Moscow")


def bring_the_day(server: LiveServer, reference: str) -> None:
    """Move a booked visit to the present minute: no test can wait until its day."""
    now = datetime.now(ZONE).replace(second=0, microsecond=0)
    utc = (now - (now.utcoffset() or timedelta())).replace(tzinfo=None)
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        done = database.execute(
            "UPDATE booking SET starts_at = ?, local_at = ? WHERE state = 'booked'"
            ' AND case_id = (SELECT id FROM "case" WHERE reference = ?)',
            (utc.isoformat(" ", "microseconds"), now.strftime("%Y-%m-%dT%H:%M"), reference),
        )
        database.commit()
    assert done.rowcount == 1


def check_in(reader: Reader, reference: str, name: str) -> None:
    """Find who stands at the desk by the number, compare the name, and note the arrival."""
    reader.open("/desk/arrivals")
    reader.fill("Number of the request, typed or scanned", reference)
    reader.press("Find", context="action")
    reader.reads("Compare with the passport")
    reader.reads_text(reference, name)
    reader.press("The person is here")
    reader.reads("The arrival has been noted.")


def complete_visit(reader: Reader, reference: str) -> None:
    """Note that everything was done at the counter."""
    reader.open("/desk/arrivals")
    row = reader.main.get_by_role("row").filter(has_text=reference)
    reader.press("Visit completed", within=row)
    reader.reads("The visit is completed. The request goes on to its next step.")
    expect(row).to_contain_text(reader.say("Completed"))
