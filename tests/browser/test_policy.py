"""In a real Chromium: no page breaks its policy or asks another host, in any language."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from app.demo import accounts
from tests.browser import crawl
from tests.browser.reader import Reader
from tests.browser.steps import account
from tests.browser.test_every_page import STAFF, enter
from tests.live import LiveServer

pytestmark = [pytest.mark.security, pytest.mark.grid]


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
@pytest.mark.parametrize("who", ["nobody", *accounts.CITIZENS, *STAFF])
@pytest.mark.proves("S17", "S54", "csrf_headers-004")
def test_no_page_breaks_its_policy_or_asks_another_host(
    new_reader: Callable[..., Reader], who: str, language: str
) -> None:
    reader = new_reader(language, width="phone")

    kinds = list(crawl.every_page(reader, *enter(reader, who)))

    # What the reader met that nobody should meet fails the test at its end (see new_reader).
    print(f"{who} in {language}: {len(kinds)} kinds of pages, {len(reader.complaints)} violations")
    assert len(kinds) > 5


@pytest.mark.proves("S17", "S54")
def test_a_breach_of_the_policy_would_be_found(browser: Browser, live_server: LiveServer) -> None:
    page = browser.new_context(locale="en").new_page()
    reader = Reader(page=page, server=live_server, language="en", script=True)
    reader.open("/help")

    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.planted = 1";
          const picture = document.createElement("img");
          picture.src = "http://127.0.0.1:9/x.png";
          document.body.append(script, picture);
        }"""
    )
    page.wait_for_timeout(200)

    assert page.evaluate("window.planted") is None
    assert any("Content Security Policy" in one for one in reader.complaints)
    page.context.close()


@pytest.mark.proves("S53")
def test_going_back_after_signing_out_shows_nothing(new_reader: Callable[..., Reader]) -> None:
    reader = new_reader("en", width="desk")
    account.sign_in(reader, accounts.CITIZENS[0])
    reader.open("/account")
    reader.reads_text(accounts.CITIZENS[0])
    reader.press("Sign out")
    reader.reads("You are signed out.")

    reader.page.go_back()

    expect(reader.page).to_have_url(re.compile("/sign-in"))
    assert accounts.CITIZENS[0] not in reader.page.content()
