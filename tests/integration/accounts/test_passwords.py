"""The password that a citizen may have: set, used, forgotten, removed, and never needed."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.accounts import codes, passwords, queries, resets
from app.accounts.models import Account, PasswordReset
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.notifications.models import Message
from tests.integration.accounts.conftest import Postman
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

ADDRESS = "layan@example.org"
LONG = " каштан ‏🔑‏ قارب e\u0301 7 "
"""With blanks at its ends, an emoji, two directions and a letter of two signs."""
NEW = "camel lantern orbit 47"
WRONG = "Address or password is wrong, or no password was ever set for this address."
SPENT = "This link is no longer valid"


def choose(visitor: Visitor, password: str, present: str = "") -> None:
    visitor.open("/en/account/security/password")
    fields = {"password": password, "again": password} | ({"present": present} if present else {})
    visitor.submit(fields)


def give(visitor: Visitor, password: str, address: str = ADDRESS) -> None:
    visitor.open("/en/account/sign-in/password?next=/en/account")
    visitor.submit({"address": address, "password": password})


def is_in(visitor: Visitor) -> bool:
    return visitor.client.get("/en/account").status_code == 200


@pytest.fixture
def owner(visitor: Visitor, sign_in: Enter) -> Visitor:
    """Be a citizen who is signed in and has a password."""
    sign_in(visitor, ADDRESS)
    choose(visitor, LONG)
    assert "The password was saved." in visitor.page.text
    return visitor


@pytest.mark.proves("S01", "S03", "login-005")
def test_a_password_counts_byte_for_byte_in_nfc(app: Flask, owner: Visitor) -> None:
    for typed in (LONG.strip(), LONG[:15], LONG + "x", LONG.upper(), LONG.replace("\u200f", "")):
        other = Visitor(app.test_client())
        give(other, typed)
        assert WRONG in other.page.errors[0] and not is_in(other)
    for typed in (LONG, LONG.replace("e\u0301", "é")):
        other = Visitor(app.test_client())
        give(other, typed)
        assert is_in(other)


@pytest.mark.proves("login-005")
def test_a_password_with_nul_counts_as_typed(app: Flask, owner: Visitor) -> None:
    with_nul = "каштан\0قارب orbit 47"
    choose(owner, with_nul, present=LONG)
    other = Visitor(app.test_client())
    give(other, with_nul.replace("\0", ""))
    assert not is_in(other)
    give(other, with_nul)
    assert is_in(other)


@pytest.mark.proves("S01", "login-007")
@pytest.mark.parametrize("length", [1, 14, 257])
def test_a_password_alone_has_fifteen_characters(
    visitor: Visitor, sign_in: Enter, length: int
) -> None:
    sign_in(visitor)
    choose(visitor, (NEW * 20)[:length])
    assert "A password has 15 to 256 characters." in visitor.page.errors[0]


@pytest.mark.proves("S03")
@pytest.mark.parametrize("password", ["verdant kites sang", "кедр ладья изюм вяз", "x" + NEW * 3])
def test_nothing_else_is_asked_of_a_password(app: Flask, password: str) -> None:
    with app.app_context():
        passwords.check(password, shortest=passwords.SHORTEST_ALONE)


@pytest.mark.proves("S02")
@pytest.mark.parametrize("many", [100, pytest.param(3000, marks=pytest.mark.grid)])
def test_the_commonest_words_are_refused_however_often_they_are_repeated(
    app: Flask, many: int
) -> None:
    accepted = []
    with app.app_context():
        for word in FREQUENCY_LISTS["passwords"][:many]:
            password = word * (1 + 15 // len(word))
            try:
                passwords.check(password, shortest=passwords.SHORTEST_ALONE)
            except Invalid:
                continue
            accepted.append(password)
    assert accepted == []


def observed(app: Flask, work: Callable[[], Any]) -> tuple[int, list[str], int]:
    """Return how many hashes, which statements and how many messages some work took."""
    hashes: list[str] = []
    statements: list[str] = []
    real = passwords._verify

    def verify(password: str, stored: str) -> bool:
        hashes.append(stored)
        return real(password, stored)

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(re.sub(r"\d+", "", " ".join(statement.split()))[:60])

    with app.app_context():
        engine = db.engine
        before = len(db.session.scalars(select(Message)).all())
    passwords._verify = verify
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
        passwords._verify = real
    with app.app_context():
        return len(hashes), statements, len(db.session.scalars(select(Message)).all()) - before


def without_values(visitor: Visitor, address: str) -> str:
    body = re.sub('value="[^"]{60,}"', "", visitor.page.body.decode())
    return body.replace(address, "")


@pytest.mark.proves("S04", "login-001")
def test_an_address_that_nobody_has_costs_the_same_work_and_bytes(
    app: Flask, owner: Visitor, sign_in: Enter
) -> None:
    sign_in(Visitor(app.test_client()), "samer@example.org")
    work, bodies = [], []
    for address in (ADDRESS, "nobody@example.org", "samer@example.org"):
        other = Visitor(app.test_client())
        other.open("/en/account/sign-in/password")
        form = {"address": address, "password": "wrong wrong wrong"}
        work.append(observed(app, partial(other.submit, form)))
        bodies.append((other.page.status, without_values(other, address)))
    assert work[0] == work[1] == work[2] and work[0][0] == 1
    assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.proves("S04", "S07")
def test_asking_for_a_link_costs_the_same_whoever_has_the_address(
    app: Flask, owner: Visitor, sign_in: Enter
) -> None:
    sign_in(Visitor(app.test_client()), "samer@example.org")
    work, pages = [], []
    for address in (ADDRESS, "nobody@example.org", "samer@example.org"):
        other = Visitor(app.test_client())
        other.open("/en/account/password/forgotten")
        work.append(observed(app, partial(other.submit, {"address": address})))
        pages.append((other.page.status, other.page.text))
    assert work[0] == work[1] == work[2] and work[0][2] == 1
    assert pages[0] == pages[1] == pages[2]


def link_for(app: Flask, visitor: Visitor, address: str = ADDRESS) -> str:
    visitor.open("/en/account/password/forgotten")
    visitor.submit({"address": address})
    with app.app_context():
        newest = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
        return "/en" + str((newest.payload or {})["path"])


def renew(visitor: Visitor, link: str, password: str = NEW) -> None:
    visitor.open(link)
    visitor.submit({"password": password, "again": password})


@pytest.mark.proves("S07", "S60", "login-019", "login-021")
def test_a_forgotten_password_is_set_by_a_link_that_signs_nobody_in(
    app: Flask, owner: Visitor
) -> None:
    other = Visitor(app.test_client())
    renew(other, link_for(app, other))
    assert other.page.heading == "Sign in with a password"
    assert not is_in(other) and not is_in(owner), "all sessions have ended"
    give(other, NEW)
    assert is_in(other)
    with app.app_context():
        told = db.session.scalars(select(Message.event).order_by(Message.id.desc())).all()
    assert "security_changed" in told[:4]


@pytest.mark.proves("S07", "login-019")
def test_a_link_is_good_once_and_never_for_another_one(app: Flask, owner: Visitor) -> None:
    other = Visitor(app.test_client())
    link = link_for(app, other)
    flipped = link[:-1] + ("A" if link[-1] != "A" else "B")
    assert other.open(flipped).heading == SPENT and other.page.status == 410
    renew(other, link)
    assert other.open(link).heading == SPENT and other.page.status == 410


@pytest.mark.proves("S07", "login-019")
def test_a_link_is_over_after_half_an_hour(app: Flask, owner: Visitor) -> None:
    other = Visitor(app.test_client())
    link = link_for(app, other)
    with time_machine.travel(clock.now() + resets.LIFETIME + timedelta(seconds=1)):
        assert other.open(link).heading == SPENT


@pytest.mark.proves("login-019")
def test_a_link_is_over_once_the_password_was_changed(app: Flask, owner: Visitor) -> None:
    other = Visitor(app.test_client())
    link = link_for(app, other)
    choose(owner, NEW, present=LONG)
    assert other.open(link).heading == SPENT


@pytest.mark.proves("login-019", "login-025")
def test_looking_at_a_link_uses_nothing_up_and_tells_no_other_site(
    app: Flask, owner: Visitor
) -> None:
    other = Visitor(app.test_client())
    link = link_for(app, other)
    assert other.client.head(link).status_code == 200
    page = other.open(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    renew(other, link, "short")
    assert other.page.status == 422
    renew(other, link)
    assert other.page.heading == "Sign in with a password"


@pytest.mark.proves("S07")
def test_the_token_is_stored_as_a_hash_and_has_256_bits(app: Flask, owner: Visitor) -> None:
    token = link_for(app, Visitor(app.test_client())).rpartition("/")[2]
    with app.app_context():
        stored = db.session.scalars(select(PasswordReset.token_hash)).all()
    assert len(token) == 43 and token not in stored


def app_secret(visitor: Visitor) -> str:
    visitor.open("/en/account/security")
    visitor.submit(button="Set up an authenticator app")
    shown = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", visitor.page.text)
    assert shown is not None
    return shown[0].replace(" ", "")


def test_another_session_of_the_account_is_not_shown_the_key_that_is_set_up(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    thief = sign_in(Visitor(app.test_client()))
    sign_in(visitor)
    key = app_secret(visitor)
    thief.open("/en/account/security/app/set-up")
    assert key not in thief.page.text.replace(" ", "")
    form = thief.page
    visitor.submit({"code": pyotp.TOTP(key).now()}, button="Confirm")
    assert visitor.page.heading == "Recovery codes"
    thief.page = form
    thief.submit({"code": pyotp.TOTP(key).now()}, button="Confirm")
    assert thief.page.heading == "Sign in"


@pytest.mark.proves("S07", "S01")
def test_a_link_by_mail_goes_round_no_second_factor(app: Flask, owner: Visitor) -> None:
    secret = app_secret(owner)
    owner.submit({"code": pyotp.TOTP(secret).at(clock.now(), counter_offset=-1)}, button="Confirm")
    assert owner.page.heading == "Recovery codes"
    code = re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", owner.page.text)[0]
    other = Visitor(app.test_client())
    renew(other, link_for(app, other))
    give(other, NEW)
    assert other.page.heading == "Second step of signing in" and not is_in(other)
    other.submit({"code": code}, button="Sign in")
    assert other.page.url == "/en/account" and is_in(other)


@pytest.mark.proves("S01")
def test_a_code_by_mail_goes_round_no_second_factor(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    secret = app_secret(visitor)
    visitor.submit({"code": pyotp.TOTP(secret).now()}, button="Confirm")
    other = sign_in(Visitor(app.test_client()))
    assert other.page.heading == "Second step of signing in" and not is_in(other)
    other.submit({"code": "000000"}, button="Sign in")
    assert other.page.status == 422 and not is_in(other)


@pytest.mark.proves("login-003")
def test_the_right_password_of_a_throttled_account_waits_and_is_not_counted_back(
    app: Flask, owner: Visitor
) -> None:
    stranger = Visitor(app.test_client())
    stranger.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        for _try in range(10):
            give(stranger, "wrong wrong wrong")
        for _try in range(2):
            give(stranger, LONG)
            assert stranger.page.status == 429 and not is_in(stranger)


@pytest.mark.proves("login-009")
@pytest.mark.parametrize(
    "address",
    ["LAYAN@EXAMPLE.ORG", "layan@example.org.", "layan@exampıe.org", "layan＠example.org"],
)
def test_an_address_that_looks_alike_matches_nobody_else(
    app: Flask, owner: Visitor, address: str
) -> None:
    other = Visitor(app.test_client())
    give(other, LONG, address)
    assert is_in(other) is (address.casefold() == ADDRESS)
    assert other.page.status in (200, 422)


@pytest.mark.proves("login-011")
def test_of_two_addresses_the_first_counts_everywhere(
    app: Flask, owner: Visitor, postman: Postman
) -> None:
    other = Visitor(app.test_client())
    give(other, LONG, ["nobody@example.org", ADDRESS])  # type: ignore[arg-type]
    assert WRONG in other.page.errors[0] and not is_in(other)
    other.open("/en/account/sign-in")
    other.submit({"address": ["nobody@example.org", ADDRESS]})
    assert postman.codes[-1]["address"] == "nobody@example.org"


def test_a_password_is_removed_and_a_code_is_enough_again(app: Flask, owner: Visitor) -> None:
    owner.open("/en/account/security")
    owner.submit(button="Remove the password")
    with app.app_context():
        assert db.session.scalars(select(Account)).one().password_hash is None
    other = Visitor(app.test_client())
    give(other, LONG)
    assert WRONG in other.page.errors[0]


def test_links_that_expired_are_forgotten(app: Flask, owner: Visitor) -> None:
    link_for(app, Visitor(app.test_client()))
    with app.app_context():
        with transaction():
            codes.forget_expired(clock.now() + timedelta(hours=1))
        assert db.session.scalars(select(PasswordReset)).all() == []
        assert queries.find_account_by_address(ADDRESS) is not None


@pytest.mark.parametrize("language", ["ar", "ru"])
@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/account/sign-in/password", "Sign in with a password"),
        ("/account/password/forgotten", "Password forgotten"),
        ("/account/password/sent", "Look into your mail"),
        ("/account/password/new/nothing", SPENT),
    ],
)
def test_the_pages_are_in_the_readers_language(
    visitor: Visitor, say: Callable[[str, str], str], language: str, path: str, heading: str
) -> None:
    visitor.open(f"/{language}{path}")
    assert visitor.page.heading == say(language, heading)
