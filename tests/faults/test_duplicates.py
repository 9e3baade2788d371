"""The same form ten times at once: one effect, one message, and all are led to the same place.

Three forms whose effect is known beforehand; every other one: test_every_form.
"""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.models import CaseEvent, CaseFile
from app.core.actor import Role
from app.core.db import db
from app.documents.models import Document
from app.notifications.models import Message
from tests import storm
from tests.factories import files
from tests.integration.desk.conftest import officer_at, submitted, taken
from tests.integration.desk.test_review import verdicts
from tests.integration.portal.conftest import make_citizen
from tests.visitor import Visitor, _target, pressed, values_of

pytestmark = [pytest.mark.race, pytest.mark.faults]
GRID = pytest.mark.grid
TIMES = 10
COOKIES = ("jaliya", "jaliya-id")
COUNTED = (CaseEvent, CaseFile, Document, Message)

Fields = Mapping[str, Any]  # Any: as in tests.visitor


def counts(app: Flask) -> dict[str, int]:
    """Return how many rows there are of what a form may cause."""
    with app.app_context():
        return {
            model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in COUNTED
        }


def press_ten_times(
    app: Flask, visitor: Visitor, button: str, fields: Fields
) -> tuple[set[tuple[int, str]], dict[str, int]]:
    """Send the form that is shown from ten places at once; return the answers and the effect."""
    form = visitor.page.form(button)
    values = {**values_of(form), **pressed(form, button), **fields}
    url = urljoin(visitor.page.url, _target(form, button) or visitor.page.url)
    held = {name: visitor.client.get_cookie(name) for name in COOKIES}
    before = counts(app)

    def press() -> tuple[int, str]:
        client = app.test_client()
        for name, cookie in held.items():
            if cookie is not None:
                client.set_cookie(name, cookie.value)
        sent = {name: _fresh(value) for name, value in values.items()}
        kind = form.get("enctype") or "application/x-www-form-urlencoded"
        answer = client.post(url, data=sent, content_type=kind)
        return answer.status_code, answer.headers.get("Location", "")

    answers = storm.rush([press] * TIMES)
    after = counts(app)
    return set(answers), {name: after[name] - before[name] for name in after}


def _fresh(value: Any) -> Any:
    return (io.BytesIO(value), "file.jpg") if isinstance(value, bytes) else value


def attach(app: Flask) -> tuple[Visitor, str, Fields]:
    """Be a citizen before the form of a paper."""
    citizen = make_citizen(app)
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/papers/old_passport")
    return citizen.visitor, "Attach", {"file": files.jpeg(60, 60)}


def take(app: Flask) -> tuple[Visitor, str, Fields]:
    """Be an officer before a request that nobody has in hand."""
    officer = officer_at(app, Role.OFFICER)
    officer.visitor.open(f"/en/desk/cases/{submitted(app)}")
    return officer.visitor, "Take the request", {}


def accept(app: Flask) -> tuple[Visitor, str, Fields]:
    """Be an officer who accepts a request and all that is in it."""
    officer = officer_at(app, Role.OFFICER)
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}")
    return officer.visitor, "Accept the request", verdicts(app, reference, officer)


FORMS = {
    "a paper": (attach, {"case_file": 1, "document": 1}),
    "taking": (take, {"case_event": 1}),
    "accepting": (accept, {"case_event": 2, "message": 1}),
}
"""How each is come by, and the rows that one of its submits causes."""


@pytest.mark.parametrize(
    "name", ["taking", *(pytest.param(one, marks=GRID) for one in ("a paper", "accepting"))]
)
def test_ten_submits_have_one_effect(racing_app: Flask, name: str) -> None:
    """F09, of forms of every kind: with a file, of one button, of a whole page."""
    prepare, wanted = FORMS[name]
    visitor, button, fields = prepare(racing_app)

    answers, effect = press_ten_times(racing_app, visitor, button, fields)
    again, nothing = press_ten_times(racing_app, visitor, button, fields)

    engine = racing_app.config["SETTINGS"].database_url[:6]
    print(f"\nF09 {name} {engine}: seed none, N {TIMES}, kills 0, answers {answers}, {effect}")
    assert len(answers) == 1 and next(iter(answers))[0] == 302
    assert again == answers and not any(nothing.values())
    assert {table: count for table, count in effect.items() if count} == wanted
