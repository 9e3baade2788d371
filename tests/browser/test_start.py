"""The first page, in a real browser, at both widths, with and without a script."""

from collections.abc import Callable

import pytest

from tests.browser.reader import Reader


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ru", "ltr")])
def test_the_start_page_is_in_the_readers_language_and_fits(
    new_reader: Callable[..., Reader], language: str, direction: str, width: str
) -> None:
    reader = new_reader(language, width=width)

    page = reader.open_address("/")

    assert page.url.endswith(f"/{language}/")
    assert page.locator("html").get_attribute("dir") == direction
    assert reader.heading
    reader.check_fits()
    reader.check_accessible()
    reader.shot("start")


def test_the_language_switch_keeps_the_place_without_a_script(
    new_reader: Callable[..., Reader],
) -> None:
    reader = new_reader("ar", script=False)
    reader.open("/outbox")

    reader.page.get_by_role("link", name="Русский").click()

    assert reader.page.url.endswith("/ru/outbox")


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_what_a_service_costs_fits_the_narrowest_phone(
    new_reader: Callable[..., Reader], language: str
) -> None:
    reader = new_reader(language)
    for width in (320, 390):
        reader.page.set_viewport_size({"width": width, "height": 800})
        for code in ("PASS_RENEW", "PASS_LOST", "CIV_BIRTH"):
            reader.open(f"/services/{code}")
            reader.check_fits()
    reader.check_accessible()
