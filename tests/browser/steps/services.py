"""What everyone can do: find a service, read about it."""

import json
from functools import cache
from typing import Any

from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.servers import ROOT


@cache
def definition(code: str) -> dict[str, Any]:
    """Return the example service as its file describes it."""
    folder = ROOT / "app" / "catalogue" / "examples" / "services"
    described: dict[str, Any] = json.loads((folder / f"{code.lower()}.json").read_text("utf-8"))
    return described


def title_of(reader: Reader, code: str) -> str:
    """Return the title of a service in the reader's language."""
    title: str = definition(code)["title"][reader.language]
    return title


def find_by_category(reader: Reader, code: str) -> None:
    """Go from the start page over what has happened to the page of a service."""
    reader.open("/")
    reader.sees_heading("What do you need from the consulate?")
    reader.page.locator(".j-event").first.get_by_role("link").click()
    reader.sees_heading("Services")
    reader.main.get_by_role("link", name=title_of(reader, code), exact=True).click()
    expect(reader.page.locator("h1")).to_have_text(title_of(reader, code))


def read_about(reader: Reader, code: str) -> None:
    """Read fee, papers and steps on the page of a service."""
    service = definition(code)
    reader.reads("Papers that you need")
    reader.reads_text(*(paper["title"][reader.language] for paper in service["papers"]))
    reader.reads("Consular fee")
    reader.reads("How it goes")
    reader.reads("Last updated: %(day)s")
