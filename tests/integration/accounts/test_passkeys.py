"""Passkeys are made, used, called otherwise and removed; and every lie of one is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Passkey, PasskeyChallenge
from app.core import clock
from app.core.db import db, transaction
from app.notifications.models import Message
from tests.factories import seats
from tests.factories.authenticators import PRESENT, Authenticator
from tests.integration.accounts.conftest import PASSWORD, second_factor
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

REFUSED = "This passkey was not accepted. Try again, or sign in another way."
COPIED = "This passkey may have been copied, so it lets nobody in."


def token_of(visitor: Visitor) -> str:
    return next(
        e.get("value", "") for e in visitor.page.root.iter("input") if e.get("name") == "csrf_token"
    )


def options(visitor: Visitor, url: str) -> dict[str, Any]:
    """Ask for a challenge as the script of the page does.  (Any: JSON.)"""
    answer = visitor.client.post(
        url, data={"csrf_token": token_of(visitor)}, headers={"Accept": "application/json"}
    )
    return dict(json.loads(answer.data))


def add(visitor: Visitor, device: Authenticator, *, staff: bool = False) -> None:
    """Add a passkey to the account that is open."""
    base = f"/en{'/desk' if staff else ''}/account/security/passkeys"
    visitor.open(f"{base}/new")
    answer = device.make(options(visitor, f"{base}/options"))
    form = {"csrf_token": token_of(visitor), "credential": answer, "name": "My phone"}
    visitor._show(visitor.client.post(f"{base}/new", data=form, follow_redirects=True))


def show(visitor: Visitor, device: Authenticator, *, page: str = "/en/passkeys/sign-in") -> None:
    """Sign in with a passkey."""
    visitor.open(page)
    answer = device.show(options(visitor, "/en/passkeys/sign-in/options"))
    send(visitor, answer)


def send(visitor: Visitor, answer: str) -> None:
    form = {"csrf_token": token_of(visitor), "credential": answer, "next": "/en/account/security"}
    url = "/en/passkeys/sign-in"
    visitor._show(visitor.client.post(url, data=form, follow_redirects=True))


def is_in(visitor: Visitor, path: str = "/en/account") -> bool:
    return visitor.client.get(path).status_code == 200


@pytest.fixture
def device(visitor: Visitor, sign_in: Enter) -> Authenticator:
    """Be a device with a passkey of layan@example.org, who has signed out."""
    device = Authenticator()
    sign_in(visitor)
    add(visitor, device)
    visitor.open("/en/account")
    visitor.submit(button="Sign out")
    return device


@pytest.fixture
def staff_visitor(visitor: Visitor, officer: str) -> Visitor:
    """Be an officer who is signed in with two factors."""
    visitor.open("/en/desk/account/sign-in?next=/en/desk/account")
    visitor.submit({"login": officer, "password": PASSWORD})
    visitor.submit({"code": second_factor()}, button="Sign in")
    return visitor


@pytest.mark.proves("S01")
def test_a_citizen_signs_in_with_a_passkey_and_types_nothing(
    visitor: Visitor, device: Authenticator
) -> None:
    show(visitor, device)
    assert visitor.page.heading == "Security of my account"
    assert "My phone" in visitor.page.text


@pytest.mark.proves("S01")
def test_an_officer_signs_in_with_a_passkey_alone(app: Flask, staff_visitor: Visitor) -> None:
    device, other = Authenticator(), Visitor(app.test_client())
    add(staff_visitor, device, staff=True)
    show(other, device, page="/en/passkeys/sign-in?door=staff")
    assert is_in(other, "/en/desk/account/security")


def lie_about_the_site(device: Authenticator) -> None:
    device.rp_id = "evil.example"


def lie_about_the_origin(device: Authenticator) -> None:
    device.origin = "https://evil.example"


def lie_about_the_challenge(device: Authenticator) -> None:
    device.challenge = "AAAAAAAAAAAAAAAAAAAAAA"


def verify_nobody(device: Authenticator) -> None:
    device.flags = PRESENT


def be_of_somebody_else(device: Authenticator) -> None:
    device.handle = b"somebody else"


def have_another_key(device: Authenticator) -> None:
    device.key = Authenticator().key


def be_unknown(device: Authenticator) -> None:
    device.credential = b"nobody knows this"


LIES = (
    lie_about_the_site,
    lie_about_the_origin,
    lie_about_the_challenge,
    verify_nobody,
    be_of_somebody_else,
    have_another_key,
    be_unknown,
)


@pytest.mark.proves("login-017")
@pytest.mark.parametrize("lie", LIES)
def test_every_lie_of_a_passkey_is_refused_in_the_same_words(
    visitor: Visitor, device: Authenticator, lie: Callable[[Authenticator], None]
) -> None:
    lie(device)
    show(visitor, device)
    assert REFUSED in visitor.page.text
    assert not is_in(visitor)


@pytest.mark.proves("login-017")
def test_an_answer_is_good_once(app: Flask, visitor: Visitor, device: Authenticator) -> None:
    visitor.open("/en/passkeys/sign-in")
    answer = device.show(options(visitor, "/en/passkeys/sign-in/options"))
    cookie = visitor.client.get_cookie("jaliya")
    assert cookie is not None
    send(visitor, answer)
    assert is_in(visitor)

    other = Visitor(app.test_client())
    other.client.set_cookie("jaliya", cookie.value)
    other.open("/en/passkeys/sign-in")
    send(other, answer)
    assert not is_in(other)


@pytest.mark.proves("login-017")
def test_a_challenge_is_good_in_the_browser_that_asked(
    app: Flask, visitor: Visitor, device: Authenticator
) -> None:
    other = Visitor(app.test_client())
    visitor.open("/en/passkeys/sign-in")
    answer = device.show(options(visitor, "/en/passkeys/sign-in/options"))
    other.open("/en/passkeys/sign-in")
    send(other, answer)
    assert not is_in(other)


@pytest.mark.proves("login-017")
def test_a_challenge_is_used_up_by_a_wrong_answer(
    app: Flask, visitor: Visitor, device: Authenticator
) -> None:
    visitor.open("/en/passkeys/sign-in")
    answer = device.show(options(visitor, "/en/passkeys/sign-in/options"))
    send(visitor, "{}")
    send(visitor, answer)
    assert not is_in(visitor)
    with app.app_context():
        assert db.session.scalars(select(PasskeyChallenge)).all() == []


@pytest.mark.proves("login-017")
def test_a_challenge_is_over_after_five_minutes(visitor: Visitor, device: Authenticator) -> None:
    visitor.open("/en/passkeys/sign-in")
    answer = device.show(options(visitor, "/en/passkeys/sign-in/options"))
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        send(visitor, answer)
    assert not is_in(visitor)


@pytest.mark.proves("login-017", "S60")
def test_a_counter_that_goes_back_is_flagged_and_told(
    app: Flask, visitor: Visitor, device: Authenticator
) -> None:
    show(visitor, device)
    visitor.client.delete_cookie("jaliya-id")
    device.counter = 0
    show(visitor, device)
    assert COPIED in visitor.page.text and not is_in(visitor)
    device.counter = 100
    show(visitor, device)
    assert not is_in(visitor), "whoever has the copy comes after its counter was noticed"
    with app.app_context():
        assert db.session.scalars(select(Passkey)).one().suspected_at is not None
        assert "security_changed" in db.session.scalars(select(Message.event)).all()


def test_an_authenticator_that_does_not_count_is_no_suspect(
    visitor: Visitor, sign_in: Enter
) -> None:
    device = Authenticator(counts=False)
    add(sign_in(visitor), device)
    for _time in range(2):
        visitor.client.delete_cookie("jaliya-id")
        show(visitor, device)
        assert is_in(visitor)


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x" * 30_000, "[" * 19_999, '{"id": 1}', '{"id": "\\u0000"}']
)
def test_what_no_authenticator_says_is_refused(visitor: Visitor, answer: str) -> None:
    visitor.open("/en/passkeys/sign-in")
    options(visitor, "/en/passkeys/sign-in/options")
    send(visitor, answer)
    assert REFUSED in visitor.page.text and visitor.page.status == 200


@pytest.mark.parametrize(
    "lie", [lie_about_the_site, lie_about_the_origin, lie_about_the_challenge, verify_nobody]
)
@pytest.mark.proves("login-017")
def test_a_lie_at_the_making_is_refused(
    app: Flask, visitor: Visitor, sign_in: Enter, lie: Callable[[Authenticator], None]
) -> None:
    device = Authenticator()
    lie(device)
    add(sign_in(visitor), device)
    with app.app_context():
        assert db.session.scalars(select(Passkey)).all() == []
    assert visitor.page.heading == "Add a passkey" and REFUSED in visitor.page.text


def test_a_passkey_is_called_otherwise_and_removed(visitor: Visitor, device: Authenticator) -> None:
    show(visitor, device)
    visitor.follow("Rename or remove")
    visitor.submit({"name": "Старый телефон"}, button="Save")
    assert "Старый телефон" in visitor.page.text
    visitor.follow("Rename or remove")
    visitor.submit(button="Remove the passkey")
    assert "Старый телефон" not in visitor.page.text
    visitor.client.delete_cookie("jaliya-id")
    show(visitor, device)
    assert not is_in(visitor)


def test_a_passkey_of_somebody_else_is_not_there(
    app: Flask, visitor: Visitor, device: Authenticator, sign_in: Enter
) -> None:
    with app.app_context():
        uid = db.session.scalars(select(Passkey)).one().uid
    other = sign_in(Visitor(app.test_client()), "samer@example.org")
    other.open("/en/account")
    data = {"csrf_token": token_of(other), "name": "Mine"}
    base = f"/en/account/security/passkeys/{uid}"
    assert other.client.get(base).status_code == 404
    assert other.client.post(base, data=data).status_code == 404
    assert other.client.post(f"{base}/remove", data=data).status_code == 404


@pytest.mark.proves("S10")
def test_a_passkey_is_added_only_by_who_has_just_signed_in(
    visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        visitor.open("/en/account/security/passkeys/new")
        assert visitor.page.heading == "Sign in"
        assert "please sign in once more" in visitor.page.text
        said = options(visitor, "/en/account/security/passkeys/options")
        assert said == {"confirm": "/en/account/sign-in?again=1&next=/en/account/security"}


@pytest.mark.proves("S60")
def test_the_owner_is_told_of_a_passkey_that_comes_and_goes(
    app: Flask, visitor: Visitor, device: Authenticator
) -> None:
    show(visitor, device)
    visitor.follow("Rename or remove")
    visitor.submit(button="Remove the passkey")
    with app.app_context():
        mails = select(Message.event).where(Message.event == "security_changed")
        assert len(db.session.scalars(mails.where(Message.channel == "email")).all()) == 2


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_the_pages_are_in_the_readers_language(
    visitor: Visitor, sign_in: Enter, say: Callable[[str, str], str], language: str
) -> None:
    sign_in(visitor, language=language)
    visitor.open(f"/{language}/account/security")
    assert visitor.page.heading == say(language, "Security of my account")
    visitor.follow(say(language, "Add a passkey"))
    assert visitor.page.heading == say(language, "Add a passkey")
    assert "http://localhost" in visitor.page.body.decode()


def test_an_account_without_an_address_makes_a_passkey(app: Flask, visitor: Visitor) -> None:
    with app.test_request_context(), transaction():
        token = sessions.begin(account=seats.make_account())
    visitor.client.set_cookie("jaliya-id", token)
    add(visitor, Authenticator())
    assert "My phone" in visitor.open("/en/account/security").text


def test_a_removed_passkey_ends_the_sessions_that_it_began(
    app: Flask, visitor: Visitor, device: Authenticator, sign_in: Enter
) -> None:
    show(visitor, device)
    owner = Visitor(app.test_client())
    sign_in(owner)
    owner.open("/en/account/security")
    owner.follow("Rename or remove")
    owner.submit(button="Remove the passkey")

    assert is_in(owner)
    assert not is_in(visitor)
