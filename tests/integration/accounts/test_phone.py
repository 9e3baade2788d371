"""A phone counts once a code that was sent to it has been entered, and not before."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import confirming, one_time, queries, sessions
from app.accounts.models import Account, Contact, ContactKind, SignIn
from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications import tasks
from tests.factories import messages, people
from tests.visitor import Page, Visitor

PHONE = "+79161234567"


def somebody(app: Flask, address: str = "layan@example.org") -> tuple[Visitor, int]:
    """Return somebody who is signed in, and the id of the account."""
    with app.test_request_context(), transaction():
        people.post()
        account = messages.reachable("ru", address)
        client = app.test_client()
        client.set_cookie("jaliya-id", sessions.begin(account=account))
        return Visitor(client), account.id


def phone_of(app: Flask, account_id: int) -> str | None:
    with app.app_context():
        return queries.phone_of(account_id)


def asked(app: Flask, visitor: Visitor, typed: str = "8 916 123-45-67") -> Page:
    visitor.open("/en/account/phone")
    page = visitor.submit({"phone": typed}, button="Send a code")
    with app.app_context():
        tasks.drain()
    return page


def signed_in(app: Flask, account_id: int) -> int:
    """Return in how many browsers an account is signed in."""
    with app.app_context():
        rows = select(func.count(SignIn.id)).where(SignIn.account_id == account_id)
        return db.session.scalar(rows) or 0


def code_in(gateway: Gateway) -> str:
    """Return the code of the newest text."""
    found = re.search(r"\b[0-9]{6}\b", gateway.texts_to(PHONE)[-1])
    assert found is not None
    return found[0]


def test_a_phone_is_confirmed_by_the_code_that_came_to_it(app: Flask, gateway: Gateway) -> None:
    visitor, account_id = somebody(app)
    assert "No phone is confirmed" in visitor.open("/en/account").text

    asked(app, visitor)
    assert phone_of(app, account_id) is None
    page = visitor.submit({"code": code_in(gateway)}, button="Confirm the phone")

    assert "The phone is confirmed." in page.text
    assert PHONE in page.text
    assert phone_of(app, account_id) == PHONE
    assert "подтвержда" in gateway.texts_to(PHONE)[0], "in the language of the account"
    with app.app_context():
        actions = select(AuditEntry.action).where(AuditEntry.action.startswith("phone."))
        assert list(db.session.scalars(actions)) == ["phone.confirmed"]


def test_a_phone_can_be_removed_and_another_takes_its_place(app: Flask, gateway: Gateway) -> None:
    visitor, account_id = somebody(app)
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, account_id)
        messages.give(account, ContactKind.PHONE, "+79990000000")
        sessions.begin(account=account)
    asked(app, visitor)
    visitor.submit({"code": code_in(gateway)}, button="Confirm the phone")
    assert phone_of(app, account_id) == PHONE
    assert signed_in(app, account_id) == 1, "who had signed in by the other phone is out"
    with app.test_request_context(), transaction():
        sessions.begin(account=db.session.get_one(Account, account_id))

    visitor.open("/en/account/phone")
    page = visitor.submit(button="Remove the phone")
    assert signed_in(app, account_id) == 1

    assert "The phone is removed." in page.text
    with app.app_context():
        kinds = select(Contact.kind).where(Contact.account_id == account_id)
        assert list(db.session.scalars(kinds)) == [ContactKind.EMAIL]


def test_a_wrong_code_counts_and_after_five_the_right_one_is_worth_nothing(
    app: Flask, gateway: Gateway
) -> None:
    visitor, account_id = somebody(app)
    asked(app, visitor)
    right = code_in(gateway)
    wrong = "000000" if right != "000000" else "111111"

    for _ in range(one_time.TRIES):
        page = visitor.submit({"code": wrong}, button="Confirm the phone")
        assert page.status == 422
    page = visitor.submit({"code": right}, button="Confirm the phone")

    assert page.status == 422
    assert phone_of(app, account_id) is None


def test_a_code_is_good_once_and_for_ten_minutes(app: Flask, gateway: Gateway) -> None:
    visitor, account_id = somebody(app)
    asked(app, visitor)

    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        page = visitor.submit({"code": code_in(gateway)}, button="Confirm the phone")

    assert page.status == 422
    assert phone_of(app, account_id) is None


def test_a_code_of_one_account_confirms_nothing_for_another(app: Flask, gateway: Gateway) -> None:
    visitor, account_id = somebody(app)
    asked(app, visitor)
    other, other_id = somebody(app, "samer@example.org")
    asked(app, other)
    first = re.search(r"\b[0-9]{6}\b", gateway.texts_to(PHONE)[0])
    assert first is not None

    page = other.submit({"code": first[0]}, button="Confirm the phone")

    assert page.status == 422
    assert phone_of(app, account_id) is None and phone_of(app, other_id) is None


def test_a_phone_of_another_account_is_not_taken_over(app: Flask, gateway: Gateway) -> None:
    with app.app_context(), transaction():
        people.post()
        holder_id = messages.on_the_phone("ar", PHONE).id
    visitor, account_id = somebody(app)
    asked(app, visitor)

    page = visitor.submit({"code": code_in(gateway)}, button="Confirm the phone")

    assert "confirmed for another account" in page.text
    assert phone_of(app, account_id) is None
    assert phone_of(app, holder_id) == PHONE


@pytest.mark.parametrize("typed", ["", "12345", "layan@example.org", "8 800 555 35 35"])
def test_what_takes_no_texts_is_refused(app: Flask, gateway: Gateway, typed: str) -> None:
    visitor, _ = somebody(app)

    page = asked(app, visitor, typed)

    assert page.status == 422
    assert "Enter the number of a mobile phone" in page.text
    assert gateway.ledger == []


def test_a_phone_is_not_rung_again_and_again(app: Flask, gateway: Gateway) -> None:
    visitor, _ = somebody(app)

    pages = [asked(app, visitor) for _ in range(confirming.ASKED_BY_ACCOUNT.most + 1)]

    assert pages[-1].status == 429
    assert len(gateway.ledger) == confirming.ASKED_BY_ACCOUNT.most


def test_without_anybody_who_carries_texts_no_phone_is_asked_for(app: Flask) -> None:
    visitor, _ = somebody(app)

    assert "phone" not in visitor.open("/en/account").text.casefold()
    assert visitor.open("/en/account/phone").status == 404


@pytest.mark.parametrize("is_offered", [True, False])
def test_the_page_about_privacy_names_who_carries_texts(
    app: Flask, gateway: Gateway, is_offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_offered:
        settings = replace(app.config["SETTINGS"], sms_gateways="")
        monkeypatch.setitem(app.config, "SETTINGS", settings)
    visitor, _ = somebody(app)

    text = visitor.open("/en/privacy").text

    assert ("a company carries short messages" in text) is is_offered
