"""Signing in with a code that came by text: the same answers and work for every phone, and no way
round a passkey or an app."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import codes, doors, passwords, queries, texting
from app.accounts.models import Account, ContactKind, Passkey
from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import TooMany
from app.demo.gateway import Gateway
from app.notifications import services as notifications
from app.notifications import tasks
from app.notifications.figures import services as figures
from app.notifications.figures.models import SendingTrouble
from app.notifications.models import Channel, Message
from tests import servers
from tests.databases import counted_queries
from tests.factories import messages, people
from tests.visitor import Visitor

PHONE = "+79161234567"
OTHER = "+79169876543"


def described(server: Gateway, **terms: object) -> str:
    """Return the settings that name a gateway, with terms for codes."""
    return json.dumps(json.loads(servers.gateways_of(server)) | {"codes": terms})


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Be the one provider that the settings name; a day has twenty codes."""
    with servers.gateway() as server:
        settings = replace(app.config["SETTINGS"], sms_gateways=described(server, a_day=20))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield server


def ask(app: Flask, visitor: Visitor, typed: str = "8 916 123-45-67", language: str = "en") -> None:
    visitor.open(f"/{language}/account/sign-in")
    visitor.submit({"address": typed})
    with app.app_context():
        tasks.drain()


def code_in(gateway: Gateway, phone: str = PHONE) -> str:
    found = re.search(r"\b[0-9]{6}\b", gateway.texts_to(phone)[-1])
    assert found is not None
    return found[0]


def enter(visitor: Visitor, code: str) -> None:
    visitor.submit({"code": code}, button="Sign in")


def is_in(visitor: Visitor) -> bool:
    return visitor.client.get("/en/account").status_code == 200


def on_the_phone(app: Flask, *, has_passkey: bool = False, address: str = "") -> int:
    """Return the id of an account with a phone, and with what else is said."""
    with app.test_request_context(), transaction():
        people.post()
        account = messages.on_the_phone("ru", PHONE)
        if address:
            messages.give(account, ContactKind.EMAIL, address)
        if has_passkey:
            key = Passkey(account=account, credential="k", public_key=b"k", created_at=clock.now())
            key.name = "My phone"
            db.session.add(key)
        return account.id


@pytest.mark.parametrize("typed", ["8 916 123-45-67", "007 916 1234567", "+٧ ٩١٦ ١٢٣ ٤٥ ٦٧"])
def test_an_account_begins_with_a_phone_alone(
    app: Flask, visitor: Visitor, gateway: Gateway, typed: str
) -> None:
    ask(app, visitor, typed)
    enter(visitor, code_in(gateway))

    assert is_in(visitor)
    assert PHONE in visitor.open("/en/account").text
    assert "Jaliya" in gateway.texts_to(PHONE)[0]


def test_messages_reach_it_by_text_and_inbox(
    app: Flask, visitor: Visitor, gateway: Gateway
) -> None:
    ask(app, visitor)
    enter(visitor, code_in(gateway))
    with app.app_context(), transaction():
        account = queries.find_account_by_address(PHONE)
        assert account is not None
        notifications.tell("sign_in_new_device", account_id=account.id, dedupe="d", payload={})

    with app.app_context():
        ways = set(
            db.session.scalars(select(Message.channel).where(Message.account_id.is_not(None)))
        )
    assert ways == {Channel.PORTAL, Channel.SMS}


def test_a_phone_that_was_confirmed_lets_its_account_in(
    app: Flask, visitor: Visitor, gateway: Gateway
) -> None:
    on_the_phone(app, address="layan@example.org")

    ask(app, visitor)
    enter(visitor, code_in(gateway))

    assert "layan@example.org" in visitor.open("/en/account").text


def _kinds_of(statements: list[str]) -> list[str]:
    return [re.sub(r"[0-9]+", "", one)[:60] for one in statements]


@pytest.mark.proves("S04")
def test_known_and_unknown_phones_are_answered_alike_with_equal_work(
    app: Flask, gateway: Gateway
) -> None:
    on_the_phone(app)
    said = []
    for phone in (PHONE, OTHER):
        visitor = Visitor(app.test_client())
        visitor.open("/en/account/sign-in")
        with counted_queries(app) as asked:
            page = visitor.submit({"address": phone})
        said.append((page.status, page.text.replace(phone, ""), _kinds_of(asked)))

    assert said[0] == said[1]
    with app.app_context():
        tasks.drain()
    assert len(gateway.texts_to(PHONE)) == len(gateway.texts_to(OTHER)) == 1


def test_a_code_by_text_does_not_go_round_a_passkey(
    app: Flask, visitor: Visitor, gateway: Gateway
) -> None:
    on_the_phone(app, has_passkey=True, address="layan@example.org")

    ask(app, visitor)
    enter(visitor, code_in(gateway))

    assert visitor.page.url.startswith("/en/passkeys/sign-in")
    assert "a code by text is not enough" in visitor.page.text
    assert not is_in(visitor)
    with app.app_context():
        actions = list(db.session.scalars(select(AuditEntry.action)))
    assert "passkey_asked" in actions and "signed_in" not in actions


