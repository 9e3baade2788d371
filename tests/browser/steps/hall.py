"""The hall: devices are set up, somebody checks in, is called, and the board shows it."""

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from tests.browser.reader import SLOW_S, Reader
from tests.live import LiveServer

SLOW_MS = SLOW_S * 1000
FORGETS_S = 21


def visit_to_come(server: LiveServer) -> str:
    """Return the number of a request whose visitor has not come yet, of the example data.

    By the hour those of the example are here already; then one of them is at home again.
    """
    query = (
        'SELECT booking.id, reference FROM booking JOIN "case" ON "case".id = case_id'
        " JOIN pool ON pool.id = pool_id JOIN site ON site.id = site_id"
        " WHERE booking.state IN ('booked', 'checked_in') AND site.code = 'moscow'"
        " ORDER BY booking.state, booking.id LIMIT 1"
    )
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        booking_id, reference = database.execute(query).fetchone()
        database.execute("DELETE FROM ticket WHERE booking_id = ?", (booking_id,))
        database.execute("UPDATE booking SET state = 'booked' WHERE id = ?", (booking_id,))
        database.commit()
    return str(reference)


def add_device(head: Reader, kind: str, name: str) -> str:
    """Add a board or a kiosk; return its path without the language."""
    head.open("/desk/hall/devices")
    head.page.get_by_label(head.say("Kind"), exact=True).select_option(kind)
    head.fill("Where it stands", name)
    head.press("Add the device")
    address = head.main.locator(f"a[href*='/hall/{kind}/']").get_attribute("href") or ""
    return f"/hall/{kind}/{address.rpartition('/')[2]}"


def check_in(kiosk: Reader, path: str, typed: str) -> None:
    """Type what stands on a slip into the kiosk."""
    kiosk.open(path)
    kiosk.page.locator("#reference").fill(typed)
    kiosk.press("Get my number")


def read_number(kiosk: Reader) -> str:
    """Return the number that the kiosk gives."""
    kiosk.sees_heading("Your number")
    return kiosk.main.locator(".k-number").inner_text().strip()


def give_number(reception: Reader) -> str:
    """Give a number to somebody without an appointment; return it."""
    reception.open("/desk/hall")
    reception.press("Give a number")
    shown = reception.main.locator(".s-number")
    expect(shown).to_have_text(re.compile(r"^[KM]\d\d$"))
    return shown.inner_text().strip()


def open_counter(officer: Reader, number: int) -> None:
    """Open a counter for today."""
    officer.open("/desk/counter")
    officer.fill("Number of the counter", str(number))
    officer.press("Open the counter")
    officer.reads("The counter is open.")


def call(officer: Reader, number: str) -> None:
    """Call a certain number."""
    row = officer.main.locator(".s-wait li").filter(has_text=number)
    officer.press("Call", context="hall", within=row)
    expect(officer.main.locator(".s-current__num")).to_have_text(number)


def send_on(officer: Reader, counter: int) -> None:
    """Send whoever is at the counter on to another one."""
    option = officer.page.locator("select[name=to] option").filter(has_text=str(counter))
    officer.page.locator("select[name=to]").select_option(value=option.get_attribute("value"))
    officer.press("Send on")


def shows(board: Reader, number: str, counter: int) -> None:
    """Wait until the board shows a number with its counter."""
    expect(board.page.locator(".b-num")).to_have_text(number, timeout=SLOW_MS)
    expect(board.page.locator(".b-win")).to_have_text(str(counter))


def lose_and_find_connection(board: Reader) -> None:
    """Take the line away from the board, which says it, and give it back."""
    lost = board.page.locator("[data-lost]")
    expect(lost).to_be_hidden()
    board.page.context.set_offline(True)
    expect(lost).to_be_visible(timeout=SLOW_MS)
    expect(lost).to_contain_text(
        board.say("The connection is lost. Numbers may have changed: ask at the reception.")
    )
    board.looks("hall-board-lost")
    board.page.context.set_offline(False)
    expect(lost).to_be_hidden(timeout=SLOW_MS)


def forgets(kiosk: Reader, number: str) -> None:
    """Let the time pass after which the kiosk shows nothing of whoever was there."""
    kiosk.page.clock.fast_forward(FORGETS_S * 1000)
    expect(kiosk.page.locator("#reference")).to_be_visible(timeout=SLOW_MS)
    expect(kiosk.main).not_to_contain_text(number)
