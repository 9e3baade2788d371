"""The pages on which officers give a citizen more time, and citizens come back."""

from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask

from app.cases import queries
from app.cases.rules import State
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import transaction
from app.jobs import tasks as jobs
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer
from tests.integration.desk.test_waiver import as_its_citizen
from tests.visitor import without_marks


@pytest.fixture
def reference(app: Flask, officer: Officer) -> str:
    """Name a case of which the officer asked a photo again."""
    with app.app_context(), transaction():
        return factory.asked(people.account(), officer.actor).reference


def lapse(app: Flask) -> None:
    with time_machine.travel(clock.now() + timedelta(days=16), tick=True), app.app_context():
        while jobs.drain():
            pass


def until(app: Flask, reference: str) -> str:
    with app.app_context():
        asked = queries.find_open_round(queries.get_id(reference, SYSTEM))
        return asked.until_on.isoformat() if asked else ""


def test_the_officer_gives_more_time(app: Flask, officer: Officer, reference: str) -> None:
    day = (clock.today("Europe/Moscow") + timedelta(days=30)).isoformat()
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Give more time …")

    page = officer.visitor.submit({"until_on": day}, button="Give more time")

    assert "has more time" in "".join(page.root.itertext())
    assert until(app, reference) == day


def test_an_earlier_day_is_refused_beside_its_field(
    app: Flask, officer: Officer, reference: str
) -> None:
    before = until(app, reference)
    officer.visitor.open(f"/en/desk/cases/{reference}/extend")

    page = officer.visitor.submit({"until_on": before}, button="Give more time")

    assert page.status == 422
    assert ["later than the one until now" in error for error in page.errors] == [True]
    assert until(app, reference) == before


def test_russian_puts_the_day_into_its_case_and_one_full_stop_behind_it(
    app: Flask, officer: Officer, reference: str
) -> None:
    with app.app_context(), transaction():
        asked = queries.find_open_round(queries.get_id(reference, officer.actor))
        assert asked is not None
        asked.until_on = date(2026, 12, 3)

    page = officer.visitor.open(f"/ru/desk/cases/{reference}/extend")

    assert "Сейчас срок заявителя — до четверга, 3 декабря 2026 года. Что нужно" in without_marks(
        page.text.replace("\xa0", " ")
    )
    case = officer.visitor.open(f"/ru/desk/cases/{reference}")
    assert "Срок для заявителя: четверг, 3 декабря 2026 года" in case.text.replace("\xa0", " ")


def test_a_lapsed_request_is_opened_by_staff(app: Flask, officer: Officer, reference: str) -> None:
    lapse(app)
    officer.visitor.open(f"/en/desk/cases/{reference}")
    officer.visitor.follow("Open the request again …")

    officer.visitor.submit(button="Open the request again")

    assert "has time until" in officer.visitor.page.text


def test_a_citizen_opens_the_request_once_more(
    app: Flask, officer: Officer, reference: str
) -> None:
    lapse(app)
    citizen = as_its_citizen(app, reference, officer)
    citizen.open(f"/en/requests/{reference}")
    form = citizen.follow("Open the request again …")

    for _ in range(2):
        citizen.page = form
        citizen.submit(button="Open the request again")

    assert citizen.page.url == f"/en/requests/{reference}/mend"
    with app.app_context():
        assert queries.get_case(reference, SYSTEM).state is State.ACTION_NEEDED


def test_nobody_else_learns_of_the_way_back(app: Flask, officer: Officer, reference: str) -> None:
    lapse(app)
    stranger = people.citizen_visitor(app)

    assert stranger.open(f"/en/requests/{reference}/revive").status == 404


def test_the_message_leads_to_what_is_to_be_mended(
    app: Flask, officer: Officer, reference: str
) -> None:
    citizen = as_its_citizen(app, reference, officer)
    citizen.open("/en/inbox")
    citizen.submit(button="Mark all as read")

    page = citizen.follow("needs something from you")

    assert page.url == f"/en/requests/{reference}/mend"
