"""Calls for interest: when they are open, for how many, and no way in before or after."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from flask import Flask

from app.catalogue import example_files
from app.catalogue.definition.elements import Window
from app.core.db import transaction
from tests.factories import cases as factory
from tests.integration.portal.conftest import make_citizen
from tests.visitor import Page, Visitor

WINDOW = Window(opens_on=date(2026, 12, 1), closes_on=date(2026, 12, 31), places=40)
STATES = [
    ("2026-11-30", "Not open yet: opens on 1 December 2026", False),
    ("2026-12-01", "Open until 31 December 2026", True),
    ("2026-12-31", "Open until the end of today", True),
    ("2027-01-01", "Closed since 31 December 2026", False),
]
each_day = pytest.mark.parametrize(("day", "state", "is_open"), STATES)


def at(day: str) -> time_machine.travel:
    # An hour before midnight in UTC is the next day in Moscow already: noon is the same in both.
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


def offer_call(app: Flask) -> None:
    with app.app_context(), transaction():
        factory.publish(replace(factory.definition("call_culture"), window=WINDOW))


def open_page(app: Flask, path: str) -> Page:
    return Visitor(app.test_client()).open(path)


@each_day
def test_a_call_says_when_it_is_open_and_for_how_many(
    app: Flask, day: str, state: str, *, is_open: bool
) -> None:
    with at(day):
        offer_call(app)
        page = open_page(app, "/en/services/CALL_CULTURE")

        assert state in page.text
        assert "From 1 December 2026 to 31 December 2026, both days included." in page.text
        assert "Places: 40." in page.text
        assert ("Start the request" in page.text) is is_open
        assert state in open_page(app, "/en/services/CALL_CULTURE/print").text


@each_day
def test_the_list_says_how_a_call_stands(
    app: Flask, day: str, state: str, *, is_open: bool
) -> None:
    with at(day):
        offer_call(app)

        assert state in open_page(app, "/en/services").text
        assert state in open_page(app, "/en/services?q=culture").text


@each_day
def test_a_link_that_was_kept_leads_in_only_while_it_is_open(
    app: Flask, day: str, state: str, *, is_open: bool
) -> None:
    with at(day):
        offer_call(app)
        page = make_citizen(app).open("/requests/new/CALL_CULTURE")

        expected = "/en/requests/new/CALL_CULTURE" if is_open else "/en/services/CALL_CULTURE"
        assert page.url == expected


@pytest.fixture
def all_calls(app: Flask) -> Iterator[Flask]:
    """Be a post that offers every example call, and the renewal."""
    with time_machine.travel("2026-11-25T12:00:00+00:00", tick=False):
        with app.app_context(), transaction():
            factory.publish()
            for service in example_files.list_services():
                if service.window:
                    factory.publish(service)
        yield app


def test_calls_are_listed_by_sector(all_calls: Flask) -> None:
    page = open_page(all_calls, "/en/services")

    sectors = [heading.text for heading in page.root.iter("h3")]
    assert sectors == ["Study", "Training", "Culture", "Health", "Sport", "Economy"]
    assert page.text.index("Passport renewal") < page.text.index("Calls for interest")


def test_the_calls_alone_are_one_press_away(all_calls: Flask) -> None:
    visitor = Visitor(all_calls.test_client())
    visitor.open("/en/services")

    page = visitor.follow("Calls")

    assert len(list(page.root.iter("h3"))) == 6
    assert "Passport renewal" not in page.text


@pytest.mark.parametrize(("language", "places"), [("ar", "عدد المقاعد: 40"), ("ru", "Мест: 40")])
def test_places_are_said_in_the_language_of_the_reader(
    all_calls: Flask, language: str, places: str
) -> None:
    assert places in open_page(all_calls, f"/{language}/services/CALL_CULTURE").text


def test_a_post_without_calls_has_no_place_for_them(app: Flask) -> None:
    with app.app_context(), transaction():
        factory.publish()

    text = open_page(app, "/en/services").text

    assert "Calls" not in text
