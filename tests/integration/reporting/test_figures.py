"""The pages of the ministry: all posts in figures, nobody by name."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.rules import Details, arabic_name, latin_name
from app.cases.models import Case
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.reporting import figures
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, drain, officer_at


@pytest.fixture
def ministry(app: Flask) -> Officer:
    """Be somebody of the ministry."""
    return officer_at(app, Role.MINISTRY)


@pytest.fixture
def late(app: Flask) -> str:
    """Name a late case of the post; a second post has none."""
    with app.app_context(), transaction():
        factory.publish()
        reference = factory.submitted(people.account()).reference
        people.post("kazan", "JK")
        day = clock.now().date() - timedelta(days=3)
        db.session.execute(update(Case).values(due_on=day))
    drain(app)
    return reference


def test_the_figures_of_every_post_are_listed(ministry: Officer, late: str) -> None:
    page = ministry.visitor.open("/en/desk/figures")

    assert "Figures of the posts" in page.text
    ministry.visitor.open("/en/desk/figures/kazan")
    ministry.visitor.open("/en/desk/figures/moscow")
    assert ministry.visitor.client.get("/en/desk/figures/nowhere").status_code == 404


def test_what_is_open_late_and_done_is_counted_by_post(app: Flask, late: str) -> None:
    with app.app_context():
        kazan, moscow = figures.list_all()

        assert (kazan.post.code, kazan.open, kazan.late) == ("kazan", 0, 0)
        assert (moscow.open, moscow.late, moscow.with_citizen, moscow.done) == (1, 1, 0, 0)
        assert figures.of_post(moscow.post) == moscow


def test_what_was_done_by_its_day_is_in_time(app: Flask, late: str) -> None:
    today = clock.now().date()
    with app.app_context(), transaction():
        ended = {"state": "completed", "ended_at": clock.now(), "used_days": 4, "done_on": today}
        db.session.execute(update(Case).values(due_on=today, **ended))

    with app.app_context():
        assert [(one.done, one.in_time) for one in figures.list_all()] == [(0, 0), (1, 1)]


def test_more_posts_cost_no_more_questions(app: Flask, late: str) -> None:
    def count() -> int:
        with counted_queries(app) as queries, app.app_context():
            figures.list_all()
        return len(queries)

    before = count()
    with app.app_context(), transaction():
        for number in range(9):
            people.post(f"post{number}", f"P{number}")

    assert count() == before


def test_the_day_begins_with_figures_and_the_menu_has_nothing_else(
    ministry: Officer, late: str
) -> None:
    page = ministry.visitor.open("/en/desk")

    assert "Figures of the posts" in page.text
    assert "Today" not in page.text and "Requests as they stand" in page.text


@pytest.mark.parametrize(
    "path", ["queue", "find", "arrivals", "hall", "colleagues", "team", "record"]
)
def test_no_case_and_no_person_can_be_reached(ministry: Officer, late: str, path: str) -> None:
    client = ministry.visitor.client

    assert client.get(f"/en/desk/{path}").status_code == 404
    assert client.get(f"/en/desk/cases/{late}").status_code == 404


def test_no_page_names_an_applicant_or_staff(app: Flask, ministry: Officer, late: str) -> None:
    with app.app_context(), transaction():
        details = Details.from_json(db.session.scalars(select(Case)).one().person.details or {})

    for path in ("/en/desk/figures", "/en/desk/figures/moscow"):
        text = ministry.visitor.open(path).text
        assert arabic_name(details) not in text and late not in text
        assert "Rana" not in text and not (latin_name(details) and latin_name(details) in text)


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.MINISTRY])
def test_the_figures_of_all_posts_are_for_the_ministry(app: Flask, role: Role) -> None:
    client = officer_at(app, role).visitor.client

    assert client.get("/en/desk/figures").status_code == 404
