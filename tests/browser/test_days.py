"""The page of times that was left open: whoever comes back to it sees what is still free."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.reader import Reader
from tests.browser.steps import account, waiting


@pytest.mark.grid
@pytest.mark.parametrize(("language", "width"), [("ar", "phone"), ("ru", "desk")])
def test_a_day_that_filled_up_meanwhile_says_so(
    new_reader: Callable[..., Reader], language: str, width: str
) -> None:
    citizen = new_reader(language, width=width)
    _holder, waiter = waiting.find_two(citizen.server)
    account.sign_in(citizen, waiter.address)
    citizen.page.clock.install()
    citizen.open(f"/requests/{waiter.reference}/book")
    line = citizen.page.locator("a.j-day").nth(2)
    before = line.locator(".j-day__free").inner_text()

    waiting.fill_up(citizen.server, day_of(line))
    line.focus()
    expect(line).to_contain_text(before)
    citizen.page.clock.fast_forward(30_000)
    citizen.page.locator("a.j-day").nth(1).focus()

    expect(line).to_contain_text(citizen.say("Full"))
    citizen.looks("days-full")


def day_of(line: Locator) -> date:
    """Return the day to whose times a line of the list leads."""
    found = re.search(r"day=([0-9-]+)", line.get_attribute("href") or "")
    assert found
    return date.fromisoformat(found[1])
