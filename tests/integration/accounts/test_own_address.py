"""A mail address can be added to an account, changed and removed, but never the last way in."""

import re

import pytest
from flask import Flask

from app.accounts import one_time, queries, rules, sessions
from app.accounts.models import Account, ContactKind, Passkey, PasswordReset
from app.core import clock
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications import tasks
from tests.factories import messages, people
from tests.servers import MailServer
from tests.visitor import Page, Visitor

PHONE, ADDRESS, OTHER = "+79161234567", "layan@example.org", "layan@new.example"


def somebody(app: Flask, *, phone: str = "", address: str = "") -> tuple[Visitor, int]:
    """Return somebody who is signed in, and the id of the account."""
    with app.test_request_context(), transaction():
        people.post()
        account = people.account("en")
        if phone:
            messages.give(account, ContactKind.PHONE, phone)
        if address:
            messages.give(account, ContactKind.EMAIL, address)
        client = app.test_client()
        client.set_cookie("jaliya-id", sessions.begin(account=account))
        return Visitor(client), account.id


def confirmed(app: Flask, visitor: Visitor, mail: MailServer, address: str = OTHER) -> Page:
    """Enter an address and the code that was mailed to it."""
    visitor.open("/en/account/address")
    visitor.submit({"address": address}, button="Send a code")
    with app.app_context():
        tasks.drain()
    letters = [letter for to, letter in mail.received if to == [address]]
    found = re.search(r"\b[0-9]{6}\b", letters[-1].as_string())
    assert found is not None
    return visitor.submit({"code": found[0]}, button="Confirm the address")


def reached(app: Flask, account_id: int) -> tuple[str | None, str | None]:
    with app.app_context():
        return queries.address_of(account_id), queries.phone_of(account_id)


def test_an_address_is_added_to_an_account_that_began_with_a_phone(
    app: Flask, mail: MailServer, gateway: Gateway
) -> None:
    visitor, account_id = somebody(app, phone=PHONE)
    assert "Add an e-mail address" in visitor.open("/en/account").text

    page = confirmed(app, visitor, mail)

    assert "The address is confirmed." in page.text
    assert reached(app, account_id) == (OTHER, PHONE)


def test_another_address_takes_its_place_and_the_former_one_is_told(
    app: Flask, mail: MailServer
) -> None:
    visitor, account_id = somebody(app, address=ADDRESS)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, account_id)
        elsewhere = sessions.begin(account=account)
        expires_at = clock.now() + one_time.LIFETIME
        db.session.add(PasswordReset(account_id=account_id, token_hash="t", expires_at=expires_at))

    confirmed(app, visitor, mail)

    with app.app_context():
        tasks.drain()
    other = Visitor(app.test_client())
    other.client.set_cookie("jaliya-id", elsewhere)
    assert reached(app, account_id) == (OTHER, None)
    assert sorted(to for to, _letter in mail.received[-2:]) == [[ADDRESS], [OTHER]]
    assert other.open("/en/account").url.startswith("/en/account/sign-in")
    with app.app_context():
        assert db.session.query(PasswordReset).count() == 0


def test_an_address_of_another_account_is_not_taken_over(app: Flask, mail: MailServer) -> None:
    _owner, owner_id = somebody(app, address=OTHER)
    visitor, account_id = somebody(app, address=ADDRESS)

    page = confirmed(app, visitor, mail)

    assert page.status == 422 and "confirmed for another account" in page.text
    assert reached(app, account_id)[0] == ADDRESS
    assert reached(app, owner_id)[0] == OTHER


@pytest.mark.parametrize(
    ("kind", "path"),
    [(ContactKind.EMAIL, "/en/account/address"), (ContactKind.PHONE, "/en/account/phone")],
)
def test_the_last_way_in_stays(app: Flask, gateway: Gateway, kind: ContactKind, path: str) -> None:
    given = {"phone": PHONE} if kind is ContactKind.PHONE else {"address": ADDRESS}
    visitor, account_id = somebody(app, **given)
    before = reached(app, account_id)

    visitor.open(path)
    page = visitor.submit(button="Remove the " + ("phone" if "phone" in path else "address"))

    assert "This is the last way into your account." in page.text
    assert reached(app, account_id) == before


def test_an_address_goes_where_a_phone_stays_unless_there_is_a_passkey(
    app: Flask, gateway: Gateway
) -> None:
    visitor, account_id = somebody(app, phone=PHONE, address=ADDRESS)
    with app.app_context(), transaction():
        account = db.session.get_one(Account, account_id)
        key = Passkey(account=account, credential="k", public_key=b"k", created_at=clock.now())
        key.name = "My phone"
        db.session.add(key)
    visitor.open("/en/account/address")
    page = visitor.submit(button="Remove the address")
    assert "your account needs an e-mail address" in page.text

    with app.app_context(), transaction():
        db.session.delete(db.session.query(Passkey).one())
    visitor.open("/en/account/address")
    visitor.submit(button="Remove the address")
    assert reached(app, account_id) == (None, PHONE)


@pytest.mark.parametrize(
    ("kinds", "has_passkey", "is_open"),
    [
        ((), False, False),
        (("email",), False, True),
        (("email",), True, True),
        (("phone",), False, True),
        (("phone",), True, False),
        (("phone", "email"), True, True),
        (("telegram",), False, False),
    ],
)
def test_what_is_left_to_get_in_by(
    kinds: tuple[str, ...], has_passkey: bool, is_open: bool
) -> None:
    assert rules.has_way_back(kinds, has_passkey=has_passkey) is is_open
