"""Somebody at a real browser: reads and fills in pages in their language, and their mail."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

from tests.browser import words
from tests.live import LiveServer
from tests.servers import ROOT

SHOTS = ROOT / "tests" / "shots"
WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}
SLOW_S = 30.0
"""How long a step may take that the worker has to carry out, on a busy machine."""


class Reader:
    """One browser context with its page (`.page` is Playwright's).

    Whatever the reader reads or presses is named by the English sentence of the source; the
    page is searched for its translation.
    """

    def __init__(self, *, page: Page, server: LiveServer, language: str, script: bool) -> None:
        """Watch what the page does from its first moment."""
        self.page = page
        self.server = server
        self.language = language
        self.has_script = script
        self.complaints: list[str] = []
        self.watch(page)

    def watch(self, page: Page) -> None:
        """Note what no reader should ever meet on this page of the browser."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium reports any answer of 400 and above here; such pages are what tests ask for.
        # Htmx reports a part whose reader went on before it was there.
        expected = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")
        if message.type == "error" and not any(words in message.text for words in expected):
            self.complaints.append(f"console: {message.text} at {self.page.url}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.netloc != self._host:
            self.complaints.append(f"asked another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        is_part = response.request.resource_type != "document"
        if response.status >= 500 or (is_part and response.status >= 400):
            self.complaints.append(f"answered {response.status}: {response.url}")

    @property
    def _host(self) -> str:
        return urlsplit(self.server.url).netloc

    # ---- where the reader is ----

    def open(self, path: str = "/") -> Page:
        """Open a page of the reader's language: open("/services") leads to /ar/services."""
        self.page.goto(f"{self.server.url}/{self.language}{path}")
        return self.page

    def open_address(self, path: str) -> Page:
        """Open an address as it stands, without putting the language in front."""
        self.page.goto(self.server.url + path)
        return self.page

    @property
    def path(self) -> str:
        """Return the path of the page, without the language."""
        return urlsplit(self.page.url).path.removeprefix(f"/{self.language}")

    @property
    def heading(self) -> str:
        """Return the h1."""
        return self.page.locator("h1").inner_text()

    @property
    def main(self) -> Locator:
        """Return the part of the page that differs from page to page."""
        return self.page.locator("main")

    # ---- what the reader reads ----

    def say(self, sentence: str, *, context: str | None = None, **values: object) -> str:
        """Return a sentence as the reader's pages say it."""
        return words.say(self.language, sentence, context=context, **values)

    def reads(self, sentence: str, *, context: str | None = None, **values: object) -> None:
        """Wait until the page says a sentence; places without a value may hold anything."""
        if values:
            expect(self.main).to_contain_text(self.say(sentence, context=context, **values))
        else:
            found = words.pattern(self.language, sentence, context=context)
            expect(self.main).to_contain_text(found)

    def reads_text(self, *texts: str) -> None:
        """Wait until the page shows these texts, which somebody else has written."""
        for text in texts:
            expect(self.main).to_contain_text(text)

    def sees_heading(self, sentence: str, *, context: str | None = None) -> None:
        """Wait until the h1 says a sentence."""
        found = words.pattern(self.language, sentence, context=context)
        expect(self.page.locator("h1")).to_contain_text(found)

    # ---- what the reader does ----

    def control(self, text: str, *, within: Locator | None = None) -> Locator:
        """Return the button or link with this text (a hidden word may follow it)."""
        name = re.compile(rf"^\s*{re.escape(text)}(\s|$)")
        place = within or self.main
        buttons = place.get_by_role("button", name=name)
        return buttons.or_(place.get_by_role("link", name=name)).first

    def press(
        self, sentence: str, *, context: str | None = None, within: Locator | None = None
    ) -> None:
        """Press the button or follow the link that says a sentence."""
        self.control(self.say(sentence, context=context), within=within).click()
        self.arrives()

    def follow(self, text: str) -> None:
        """Follow the link that somebody else has written."""
        self.main.get_by_role("link", name=text).first.click()
        self.arrives()

    def arrives(self) -> None:
        """Wait until the page that a click led to is read; a click ends when it begins."""
        self.page.wait_for_load_state("domcontentloaded")

    def go_back(self) -> None:
        """Go Back in the browser; Chromium refuses it while the page is being exchanged."""
        self.page.wait_for_load_state("load")
        self.page.go_back()

    def labelled(self, text: str, *, within: Locator | None = None) -> Locator:
        """Return the input with this label; "(optional)" may stand behind it."""
        return (within or self.main).get_by_label(_label(text)).first

    def fill(
        self,
        sentence: str,
        value: str,
        *,
        context: str | None = None,
        within: Locator | None = None,
    ) -> None:
        """Fill in the field with a label."""
        self.labelled(self.say(sentence, context=context), within=within).fill(value)

    def group(self, text: str) -> Locator:
        """Return the group of inputs with this legend."""
        return self.main.get_by_role("group", name=_label(text)).first

    def choose(
        self,
        legend: str,
        option: str,
        *,
        context: str | None = None,
        option_context: str | None = None,
    ) -> None:
        """Choose one of a few."""
        group = self.group(self.say(legend, context=context))
        group.get_by_label(self.say(option, context=option_context), exact=True).check()

    def fill_date(self, place: Locator, day: str, month: str, year: str) -> None:
        """Fill in day, month and year of a group; an empty one stays empty."""
        for label, value in (("Day", day), ("Month", month), ("Year", year)):
            place.get_by_label(self.say(label, context="date"), exact=True).fill(value)

    def switch_language(self, language: str) -> None:
        """Follow the name of another language, which leads to the same place."""
        before = self.path
        names = {"ar": "العربية", "ru": "Русский", "en": "English"}
        self.page.get_by_role("link", name=names[language], exact=True).first.click()
        expect(self.page.locator("html")).to_have_attribute("lang", language)
        self.language = language
        assert self.path == before

    # ---- the reader's mail ----

    def mail_for(self, address: str, *, count: int = 1) -> EmailMessage:
        """Wait until so many messages have come to an address; return the newest."""
        return self.server.mail_for(address, count=count)

    def code_for(self, address: str, *, count: int = 1) -> str:
        """Return the sign-in code in the newest message to an address."""
        return code_in(self.mail_for(address, count=count))

    @contextmanager
    def awaits_mail(self, address: str) -> Iterator[list[EmailMessage]]:
        """Wait at the end of the block until one message more than before has come."""
        before = len(self.server.messages(address))
        arrived: list[EmailMessage] = []
        yield arrived
        self.server.mail_for(address, count=before + 1)
        arrived.extend(self.server.messages(address)[before:])

    # ---- whether the page is as pages must be ----

    def shot(self, name: str) -> Path:
        """Save the whole page as tests/shots/NAME.LANGUAGE.WIDTH.png, to be looked at."""
        SHOTS.mkdir(exist_ok=True)
        width = (self.page.viewport_size or {"width": 0})["width"]
        path = SHOTS / f"{name}.{self.language}.{width}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def check_accessible(self) -> None:
        """Fail when axe finds anything on the page (needs a reader with scripts)."""
        found = Axe().run(self.page).response["violations"]
        told = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
        assert told == [], f"{self.page.url}: {told}"

    def check_fits(self) -> None:
        """Fail when the page is wider than the window (nothing may scroll sideways)."""
        self.arrives()
        root = self.page.locator("html")
        width, window = root.evaluate("root => [root.scrollWidth, root.clientWidth]")
        assert width <= window, f"{self.page.url} is {width} px wide in a window of {window} px"

    def looks(self, name: str) -> None:
        """Keep a picture of the page and check what holds for every page."""
        self.check_fits()
        if self.has_script:
            self.check_accessible()
        self.shot(name)

    def looks_at_both_widths(self, name: str) -> None:
        """Look at the page as on a phone, then as at a desk."""
        for across, down in WIDTHS.values():
            self.page.set_viewport_size({"width": across, "height": down})
            self.looks(name)


def code_in(message: EmailMessage) -> str:
    """Return the sign-in code of a message."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", text_of(message))
    assert found, "the message holds no code"
    return found.group(0)


def text_of(message: EmailMessage) -> str:
    """Return what a message says in plain text."""
    body = message.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text


def _label(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(text)}\s*(\([^)]+\))?\s*$")
