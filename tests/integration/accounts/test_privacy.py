"""What the page about privacy says is what the site does."""

import pytest

from app.accounts import devices
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor, text_of


def listed(visitor: Visitor) -> dict[str, str]:
    """Return the cookies that the page names, with what it says of each."""
    terms = [text_of(one) for one in visitor.page.root.iter("dt")]
    return dict(zip(terms, map(text_of, visitor.page.root.iter("dd")), strict=True))


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_the_page_names_the_cookies_that_are_set(
    visitor: Visitor, sign_in: Enter, language: str
) -> None:
    sign_in(visitor, language=language)
    jar = visitor.client._cookies or {}
    set_ones = {key[-1]: cookie.max_age for key, cookie in jar.items()}

    visitor.open(f"/{language}/privacy")

    said = listed(visitor)
    assert set(said) == set(set_ones)
    assert {name for name, text in said.items() if str(devices.KEPT_FOR.days) in text} == {
        name for name, age in set_ones.items() if age
    }


def test_the_page_says_for_how_long(visitor: Visitor) -> None:
    text = visitor.open("/en/privacy").text

    assert "For how long" in text
    assert "after 12 hours" in text
