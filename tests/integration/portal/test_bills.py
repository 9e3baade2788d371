"""What a request costs, with the lines that made the sum, as its citizen reads them."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.catalogue.models import Post
from app.core.db import db, transaction
from tests.factories import people, versions
from tests.integration.portal.conftest import DECLARATION, Citizen, bring, fill_in
from tests.visitor import Page

DATED = {"valid_from": "2020-01-01", "currency": "USD"}
LATE = {
    **DATED,
    "key": "late",
    "when": {"field": "registered", "is": True},
    "amount": 5000,
    "label": {"ar": "غرامة تأخير", "ru": "Пеня за опоздание", "en": "Late fine"},
    "legal_basis": {"ar": "القانون ٢", "ru": "Закон № 2", "en": "Law 2, an example"},
}
STUDENTS = {
    "valid_from": "2020-01-01",
    "key": "students",
    "when": {"field": "stay_status", "is": "student"},
    "percent": 50,
    "label": {"ar": "تخفيض الطلاب", "ru": "Скидка студентам", "en": "Students pay half"},
    "legal_basis": {"ar": "القرار ٧", "ru": "Решение № 7", "en": "Decision 7, an example"},
}


@pytest.fixture
def charged(citizen: Citizen) -> Citizen:
    """Be a citizen to whom the renewal is offered with a fine and a waiver."""
    with citizen.app.app_context(), transaction():
        versions.publish(lambda one: one.update(add_ons=[LATE], waivers=[STUDENTS]))
    return citizen


def give_rate(app: Flask, **more: Any) -> None:
    """Have the post give a rate.  (Any: JSON)"""
    with app.app_context(), transaction():
        post = db.session.get_one(Post, people.post().id)
        post.rates = [{"from": "USD", "to": "RUB", "rate": "80.5", "on": "2026-11-20", **more}]


def lines_of(page: Page) -> list[str]:
    """Return the lines of the bill of a page, term and amount, the sum last."""
    (bill,) = page.by_class("j-bill")
    return [" ".join(" ".join(row.itertext()).split()) for row in bill.iter("div")]


def test_check_and_send_shows_the_lines_that_made_the_sum(charged: Citizen) -> None:
    reference = fill_in(charged)

    lines = lines_of(charged.open(f"/requests/{reference}/check"))

    assert len(lines) == 4
    assert "Decision 1 of 26 June 2025" in lines[0]
    assert "200 US dollars" in lines[0]
    assert "Late fine Law 2, an example" in lines[1]
    assert "50 US dollars" in lines[1]
    assert "Students pay half waived Decision 7, an example" in lines[2]
    assert "minus 100 US dollars" in lines[2]
    assert lines[3] == "In all 150 US dollars"


def test_the_request_page_shows_what_stays_owed_after_sending(charged: Citizen) -> None:
    reference = fill_in(charged)
    bring(charged, reference)
    charged.open(f"/requests/{reference}/check")
    charged.submit({}, "Send the request")

    page = charged.open(f"/requests/{reference}", "ru")

    assert [line.split(" ", 1)[0] for line in lines_of(page)] == ["В", "Пеня", "Скидка", "Итого"]
    assert "150 долларов США" in lines_of(page)[-1]


def test_without_a_rate_nothing_is_converted(charged: Citizen) -> None:
    reference = fill_in(charged)

    text = charged.open(f"/requests/{reference}/check").text

    assert "Russian roubles" not in text
    assert "orientation" not in text


def test_a_rate_gives_the_sum_for_orientation_with_its_day(charged: Citizen) -> None:
    reference = fill_in(charged)
    give_rate(charged.app)

    total = lines_of(charged.open(f"/requests/{reference}/check"))[-1]

    assert "12,075 Russian roubles" in total
    assert "20 November 2026, for orientation only" in total


def test_an_amount_that_nobody_set_is_not_converted(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    give_rate(citizen.app)
    with citizen.app.app_context(), transaction():
        last = date(2025, 7, 1).isoformat()
        versions.publish(lambda one: [fee.update(valid_to=last) for fee in one["fees"]])
    citizen.open(f"/requests/{reference}/new-version")
    citizen.submit({}, "Go on with the new version")

    lines = lines_of(citizen.open(f"/requests/{reference}/check"))

    assert lines == ["In all to be confirmed by the post"]


def test_who_is_not_registered_reads_what_the_registration_adds(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    citizen.open(f"/requests/{reference}/page/declaration")
    citizen.submit({**DECLARATION, "registered": "no"}, "Save and continue")

    lines = lines_of(citizen.open(f"/requests/{reference}/check"))

    assert "Consular registration" in lines[1]
    assert lines[-1].startswith("In all 250 US dollars")
