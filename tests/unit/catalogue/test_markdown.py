"""The limited Markdown of admins' texts."""

import re

import pytest

from app.catalogue import markdown


@pytest.mark.parametrize(
    ("address", "led_to"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("/en/services", "/en/services"),
        ("#papers", "#papers"),
        ("//evil.example", None),
        ("///evil.example", None),
        (r"/\evil.example", "/%5Cevil.example"),
        ("/&#92;evil.example", "/%5Cevil.example"),
        ("/&#9;/evil.example", "/%09/evil.example"),
        ("http://example.org", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_leads_to_https_or_to_this_site(address: str, led_to: str | None) -> None:
    found = re.search('href="([^"]*)"', markdown.to_html(f"[x]({address})"))

    assert (found and found[1]) == led_to


@pytest.mark.parametrize("address", ["//evil.example", r"/\evil.example", r"\\evil.example"])
def test_an_address_that_names_a_host_is_not_one_of_this_site(address: str) -> None:
    assert markdown._on_this_site(address) is None
