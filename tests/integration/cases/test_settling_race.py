"""Two officers say in the same moment that a question needs no answer: it is recorded once."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.cases.talk import thread
from app.core.actor import Actor
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.cases.test_lock_order_race import while_it_waits

pytestmark = [pytest.mark.race, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


def asked(app: Flask) -> tuple[str, str, Actor]:
    """Return a request, a question of its citizen, and an officer."""
    with app.app_context(), transaction():
        account = people.account()
        reference = factory.submitted(account).reference
        citizen = factory.citizen(account)
        uid = thread.write(reference, "أين أنا؟", actor=citizen, expects_answer=True).uid
        return reference, uid, factory.officer()


def test_a_question_is_settled_once(racing_app: Flask) -> None:
    reference, uid, officer = asked(racing_app)

    def settle() -> None:
        thread.settle(reference, uid, actor=officer)

    assert while_it_waits(racing_app, settle, first=settle) == ["done"]
    with racing_app.app_context():
        settled = AuditEntry.action == "thread_question_settled"
        assert db.session.scalar(select(func.count()).where(settled)) == 1
