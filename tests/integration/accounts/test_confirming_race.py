"""Two codes that are entered at once: one address in the end, and each code is good once."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import confirming, queries, signals
from app.accounts.models import Contact, ContactKind
from app.accounts.one_time import CodeSpent
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from tests.databases import somebody_waits
from tests.factories import messages, people
from tests.servers import wait_until

pytestmark = pytest.mark.race
NEW = ("first@example.org", "second@example.org")


def asked(app: Flask) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return an account, and uid and code for each of two addresses that it wants."""
    sent: dict[str, tuple[str, str]] = {}

    def take(_sender: object, *, code: str, address: str, uid: str, **_more: object) -> None:
        sent[address] = (uid, code)

    with app.test_request_context(), transaction():
        people.post()
        account = people.account()
        messages.give(account, ContactKind.EMAIL, "former@example.org")
        with signals.contact_code_issued.connected_to(take):
            for address in NEW:
                confirming.ask_address(account, address)
        return account.id, sent


def confirm(account_id: int, uid: str, code: str) -> None:
    actor = Actor(kind=ActorKind.CITIZEN, id=account_id, session_id=1)
    confirming.confirm(queries.get_account(account_id), uid, code, actor=actor)


def enter(app: Flask, account_id: int, uid: str, code: str, ends: list[str]) -> None:
    with app.test_request_context():
        try:
            with transaction():
                confirm(account_id, uid, code)
        except CodeSpent as refusal:
            ends.append(type(refusal).__name__)
        finally:
            db.session.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("second", "ends", "left"),
    [(NEW[1], [], NEW[1]), (NEW[0], ["CodeSpent"], NEW[0])],
    ids=["another code", "the same code"],
)
def test_of_two_codes_at_once_one_comes_after_the_other(
    racing_app: Flask, second: str, ends: list[str], left: str
) -> None:
    app, seen = racing_app, list[str]()
    account_id, sent = asked(app)
    other = threading.Thread(target=enter, args=(app, account_id, *sent[second], seen))

    with app.test_request_context(), transaction():
        confirm(account_id, *sent[NEW[0]])
        other.start()
        wait_until(somebody_waits, what="somebody who waits for the lock")
    other.join(timeout=60)

    with app.app_context():
        contacts = db.session.scalars(select(Contact).where(Contact.account_id == account_id))
        assert [one.address for one in contacts] == [left] and seen == ends
