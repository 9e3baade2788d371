"""Signing while somebody else is named: whoever is first decides, and nothing is overwritten."""

import threading

import pytest
from flask import Flask

from app.cases.consents import queries, services
from app.cases.consents.rules import ConsentState
from app.core.actor import Actor
from app.core.db import db, transaction
from app.core.errors import InvalidTransition
from tests.databases import somebody_waits
from tests.factories import cases as factory
from tests.factories import consents as signing
from tests.factories import people
from tests.servers import wait_until

pytestmark = pytest.mark.race


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_who_has_signed_is_not_replaced_by_who_is_named_meanwhile(racing_app: Flask) -> None:
    app = racing_app
    with app.test_request_context(), transaction():
        account = people.account()
        consent = signing.asked(account)
        uid, reference, code = consent.uid, consent.case.reference, signing.code_of(consent)
        citizen = factory.citizen(account)
    ends: list[str] = []
    naming = threading.Thread(target=name_another, args=(app, reference, citizen, ends))

    with app.test_request_context(), transaction():
        services.sign(uid, code)
        naming.start()
        wait_until(somebody_waits, what="somebody who waits for the lock")
    naming.join(timeout=60)

    assert ends == ["InvalidTransition"]
    with app.app_context():
        assert queries.get(uid).state is ConsentState.SIGNED


def name_another(app: Flask, reference: str, actor: Actor, ends: list[str]) -> None:
    with app.test_request_context():
        try:
            with transaction():
                services.name(
                    reference, person="رنا", address="b@example.org", language="ar", actor=actor
                )
        except InvalidTransition as refusal:
            ends.append(type(refusal).__name__)
        else:
            ends.append("named")
        finally:
            db.session.close()
