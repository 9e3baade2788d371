"""An admin changes hours over booked seats: sees who is hit, and moves all to the nearest time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import SLOW_S, Reader
from tests.browser.steps import staff


def line_with_visits(reader: Reader) -> str:
    """Return the address of the first line of the week whose change would hit somebody."""
    reader.open("/admin/schedule")
    links = reader.page.locator("a[href*='/admin/schedule/'][href$='/remove']")
    addresses = [str(link.get_attribute("href")) for link in links.all()]
    for address in addresses:
        reader.open_address(address)
        if reader.page.get_by_role("radio").count():
            return address.removesuffix("/remove")
    raise AssertionError("nobody has an appointment")


@pytest.mark.grid
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_those_whom_new_hours_hit_are_moved_to_the_nearest(
    new_reader: Callable[..., Reader], language: str
) -> None:
    boss = new_reader(language, width="desk")
    staff.sign_in(boss, "admin")
    line = line_with_visits(boss)
    boss.open_address(line)
    opens, closes = boss.labelled(boss.say("From")), boss.labelled(boss.say("Until"))
    before, end = opens.input_value(), closes.input_value()

    # Only the last quarter of an hour is left of these hours.
    hour, minute = (int(part) for part in end.split(":"))
    late = hour * 60 + minute - 15
    opens.fill(f"{late // 60:02}:{late % 60:02}")
    boss.press("Save", context="action")
    boss.sees_heading("Before this is changed")
    boss.looks_at_both_widths("supply-impact")
    boss.choose("What becomes of these appointments", "Move them to the nearest free time")
    boss.press("Apply the change")

    expect(boss.main).to_contain_text(boss.say("Moved"), timeout=SLOW_S * 1000)
    expect(boss.page.locator("#progress[hx-trigger]")).to_have_count(0, timeout=SLOW_S * 1000)
    boss.looks_at_both_widths("supply-run")
    boss.open("/admin/moved")
    boss.looks_at_both_widths("supply-runs")

    boss.open_address(line)
    boss.fill("From", before)
    boss.press("Save", context="action")
    boss.reads("Saved. The free times follow at once.")
    boss.looks_at_both_widths("supply-week")
