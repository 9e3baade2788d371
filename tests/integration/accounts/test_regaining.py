"""Who lost app and recovery codes gets back in after a wait of which the owner hears everywhere."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import queries, regaining
from app.accounts.models import Account, ContactKind
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.notifications.models import Message
from tests import servers
from tests.factories import messages
from tests.integration.accounts.conftest import SignIn as Enter
from tests.integration.accounts.test_passwords import ADDRESS, LONG, app_secret, choose, give
from tests.visitor import Visitor, text_of

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
LOST = "/en/account/sign-in/regain"


@pytest.fixture
def owner(visitor: Visitor, sign_in: Enter) -> Visitor:
    """Be a citizen who has an app, and has just been shown recovery codes."""
    sign_in(visitor)
    secret = app_secret(visitor)
    visitor.submit({"code": pyotp.TOTP(secret).now()}, button="Confirm")
    assert visitor.page.heading == "Recovery codes"
    return visitor


def has_app(app: Flask) -> bool:
    with app.app_context():
        account = queries.find_account_by_address(ADDRESS)
        return account is not None and account.has_second_factor


def told(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.scalars(
            select(Message).where(Message.event == "security_changed").order_by(Message.id)
        )
        return [((one.payload or {})["change"], one.channel.value) for one in rows]


def asked(app: Flask, sign_in: Enter) -> Visitor:
    """Return who has lost everything but the mailbox, and has asked."""
    lost = sign_in(Visitor(app.test_client()))
    lost.follow("App and recovery codes lost")
    lost.submit(button="Ask for it")
    assert "Come back after" in lost.page.text
    return lost


@pytest.mark.proves("S06", "S07")
def test_an_account_is_got_back_after_a_week_and_not_before(
    app: Flask, owner: Visitor, sign_in: Enter
) -> None:
    asked(app, sign_in)
    with time_machine.travel(clock.now() + WEEK - timedelta(minutes=5)):
        early = sign_in(Visitor(app.test_client()))
        assert "Come back after" in early.open(LOST).text
        with app.app_context(), pytest.raises(Conflict), transaction():
            regaining.finish(db.session.scalars(select(Account)).one())

    with time_machine.travel(clock.now() + WEEK + timedelta(minutes=5)):
        late = sign_in(Visitor(app.test_client()))
        late.open(LOST)
        late.submit(button="Sign in without the app")
        assert late.page.heading == "Security of my account" and not has_app(app)
        assert owner.client.get("/en/account").status_code == 302
    assert ("recovery_done", "email") in told(app)


@pytest.mark.proves("S07")
def test_a_sign_in_with_the_app_stops_it(app: Flask, owner: Visitor, sign_in: Enter) -> None:
    codes = [word for word in owner.page.text.split() if word.count("-") == 3]
    asked(app, sign_in)
    back = sign_in(Visitor(app.test_client()))
    back.submit({"code": codes[0]}, button="Sign in")
    assert ("recovery_stopped", "email") in told(app)
    with time_machine.travel(clock.now() + WEEK + DAY):
        late = sign_in(Visitor(app.test_client()))
        assert "Ask for it" in text_of(late.open(LOST).root) and has_app(app)


def test_an_open_session_shows_it_and_stops_it(app: Flask, owner: Visitor, sign_in: Enter) -> None:
    asked(app, sign_in)
    owner.open("/en/account/security")
    owner.submit(button="Stop it")
    with app.app_context():
        account = queries.find_account_by_address(ADDRESS)
        assert account is not None and regaining.due_at(account) is None


def test_a_password_alone_asks_for_nothing(app: Flask, owner: Visitor) -> None:
    choose(owner, LONG)
    thief = Visitor(app.test_client())
    give(thief, LONG)
    assert "a password is not enough here" in thief.open(LOST).text
    with app.app_context():
        account = queries.find_account_by_address(ADDRESS)
        assert account is not None and account.recovery_asked_at is None


@pytest.mark.proves("S06", "S07")
def test_a_code_by_mail_for_one_account_does_not_speak_for_the_password_of_another(
    app: Flask, owner: Visitor, sign_in: Enter
) -> None:
    choose(owner, LONG)
    mine = sign_in(Visitor(app.test_client()), "thief@example.net")
    secret = app_secret(mine)
    mine.submit({"code": pyotp.TOTP(secret).now()}, button="Confirm")
    mail_of_mine = sign_in(Visitor(app.test_client()), "thief@example.net")
    by_mail = mail_of_mine.client.get_cookie("jaliya")
    thief = Visitor(app.test_client())
    give(thief, LONG)
    assert by_mail is not None
    thief.client.set_cookie("jaliya", by_mail.value)

    assert "a password is not enough here" in thief.open(LOST).text
    with app.app_context():
        account = queries.find_account_by_address(ADDRESS)
        assert account is not None and account.recovery_asked_at is None


def test_the_owner_is_told_by_every_way(
    app: Flask, owner: Visitor, sign_in: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.gateway() as server:
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with app.app_context(), transaction():
            account = queries.find_account_by_address(ADDRESS)
            assert account is not None
            messages.give(account, ContactKind.PHONE, "+79161234567")
        asked(app, sign_in)
    ways = {way for change, way in told(app) if change == "recovery_asked"}
    assert ways == {"portal", "email", "sms"}
