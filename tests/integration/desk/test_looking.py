"""Whoever opens a request or one of its papers leaves a record."""

from datetime import datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases import queries
from app.core.actor import Role
from app.core.db import db
from tests.databases import counted_queries
from tests.factories import files
from tests.integration.desk.conftest import Officer, officer_at, submitted, taken

EVENING = datetime.fromisoformat("2026-12-03T20:55:00+00:00")
AFTER_MIDNIGHT = datetime.fromisoformat("2026-12-03T21:05:00+00:00")
"""In Moscow."""


def looks(app: Flask, action: str) -> list[tuple[int | None, str]]:
    """Return who did something to what, in order."""
    with app.app_context():
        rows = db.session.execute(
            select(AuditEntry.actor_id, AuditEntry.object_uid)
            .where(AuditEntry.action == action)
            .order_by(AuditEntry.id)
        )
        return [(actor, uid) for actor, uid in rows]


def uid_of(app: Flask, reference: str, by: Officer) -> str:
    with app.app_context():
        return queries.get_uid(reference, by.actor)


def test_opening_a_request_is_recorded_once_for_each_officer(app: Flask, officer: Officer) -> None:
    reference, other = submitted(app), officer_at(app, Role.HEAD)

    for by in (officer, officer, other):
        assert by.visitor.open(f"/en/desk/cases/{reference}").status == 200

    uid = uid_of(app, reference, officer)
    assert looks(app, "case_opened") == [(officer.actor.id, uid), (other.actor.id, uid)]


def test_opening_a_request_on_another_day_of_the_post_is_recorded_again(app: Flask) -> None:
    with time_machine.travel(EVENING, tick=False) as hand:
        officer = officer_at(app, Role.OFFICER)
        reference = submitted(app)
        officer.visitor.open(f"/en/desk/cases/{reference}")
        hand.move_to(AFTER_MIDNIGHT)
        officer.visitor.open(f"/en/desk/cases/{reference}")

    assert len(looks(app, "case_opened")) == 2


def test_opening_a_paper_is_recorded_once(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer, photo=files.jpeg())
    with app.app_context():
        items = queries.get_case(reference, officer.actor).items
        photo = next(item.uid for item in items if item.key == "photo")

    for _round in range(2):
        address = f"/en/desk/cases/{reference}/papers/{photo}/1.jpg"
        assert officer.visitor.client.get(address).status_code == 200

    assert looks(app, "paper_opened") == [(officer.actor.id, photo)]


def test_what_is_not_shown_is_not_recorded(app: Flask, officer: Officer) -> None:
    reference = submitted(app)
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK").visitor

    assert stranger.open(f"/en/desk/cases/{reference}").status == 404
    assert stranger.open(f"/en/desk/cases/{reference}/papers/{'0' * 32}/1.jpg").status == 404

    assert looks(app, "case_opened") == looks(app, "paper_opened") == []


def test_looking_again_writes_nothing(app: Flask, officer: Officer) -> None:
    reference = submitted(app)
    officer.visitor.open(f"/en/desk/cases/{reference}")

    with counted_queries(app) as sent:
        officer.visitor.open(f"/en/desk/cases/{reference}")

    assert [one for one in sent if one.lstrip().upper().startswith(("INSERT", "UPDATE"))] == []


@pytest.mark.proves("S44")
def test_a_search_is_recorded_by_the_hash_of_its_words(app: Flask, officer: Officer) -> None:
    for words in ("ليان", "لِيان", "Petrov"):
        officer.visitor.open("/en/desk/queue")
        officer.visitor.submit({"q": words}, button="Narrow down")

    found = looks(app, "searched")
    assert [actor for actor, _uid in found] == [officer.actor.id] * 3
    assert found[0] == found[1] != found[2]
    assert all(len(uid) == 32 for _actor, uid in found)


@pytest.mark.proves("S44")
def test_the_page_that_corrects_a_person_is_recorded(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    assert officer.visitor.open(f"/en/desk/cases/{reference}/person").status == 200

    assert looks(app, "case_opened") == [(officer.actor.id, uid_of(app, reference, officer))]
