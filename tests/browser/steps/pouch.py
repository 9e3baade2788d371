"""What an officer does with a consignment: seal, send, compare, count as returned."""

from collections.abc import Mapping
from datetime import date

from playwright.sync_api import expect

from app.core import clock
from tests.browser.reader import SLOW_S, Reader


def open_box(reader: Reader) -> str:
    """Open the consignment that is being packed; return its path."""
    reader.open("/desk/consignments")
    state = reader.say("Open", context="consignment")
    row = reader.main.get_by_role("row").filter(has_text=state)
    row.get_by_role("link").first.click()
    reader.reads("Seal the consignment")
    return reader.path


def seal(reader: Reader, box: str) -> None:
    """Seal what lies in it, and wait for the manifest."""
    reader.fill("Number of the seal", "S-4711")
    reader.page.locator("#language").select_option("ru")
    reader.press("Seal the consignment")
    _look_until(reader, box, "Download the manifest")


def send(reader: Reader, box: str) -> None:
    """Give it to the courier today, and wait until every request says so."""
    reader.page.locator("#sent_on").fill(_today().isoformat())
    reader.fill("Courier", "سائق البعثة")
    reader.press("It has left")
    _look_until(reader, box, "It came back …")
    reader.press("Result for each request")
    _wait_for_worker(reader)


def compare(reader: Reader, box: str, lacking: Mapping[str, str]) -> None:
    """Mark what came back to be completed, with reasons by reference; all else came back done."""
    reader.open(box)
    reader.press("It came back …")
    for reference, reason in lacking.items():
        result = reader.labelled(reader.say("Result of %(reference)s", reference=reference))
        result.select_option("incomplete")
        said = reader.say("What the capital says of %(reference)s", reference=reference)
        reader.labelled(said).fill(reason)
    reader.labelled(reader.say("All that is not looked at yet came back done")).check()
    reader.press("Go on …")
    reader.sees_heading("Count it as returned")


def count_as_returned(reader: Reader, box: str) -> None:
    """Count the consignment as returned today, and wait until every request went on."""
    reader.page.locator("#returned_on").fill(_today().isoformat())
    reader.press("Count it as returned")
    _look_until(reader, box, "Result for each request")
    reader.press("Result for each request")
    _wait_for_worker(reader)
    reader.open(box)


def _look_until(reader: Reader, box: str, sentence: str) -> None:
    """Load the page of a consignment until it offers something."""
    for _ in range(int(SLOW_S)):
        reader.open(box)
        if reader.control(reader.say(sentence)).count():
            return
        reader.page.wait_for_timeout(1000)
    raise AssertionError(f"{sentence} never came")


def _wait_for_worker(reader: Reader) -> None:
    progress = reader.page.locator("#progress[hx-get]")
    expect(progress).to_have_count(0, timeout=SLOW_S * 1000)


def _today() -> date:
    return clock.today("Europe/Moscow")
