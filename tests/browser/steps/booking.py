"""How a citizen takes a seat, moves it, and keeps it in a calendar."""

import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app.web.proof.rules import WAIT
from tests.browser.reader import Reader

CONFIRM = re.compile(r"/confirm(#|$)")
"""Where a time is confirmed; the browser carries the place on the page of times along."""


def open_booking(reader: Reader, reference: str) -> None:
    """Go from the request to the free seats."""
    reader.open(f"/requests/{reference}")
    reader.press("Choose a day and a time")
    reader.sees_heading("Choose day and time")


def keep_a_seat(reader: Reader, *, day: int, time: int) -> str:
    """Choose a day and a time by their place in the lists; return the time that is kept."""
    reader.page.locator("a.j-day").nth(day).click()
    slot = reader.page.locator(".j-slot").nth(time)
    slot.locator("input").check()
    shown = slot.locator("b").inner_text()
    reader.press("Keep this time")
    if not reader.has_script:
        wait_instead(reader)
    # The time stands on the page of times as well, which may still be there for a moment.
    reader.page.wait_for_url(CONFIRM)
    reader.reads_text(shown)
    return shown


def wait_instead(reader: Reader) -> None:
    """Wait for as long as the page says to a browser that has solved no task."""
    reader.sees_heading("A short wait before your time is kept")
    reader.page.wait_for_timeout(WAIT / timedelta(milliseconds=1) + 1000)
    reader.press("Keep this time")


def confirm(reader: Reader) -> None:
    """Confirm the seat that is kept."""
    reader.sees_heading("Confirm the appointment")
    reader.reads("This time is kept for you until %(until)s.")
    reader.press("Confirm the appointment")
    reader.sees_heading("My appointment")


def move(reader: Reader, *, day: int, time: int) -> str:
    """Move the appointment; return the new time."""
    reader.press("Move the appointment")
    reader.sees_heading("Choose another day and time")
    shown = keep_a_seat(reader, day=day, time=time)
    reader.sees_heading("Confirm the other time")
    reader.press("Move the appointment")
    reader.sees_heading("My appointment")
    reader.reads_text(shown)
    return shown


def calendar_entry(reader: Reader) -> str:
    """Return the calendar file that the page of the appointment offers."""
    with reader.page.expect_download() as download:
        reader.press("Put it into my calendar")
    return Path(download.value.path()).read_text("utf-8")


def free_days(reader: Reader, reference: str) -> list[date]:
    """Return the days that offer a free seat for a request, near and far."""
    reader.open(f"/requests/{reference}/book")
    days = reader.page.locator("a.j-day").evaluate_all("links => links.map((link) => link.href)")
    return [date.fromisoformat(parse_qs(urlsplit(day).query)["day"][0]) for day in days]
