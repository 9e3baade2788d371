"""The small task before a time is kept: solved by a real browser, or waited for without scripts."""

import hashlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.browser.steps import account

OWNER = "samer@example.org"


def at_times(reader: Reader) -> None:
    """Sign in as somebody whose papers are accepted, and look at the free times."""
    account.sign_in(reader, OWNER)
    reader.open("/requests")
    reader.press("Choose a day and a time")
    reader.sees_heading("Choose day and time")


@pytest.mark.grid
def test_a_browser_solves_the_task_while_its_reader_reads(
    new_reader: Callable[..., Reader],
) -> None:
    reader = new_reader("ar")
    at_times(reader)
    task = reader.page.locator("[data-proof]")
    seed, bits = task.get_attribute("data-proof"), int(task.get_attribute("data-bits") or 0)

    answer = reader.page.locator("[data-proof-answer]")
    expect(answer).to_have_value(re.compile("^[0-9]+$"), timeout=30_000)

    digest = hashlib.sha256(f"{seed}.{answer.input_value()}".encode()).digest()
    assert bits >= 15
    assert int.from_bytes(digest) >> (256 - bits) == 0


def test_without_a_script_the_page_says_how_long_to_wait(
    new_reader: Callable[..., Reader],
) -> None:
    reader = new_reader("ru", script=False)
    at_times(reader)
    reader.page.locator(".j-slot input").first.check()

    reader.press("Keep this time")

    reader.sees_heading("A short wait before your time is kept")
    reader.looks_at_both_widths("proof-wait")
