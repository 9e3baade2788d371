"""Fixtures for tests in a real Chromium, against what `make run` runs."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.reader import WIDTHS, Reader
from tests.live import LiveServer

FAILED = pytest.StashKey[bool]()
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser; each worker of a parallel run has a live server of its own."""
    for item in items:
        if "live_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Run the driver of the browser."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Run one Chromium for the session; CHROMIUM names it, `make test` finds or installs it."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("No Chromium: apt-get install chromium, or CHROMIUM=/path", pytrace=False)
    flags = [*FLAGS, "--no-sandbox"] if os.getuid() == 0 else list(FLAGS)
    browser = playwright.chromium.launch(executable_path=path, args=flags)
    yield browser
    browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the fixtures of a test whether it failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def new_reader(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer
) -> Iterator[Callable[..., Reader]]:
    """Make readers, each with a browser context of their own.

    `new_reader("ar", width="phone", script=True)`; whatever any of them met that a reader
    should never meet (a script error, a breach of the policy, a request to another host)
    fails the test at its end. What they see when a test fails is kept in tests/shots.
    """
    readers: list[Reader] = []

    def make(language: str, *, width: str = "phone", script: bool = True) -> Reader:
        across, down = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": across, "height": down},
            locale=language,
            java_script_enabled=script,
            timezone_id="Europe/Moscow",
            accept_downloads=True,
        )
        context.set_default_timeout(10_000)
        reader = Reader(
            page=context.new_page(), server=live_server, language=language, script=script
        )
        readers.append(reader)
        return reader

    yield make
    for number, reader in enumerate(readers):
        if request.node.stash.get(FAILED, False):
            reader.shot(f"failed-{request.node.originalname}-{number}")
        reader.page.context.close()
    assert [complaint for reader in readers for complaint in reader.complaints] == []
