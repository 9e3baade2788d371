"""Every page that somebody can reach: it fits, is accessible, light, and breaks no policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from app.demo import accounts
from tests.browser import crawl
from tests.browser.reader import WIDTHS, Reader
from tests.browser.steps import account, staff

pytestmark = pytest.mark.grid

STAFF = [who.login for who in accounts.STAFF]
LIGHT, LIGHT_WITH_FONTS = 40_000, 100_000
STAFF_WITH_FONTS = 150_000
MEASURE = """async () => {
  await document.fonts.ready;
  const all = [...performance.getEntriesByType("navigation"),
               ...performance.getEntriesByType("resource")];
  return all.map((one) => [one.name, one.encodedBodySize]);
}"""


def enter(reader: Reader, who: str) -> tuple[str, ...]:
    """Sign somebody in; return where their pages begin."""
    if who == "nobody":
        return ("/", "/services", "/follow", "/account/sign-in", "/desk/account/sign-in")
    if "@" in who:
        account.sign_in(reader, who)
        return ("/", "/requests", "/inbox", "/account")
    staff.sign_in(reader, who)
    return ("/desk", "/desk/account")


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
@pytest.mark.parametrize("who", ["nobody", *accounts.CITIZENS, *STAFF])
def test_every_page_fits_and_is_accessible(
    new_reader: Callable[..., Reader], who: str, language: str
) -> None:
    reader = new_reader(language, width="desk")
    wrong: list[str] = []

    for kind in crawl.every_page(reader, *enter(reader, who)):
        for across, down in WIDTHS.values():
            reader.page.set_viewport_size({"width": across, "height": down})
            reader.shot(f"{who.partition('@')[0]}.{kind}"[:120])
            try:
                reader.check_fits()
                reader.check_accessible()
            except AssertionError as found:
                wrong.append(f"{kind} at {across}: {found}")

    assert wrong == []


@pytest.mark.parametrize("language", ["ar", "ru"])
@pytest.mark.parametrize("who", ["nobody", "layan@example.org", "rana", "admin"])
def test_the_first_view_of_every_page_is_light(
    new_reader: Callable[..., Reader], browser: Browser, who: str, language: str
) -> None:
    reader = new_reader(language, width="phone")
    most = STAFF_WITH_FONTS if who in STAFF else LIGHT_WITH_FONTS
    heavy: list[str] = []

    for kind in crawl.every_page(reader, *enter(reader, who)):
        fonts, rest = _weigh(browser, reader)
        if fonts + rest > most or (who not in STAFF and rest > LIGHT):
            heavy.append(f"{kind}: {rest} bytes and {fonts} of fonts")

    assert heavy == []


def _weigh(browser: Browser, reader: Reader) -> tuple[int, int]:
    """Open the reader's page in a browser that has kept nothing; return bytes of fonts and rest."""
    context = browser.new_context(
        viewport=reader.page.viewport_size, storage_state=reader.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(reader.page.url, wait_until="networkidle")
    sizes: list[tuple[str, int]] = page.evaluate(MEASURE)
    context.close()
    fonts = sum(size for name, size in sizes if name.endswith(".woff2"))
    return fonts, sum(size for _, size in sizes) - fonts
