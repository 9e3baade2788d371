"""What stands around the pages of staff."""

from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from app.core.db import transaction
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer
from tests.visitor import Page, Visitor, text_of


def cells(page: Page) -> list[Element]:
    """Return the cells of the lists on a page that are not the head of their row."""
    return [cell for table in page.by_class("s-table") for cell in table.iter("td")]


def test_the_way_in_of_a_staff_page_is_that_of_staff(app: Flask) -> None:
    with app.app_context(), transaction():
        people.post()

    page = Visitor(app.test_client()).open("/en/desk/account/sign-in")

    (link,) = (one for one in page.by_class("s-me"))
    assert (text_of(link), link.get("href")) == ("Sign in", "/en/desk/account/sign-in")


@pytest.mark.parametrize("path", ["/desk/queue", "/desk"])
def test_each_cell_of_a_list_says_what_it_is_where_rows_are_cards(
    app: Flask, officer: Officer, path: str
) -> None:
    with app.app_context(), transaction():
        factory.taken(people.account(), officer.actor)
        factory.submitted(people.account())

    page = officer.visitor.open(f"/en{path}")

    labels = [cell.get("data-label") for cell in cells(page) if cell.find(".//input") is None]
    assert labels == ["Applicant", "Service", "State", "Time", "Officer", "Last event"]


@pytest.mark.parametrize(("scanner", "shown"), [("none", True), ("clamd://127.0.0.1:3310", False)])
def test_staff_are_told_where_no_scanner_is_connected(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch, scanner: str, shown: bool
) -> None:
    settings = replace(app.config["SETTINGS"], scanner=scanner)
    monkeypatch.setitem(app.config, "SETTINGS", settings)

    banner = officer.visitor.open("/en/desk").by_class("s-banner")

    assert [("No virus scanner" in text_of(one)) for one in banner] == [True] * shown
