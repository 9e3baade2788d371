"""What a cashier does: open the desk, take and void a payment, count and close."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.reader import Reader
from tests.browser.steps import staff

DESKS = "/desk/payments/cash"


def open_desk(reader: Reader, login: str) -> int:
    """Have a desk in dollars open for today; return what is expected in it, in major units."""
    reader.open(DESKS)
    if not _desk_of(reader, login).count():
        reader.page.locator("#currency").select_option("USD")
        reader.page.locator("#opening").fill("0")
        reader.press("Open the cash desk")
        reader.reads("The cash desk is open.")
    found = re.search(r"\d+", _desk_of(reader, login).locator("td").nth(2).inner_text())
    assert found
    return int(found.group())


def _desk_of(reader: Reader, login: str) -> Locator:
    """Return the desk of a cashier: the head sees those of everybody."""
    name = staff.find(login).names[reader.language]
    return reader.page.locator(".s-table tbody tr").filter(has_text=name).filter(has_text="USD")


def take(reader: Reader, reference: str, amount: str) -> None:
    """Find a request by its number, take its fee and give a receipt."""
    reader.open("/desk/payments")
    reader.fill("Number of the request, typed or scanned", reference)
    reader.press("Take a payment")
    reader.page.locator("#given").fill(amount)
    reader.press("Confirm and give a receipt")
    reader.reads("Receipt %(number)s")


def void(reader: Reader, reason: str) -> None:
    """Void the receipt of the payment that is open."""
    reader.press("Void the receipt …")
    reader.page.locator("#reason").fill(reason)
    reader.looks("cash-void")
    reader.press("Void the receipt")
    reader.reads("Voided", context="receipt")


def close_desk(reader: Reader, login: str, counted: int) -> None:
    """Count the desk and close it: what was counted is what is expected."""
    reader.open(DESKS)
    _desk_of(reader, login).get_by_role("link").click()
    reader.page.locator("#counted").fill(str(counted))
    reader.looks("cash-close")
    reader.press("Close the cash desk")
    reader.press("Close it for good")
    reader.reads("The cash desk is closed.")
    expect(reader.main.locator(".j-facts")).to_contain_text(str(counted))
