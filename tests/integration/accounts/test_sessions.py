"""Sessions end at once and for good, and a cookie that is none is no session."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from app.accounts import codes, queries, services, sessions
from app.accounts.models import Account, SignIn
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.crypto import keyed_hash
from app.core.db import db, transaction
from app.core.errors import NotFound
from tests.integration.accounts.conftest import SignIn as Enter
from tests.integration.accounts.test_second_factors import sign_in as sign_in_staff
from tests.visitor import Visitor

HOME, DESK = "/en/account", "/en/desk/account"


@pytest.mark.proves("login-021")
def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    copied = visitor.client.get_cookie("jaliya-id")
    visitor.submit(button="Sign out")
    assert copied is not None
    visitor.client.set_cookie("jaliya-id", copied.value)
    assert visitor.client.get(HOME).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(SignIn)).all() == []


@pytest.mark.proves("login-021")
@pytest.mark.parametrize("change", ["disabled", "granted"])
def test_a_session_of_staff_is_over_when_they_leave_or_get_another_right(
    app: Flask, visitor: Visitor, officer: str, post_id: int, change: str
) -> None:
    sign_in_staff(visitor)
    assert visitor.client.get(DESK).status_code == 200
    with app.app_context(), transaction():
        staff = queries.get_staff_by_login(officer)
        if change == "disabled":
            services.disable_staff(staff, actor=SYSTEM)
        else:
            services.grant(staff, post_id, Role.HEAD)
    assert visitor.client.get(DESK).status_code == 302


@pytest.mark.proves("login-023")
@pytest.mark.parametrize("name", ["jaliya-id", "jaliya", "jaliya-seen"])
@pytest.mark.parametrize(
    "value", ["x" * 8192, "%%%", "AAAA.BBBB.CCCC", "\u00e9", "'; --", "a" * 64, ""]
)
def test_a_cookie_that_is_none_is_no_session(app: Flask, name: str, value: str) -> None:
    client = app.test_client(use_cookies=False)
    sent = {"Cookie": f"{name}={value}"}
    assert client.get(HOME, headers=sent).status_code == 302
    assert client.get("/en/account/sign-in", headers=sent).status_code == 200


@pytest.mark.proves("login-023")
def test_an_old_signing_key_counts_while_it_is_listed(app: Flask) -> None:
    old = Flask("old")
    old.secret_key = "an old key of more than 32 signs!!"
    signed = SecureCookieSessionInterface().get_signing_serializer(old)
    assert signed is not None
    cookie = signed.dumps({"sign_in": {"code": "x"}})
    found, before = [], app.config["SECRET_KEY_FALLBACKS"]
    for fallbacks in ([old.secret_key], []):
        app.config["SECRET_KEY_FALLBACKS"] = fallbacks
        with app.test_request_context(headers={"Cookie": f"jaliya={cookie}"}) as context:
            found.append("sign_in" in context.session)
    app.config["SECRET_KEY_FALLBACKS"] = before
    assert found == [True, False]


@pytest.mark.proves("S09")
def test_the_token_of_a_session_has_256_bits_and_is_stored_as_a_hash(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    cookie = visitor.client.get_cookie("jaliya-id")
    assert cookie is not None and len(cookie.value) == 43
    with app.app_context():
        stored = db.session.scalars(select(SignIn.token_hash)).all()
        assert stored == [keyed_hash("session", cookie.value)]


@pytest.mark.proves("S09")
def test_all_other_sessions_are_ended_at_once(app: Flask, visitor: Visitor, sign_in: Enter) -> None:
    others = [sign_in(Visitor(app.test_client())) for _device in range(3)]
    sign_in(visitor)
    visitor.open("/en/account/security")
    visitor.submit(button="End all other sessions")
    assert visitor.client.get(HOME).status_code == 200
    assert [other.client.get(HOME).status_code for other in others] == [302] * 3


def at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.race
@pytest.mark.proves("S09")
@pytest.mark.parametrize("rounds", [25, pytest.param(1000, marks=pytest.mark.grid)])
def test_no_request_in_flight_brings_an_ended_session_back(racing_app: Flask, rounds: int) -> None:
    ids = begun(racing_app, rounds)

    def touch() -> None:
        with racing_app.app_context():
            for one in ids:
                sessions.touch(one, clock.now())

    def renew() -> None:
        with racing_app.app_context():
            for one in ids:
                try:
                    with transaction():
                        sessions.renew(one)
                except NotFound:
                    continue

    def end() -> None:
        with racing_app.app_context():
            for one in reversed(ids):
                with transaction():
                    sessions.end(one)

    at_once(touch, renew, end)
    with racing_app.app_context():
        assert db.session.scalars(select(SignIn)).all() == []


def begun(app: Flask, many: int) -> list[int]:
    """Begin sessions of one account and return their keys."""
    with app.test_request_context(), transaction():
        account = codes.open_account("layan@example.org", "ar")
        assert isinstance(account, Account)
        for _session in range(many):
            sessions.begin(account=account)
        db.session.flush()
        return list(db.session.scalars(select(SignIn.id)).all())


@pytest.mark.proves("S09")
def test_a_session_that_rested_too_long_is_not_listed(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(Visitor(app.test_client()))
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        sign_in(visitor)
        assert "End all other sessions" not in visitor.open("/en/account/security").text
        with app.app_context():
            owner = db.session.scalars(select(Account)).one()
            assert len(queries.list_sessions(clock.now(), account_id=owner.id)) == 1
