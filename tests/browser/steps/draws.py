"""A draw: announced by an admin, wished in by a citizen, held, and run again by anybody."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.browser.reader import Reader
from tests.browser.steps import reception
from tests.browser.steps.services import title_of
from tests.live import LiveServer

SERVICE, POOL = "RESID", "moscow:documents"
VALUE = "81.2337"
PUBLISHED = (
    "Published: %(value)s. Compare it with its source: once the draw is held, it cannot be changed."
)
_FREE = """
SELECT local_on FROM slot JOIN pool ON pool.id = pool_id JOIN site ON site.id = site_id
WHERE site.code = 'moscow' AND pool.code = 'documents' AND lane = 'public' AND local_on >= ?
GROUP BY local_on HAVING sum(planned) > 0 AND max(release_id) IS NULL AND max(opening_id) IS NULL
ORDER BY local_on LIMIT 2
"""
_SHIFT = "UPDATE seat_release SET opens_at = ?, closes_at = ? WHERE uid = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """When a draw is made."""

    opens_on: date
    closes_on: date
    public_on: date
    first: date
    last: date


def next_days(server: LiveServer) -> Days:
    """Return days for a draw of two days of seats that nothing else gives out."""
    today = datetime.now(reception.ZONE).date()
    with closing(_database(server)) as database:
        rows = database.execute(_FREE, ((today + timedelta(days=19)).isoformat(),)).fetchall()
    first, last = (date.fromisoformat(day) for (day,) in rows)
    return Days(
        opens_on=today + timedelta(days=1),
        closes_on=today + timedelta(days=2),
        public_on=today + timedelta(days=15),
        first=first,
        last=last,
    )


def announce(admin: Reader, days: Days) -> str:
    """Make a draw whose wishes are taken from tomorrow on; return its public name."""
    admin.open("/admin/draws")
    admin.press("Make a draw")
    admin.labelled(admin.say("Service")).select_option(label=title_of(admin, SERVICE))
    admin.labelled(admin.say("Counters")).select_option(value=POOL)
    for label, day in (
        ("Wishes are taken from", days.opens_on),
        ("Wishes are taken until", days.closes_on),
        ("Day of the public value", days.public_on),
        ("First day of the seats", days.first),
        ("Last day of the seats", days.last),
    ):
        group = admin.group(admin.say(label))
        admin.fill_date(group, str(day.day), str(day.month), str(day.year))
    admin.fill("What the value is and who publishes it", "Bank of Russia, USD, cbr.ru")
    admin.press("Announce the draw")
    admin.reads("The draw is announced. Its seats are withheld until it is held.")
    return admin.path.rpartition("/")[2]


def take_step(admin: Reader, uid: str, step: str, *, has_closed: bool) -> None:
    """Have the hour of a step be past, which no test can wait for, and take it."""
    now = datetime.now(UTC).replace(tzinfo=None)
    closes_at = now + timedelta(minutes=-1 if has_closed else 60)
    moments = (now - timedelta(hours=2), closes_at)
    with closing(_database(admin.server)) as database:
        texts = [moment.isoformat(" ", "microseconds") for moment in moments]
        done = database.execute(_SHIFT, (*texts, uid))
        database.commit()
    assert done.rowcount == 1
    admin.open(f"/admin/draws/{uid}")
    admin.press(step)


def _database(server: LiveServer) -> sqlite3.Connection:
    return sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)


def find_draw(citizen: Reader, uid: str) -> None:
    """Go from the own requests over the page of times to the draw."""
    citizen.open("/requests")
    citizen.follow(title_of(citizen, SERVICE))
    citizen.open_address(f"/{citizen.language}{citizen.path}/book")
    citizen.main.locator(f"a[href$='/draw/{uid}']").click()
    citizen.sees_heading("Draw of appointments")


def wish(citizen: Reader) -> str:
    """Wish for all days; return the ticket."""
    citizen.reads("Register a wish")
    for box in citizen.page.locator("input[name=days]").all():
        box.check()
    citizen.press("Register the wish")
    citizen.reads("Your wish is registered. You can change it until the closing.")
    return citizen.main.locator(".j-code", has_text=re.compile(r"^.{4}-.{4}-.{4}$")).inner_text()


def hold(admin: Reader) -> None:
    """Publish the value, and hold the draw whose page is open."""
    admin.fill("The value", "81,2337")
    admin.press("Publish the value")
    admin.reads("Please write the value exactly as it is shown.")
    admin.looks_at_both_widths("draw-value")
    admin.fill("The value", VALUE)
    admin.press("Publish the value")
    admin.reads(PUBLISHED)
    admin.press("Hold the draw")
    admin.reads("The draw is being held. The result appears here shortly.")


def run_again(reader: Reader, folder: Path) -> str:
    """Take what the page of a draw offers and run it, as its page says; return what it prints."""
    for sentence, name in (
        ("All that is published, for programs (JSON)", "draw.json"),
        ("A program of a few lines that runs it again (Python)", "verify_draw.py"),
    ):
        address = reader.control(reader.say(sentence)).get_attribute("href") or ""
        answer = reader.page.request.get(reader.server.url + address)
        (folder / name).write_bytes(answer.body())
    command = [sys.executable, "verify_draw.py", "draw.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
