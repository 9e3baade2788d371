"""A canned answer, put into the note of one item of the review."""

import pytest
from flask import Flask

from app.cases import queries
from app.cases.rules import ItemKind, ItemState
from app.cases.talk import canned
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from tests.factories import cases as factory
from tests.integration.desk.conftest import Officer, officer_at, taken
from tests.visitor import values_of

TITLE = {"ar": "صورة معتمة", "ru": "Тёмное фото", "en": "Dark picture"}
BODY = {"ar": "يُرجى التصوير في ضوء النهار.", "ru": "Снимите при дневном свете.", "en": "By day."}


@pytest.fixture
def answer(app: Flask) -> str:
    """Be the uid of an answer of the post."""
    with app.app_context(), transaction():
        admin = factory.officer(role=Role.ADMIN)
        row = canned.save(None, title=TITLE, body=BODY, service_id=None, seen=0, actor=admin)
        return row.uid


def photo_of(app: Flask, reference: str) -> str:
    with app.app_context():
        return queries.find_item(queries.get_case(reference, SYSTEM), ItemKind.PAPER, "photo").uid


def test_it_comes_in_the_language_of_the_citizen_and_saves_nothing(
    app: Flask, officer: Officer, answer: str
) -> None:
    reference = taken(app, officer)
    photo = photo_of(app, reference)
    officer.visitor.open(f"/en/desk/cases/{reference}")
    form = officer.visitor.page.form("Ask the citizen")
    sent = {**values_of(form), f"words-{photo}": answer, "put": photo, f"note-{photo}": "الصورة"}

    page = officer.visitor._show(
        officer.visitor.client.post(f"/en/desk/cases/{reference}/words", data=sent)
    )

    assert page.status == 200
    (note,) = [e for e in page.root.iter("textarea") if e.get("name") == f"note-{photo}"]
    assert (note.text or "").split() == ["الصورة", *BODY["ar"].split()]
    (asked,) = [e for e in page.root.iter("input") if e.get("id") == f"no-{photo}"]
    assert asked.get("checked") is not None
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        item = queries.find_item(case, ItemKind.PAPER, "photo")
        assert (item.state, item.note) == (ItemState.RECEIVED, None)


def test_there_is_nothing_to_choose_where_a_post_has_no_answers(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)

    assert "Put it into the note" not in officer.visitor.open(f"/en/desk/cases/{reference}").text


def test_an_answer_of_another_post_is_not_put_in(app: Flask, officer: Officer, answer: str) -> None:
    reference = taken(app, officer)
    other = officer_at(app, Role.OFFICER, post="kazan", prefix="JK").visitor
    other.open("/en/desk")

    sent = {"words-x": answer, "put": "x"}
    assert other.client.post(f"/en/desk/cases/{reference}/words", data=sent).status_code in (
        400,
        404,
    )
