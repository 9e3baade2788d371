"""What a page asks of the database does not grow with what it lists."""

import pytest
from flask import Flask

from app.core.db import transaction
from app.notifications import services as notifications
from app.portal import requests
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import messages
from tests.integration.portal.conftest import Citizen

STAGES = ("draft", "submitted", "asked", "accepted")


def count(app: Flask, citizen: Citizen, path: str) -> int:
    """Return how many statements a page needs, once what it keeps is known."""
    citizen.open(path)
    with counted_queries(app) as sent:
        assert citizen.open(path).status == 200
    return len(sent)


def test_more_requests_ask_no_more(app: Flask, citizen: Citizen) -> None:
    for stage in STAGES:
        citizen.make(stage)
    few = count(app, citizen, "/requests")
    for stage in STAGES * 2:
        citizen.make(stage)

    assert count(app, citizen, "/requests") == few <= 16


def test_three_hundred_messages_ask_no_more_than_three(app: Flask, citizen: Citizen) -> None:
    def tell(number: int) -> None:
        with app.test_request_context(), transaction():
            notifications.tell(
                "case_submitted",
                account_id=citizen.account_id,
                dedupe=f"m{number}",
                payload=messages.payload("case_submitted"),
            )

    for number in range(3):
        tell(number)
    few = count(app, citizen, "/inbox")
    for number in range(3, 300):
        tell(number)

    assert count(app, citizen, "/inbox") == few <= 6


@pytest.mark.parametrize("path", ["/services", "/"])
def test_more_services_ask_no_more(app: Flask, citizen: Citizen, path: str) -> None:
    few = count(app, citizen, path)
    with app.app_context(), transaction():
        for code in ("pass_first", "pass_lost", "civ_birth"):
            factory.publish(factory.definition(code))

    assert count(app, citizen, path) == few <= 6


def test_many_requests_stand_on_pages_and_none_is_left_out(
    app: Flask, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_REQUESTS", 2)
    references = [citizen.make("draft") for _ in range(5)]

    seen = citizen.open("/requests").text
    for _page in range(2):
        seen += citizen.visitor.follow("Older requests").text

    assert all(seen.count(f"{reference}") >= 1 for reference in references)
    assert "Older requests" not in citizen.page.text
