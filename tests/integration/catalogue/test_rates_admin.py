"""The rates of a post on their page: added with a day, replaced, ended, on record."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.catalogue import queries
from app.core.actor import Role
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.integration.desk.conftest import Officer, officer_at


@pytest.fixture
def admin(app: Flask) -> Officer:
    """Be an admin of a post without rates that offers a service."""
    officer = officer_at(app, Role.ADMIN)
    with app.app_context(), transaction():
        factory.offer()
        queries.get_current_post().rates = []
    return officer


def add(admin: Officer, rate: str = "80", **more: object) -> None:
    """Add a rate of today, on the page to which the services lead."""
    admin.visitor.open("/en/admin/services")
    admin.visitor.follow("Rates of the post")
    fields = {"source": "USD", "target": "RUB", "rate": rate, **more}
    admin.visitor.submit(fields, button="Add the rate")


def stored(app: Flask) -> list[dict[str, str]]:
    with app.app_context():
        return list(queries.get_current_post().rates)


def acts(app: Flask) -> list[tuple[str, object]]:
    with app.app_context():
        rows = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action.startswith("rate_")).order_by(AuditEntry.id)
        )
        return [(one.action, one.fields["rate"]) for one in rows]


def test_a_rate_that_was_added_stands_beside_the_fees(app: Flask, admin: Officer) -> None:
    add(admin, "٨٠٫٥")

    assert "1 USD = 80.5 RUB" in admin.visitor.page.text
    assert [one["rate"] for one in stored(app)] == ["80.5"]
    assert acts(app) == [("rate_added", "80.5")]


def test_the_same_day_again_replaces_and_is_on_record(app: Flask, admin: Officer) -> None:
    add(admin, "80")
    add(admin, "81")

    assert [one["rate"] for one in stored(app)] == ["81"]
    assert acts(app) == [("rate_added", "80"), ("rate_added", "81")]


def test_a_rate_is_ended_once(app: Flask, admin: Officer) -> None:
    add(admin, "80")

    for _press in range(2):
        page = admin.visitor.page
        admin.visitor.submit(button="End it")
        admin.visitor.page = page

    assert "End it" not in admin.visitor.open("/en/admin/rates").text
    assert "Ended" in admin.visitor.page.text
    assert acts(app) == [("rate_added", "80"), ("rate_ended", "80")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "eighty"},
        {"rate": "0"},
        {"rate": ""},
        {"target": "USD"},
        {"on": ["1", "1", "2020"]},
        {"on": ["31", "2", "2026"]},
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    app: Flask, admin: Officer, wrong: dict[str, Any]
) -> None:
    add(admin, **wrong)

    assert admin.visitor.page.status == 422 and len(admin.visitor.page.errors) == 1
    assert stored(app) == []


def test_nobody_else_opens_it(app: Flask, admin: Officer) -> None:
    other = officer_at(app, Role.HEAD)

    assert other.visitor.open("/en/admin/rates").status in {403, 404}