def test_the_app_is_asked_for_after_a_code_by_text(
    app: Flask, visitor: Visitor, gateway: Gateway
) -> None:
    account_id = on_the_phone(app, has_passkey=True)
    with app.app_context(), transaction():
        account = db.session.get_one(Account, account_id)
        account.totp, account.totp_counter = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 1

    ask(app, visitor)
    enter(visitor, code_in(gateway))

    assert visitor.page.heading == "Second step of signing in"
    assert not is_in(visitor)


def test_who_has_a_phone_alone_gets_no_passkey_before_an_address(app: Flask) -> None:
    account_id = on_the_phone(app)
    with app.app_context():
        account = db.session.get_one(Account, account_id)
        with pytest.raises(doors.PasskeyNeedsAddress):
            doors.check_may_add_passkey(account)
        with transaction():
            messages.give(account, ContactKind.EMAIL, "layan@example.org")
        doors.check_may_add_passkey(account)


@pytest.mark.parametrize("typed", ["+44 7911 123456", "+998 90 123 45 67"])
def test_no_text_goes_abroad_unless_it_is_allowed(
    app: Flask, visitor: Visitor, gateway: Gateway, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(app, visitor, typed)
    assert visitor.page.status == 422
    assert "No codes are sent to phones of this country" in visitor.page.text
    assert gateway.ledger == []

    text = described(gateway, prefixes=["+44", "+998"])
    settings = replace(app.config["SETTINGS"], sms_gateways=text)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    ask(app, visitor, typed)
    assert len(gateway.ledger) == 1


def test_a_day_has_so_many_texts_and_the_heads_are_told_before(
    app: Flask, visitor: Visitor, gateway: Gateway
) -> None:
    with app.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        for number in range(20):
            with transaction():
                codes.ask_code(f"+7916000{number:04}", "ar")
        with transaction():
            figures.watch(clock.now())
        assert db.session.scalar(select(SendingTrouble.kind)) == "texts"
        with pytest.raises(texting.NoMoreTexts), transaction():
            codes.ask_code(PHONE, "ar")
        ask(app, visitor)
        assert visitor.page.status == 429
        assert "Use your e-mail address or a passkey" in visitor.page.text
        traveller.shift(timedelta(days=1))
        with transaction():
            codes.ask_code(PHONE, "ar")
            figures.watch(clock.now())
        assert db.session.scalar(select(SendingTrouble.ended_at)) is not None


def test_one_network_cannot_use_up_the_codes_of_a_phone(app: Flask, gateway: Gateway) -> None:
    with app.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        for _time in range(texting.FROM_THERE_IN_A_DAY.most):
            with transaction():
                codes.ask_code(PHONE, "ar", network="203.0.113.1")
            traveller.shift(timedelta(minutes=20))
        with pytest.raises(TooMany), transaction():
            codes.ask_code(PHONE, "ar", network="203.0.113.1")
        with transaction():
            codes.ask_code(PHONE, "ar", network="198.51.100.7")


def test_strangers_with_many_networks_leave_a_known_browser_its_own(
    app: Flask, gateway: Gateway
) -> None:
    with app.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        for number in range(texting.TO_PHONE.most):
            with transaction():
                codes.ask_code(PHONE, "ar", network=f"203.0.113.{number}")
            traveller.shift(timedelta(minutes=2))
        with pytest.raises(TooMany), transaction():
            codes.ask_code(PHONE, "ar", network="198.51.100.7")
        with transaction():
            codes.ask_code(PHONE, "ar", apart=":known")


def test_without_anybody_who_carries_texts_a_phone_is_no_address(visitor: Visitor) -> None:
    visitor.open("/en/account/sign-in")
    assert "mobile phone" not in visitor.page.text
    page = visitor.submit({"address": PHONE})
    assert page.status == 422 and page.errors


def test_a_password_is_taken_with_the_phone(app: Flask, visitor: Visitor, gateway: Gateway) -> None:
    account_id = on_the_phone(app)
    with app.app_context(), transaction():
        account = db.session.get_one(Account, account_id)
        account.password_hash = passwords.hash_of("many words that nobody knows")
    visitor.open("/en/account/sign-in/password")
    visitor.submit({"address": "8 916 123 45 67", "password": "many words that nobody knows"})
    assert is_in(visitor)


def test_two_browsers_that_ask_at_once_cost_one_text(app: Flask, gateway: Gateway) -> None:
    for _browser in range(2):
        ask(app, Visitor(app.test_client()))
    assert len(gateway.texts_to(PHONE)) == 1
