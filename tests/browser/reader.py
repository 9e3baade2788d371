"""Somebody at a real browser: opens pages in their language, reads their mail, is watched over."""

import re
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

from tests.live import LiveServer
from tests.servers import ROOT

SHOTS = ROOT / "tests" / "shots"
SERIOUS = ("serious", "critical")


class Reader:
    """One browser context with its page (`.page` is Playwright's)."""

    def __init__(self, *, page: Page, server: LiveServer, language: str) -> None:
        """Watch what the page does from its first moment."""
        self.page = page
        self.server = server
        self.language = language
        self.complaints: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium reports any answer of 400 and above here; such pages are what tests ask for.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.server.url).netloc:
            self.complaints.append(f"asked another host: {request.url}")

    def open(self, path: str = "/") -> Page:
        """Open a page of the reader's language: open("/services") leads to /ar/services."""
        self.page.goto(f"{self.server.url}/{self.language}{path}")
        return self.page

    def open_address(self, path: str) -> Page:
        """Open an address as it stands, without putting the language in front."""
        self.page.goto(self.server.url + path)
        return self.page

    @property
    def heading(self) -> str:
        """Return the h1."""
        return self.page.locator("h1").inner_text()

    def mail_for(self, address: str, *, count: int = 1) -> EmailMessage:
        """Wait until so many messages have come to an address; return the newest."""
        return self.server.mail_for(address, count=count)

    def code_for(self, address: str, *, count: int = 1) -> str:
        """Return the sign-in code in the newest message to an address."""
        message = self.mail_for(address, count=count)
        body = message.get_body(("plain",))
        assert body is not None
        found = re.search(r"(?<!\d)\d{6}(?!\d)", body.get_content())
        assert found, "the message holds no code"
        return found.group(0)

    def shot(self, name: str) -> Path:
        """Save the whole page as tests/shots/NAME.LANGUAGE.WIDTH.png, to be looked at."""
        SHOTS.mkdir(exist_ok=True)
        width = (self.page.viewport_size or {"width": 0})["width"]
        path = SHOTS / f"{name}.{self.language}.{width}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def check_accessible(self) -> None:
        """Fail when axe finds something serious on the page (needs a reader with scripts)."""
        found = Axe().run(self.page).response["violations"]
        serious = [v for v in found if v["impact"] in SERIOUS]
        told = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in serious]
        assert told == []

    def check_fits(self) -> None:
        """Fail when the page is wider than the window (nothing may scroll sideways)."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        window = self.page.evaluate("document.documentElement.clientWidth")
        assert width <= window, f"the page is {width} px wide in a window of {window} px"
