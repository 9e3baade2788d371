"""Who is asked once more who they are answers as themselves, and is led back to what they did."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import queries
from app.accounts.models import Account
from app.core import clock
from app.core.db import db
from tests.integration.accounts.conftest import Postman
from tests.integration.accounts.conftest import SignIn as Enter
from tests.integration.accounts.test_passwords import ADDRESS, LONG, choose
from tests.visitor import Visitor, text_of

LATER = timedelta(minutes=10)
ANOTHER = "This belongs to another account"


@pytest.fixture
def owner(visitor: Visitor, sign_in: Enter) -> Visitor:
    """Be a citizen who is signed in and has a password."""
    sign_in(visitor, ADDRESS)
    choose(visitor, LONG)
    return visitor


def count_accounts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Account.id))) or 0


def test_a_password_is_removed_by_pressing_again_after_showing_who_one_is(
    app: Flask, owner: Visitor, postman: Postman
) -> None:
    with time_machine.travel(clock.now() + LATER):
        owner.open("/en/account/security")
        owner.submit(button="Remove the password")
        owner.submit({"address": ADDRESS})
        owner.submit({"code": postman.code}, button="Sign in")
        assert owner.page.url == "/en/account/security"
        assert "has not been done yet" in text_of(owner.page.root)
        owner.submit(button="Remove the password")
    with app.app_context():
        account = queries.find_account_by_address(ADDRESS)
        assert account is not None and account.password_hash is None


@pytest.mark.proves("S10")
def test_who_signs_in_again_is_not_let_into_another_account(
    app: Flask, visitor: Visitor, sign_in: Enter, postman: Postman
) -> None:
    sign_in(visitor)
    before = count_accounts(app)
    visitor.open("/en/account/sign-in?again=1&next=/en/account/security/password")
    assert f'value="{ADDRESS}"' in visitor.page.body.decode()
    visitor.submit({"address": "layan.typo@example.org"})
    assert ANOTHER in visitor.page.errors[0]
    assert count_accounts(app) == before
    assert visitor.client.get("/en/account").status_code == 200


@pytest.mark.proves("S10")
def test_a_password_of_another_account_does_not_take_the_session_over(
    app: Flask, owner: Visitor, sign_in: Enter
) -> None:
    other = Visitor(app.test_client())
    sign_in(other, "huda@example.org")
    other.open("/en/account/sign-in/password")
    other.submit({"address": ADDRESS, "password": LONG})
    assert ANOTHER in other.page.errors[0]
    assert "huda@example.org" in other.open("/en/account").text


def test_a_page_of_another_account_says_that_it_may_belong_to_one(
    visitor: Visitor, sign_in: Enter
) -> None:
    said = "it may belong to another account"
    assert said not in visitor.open("/en/nowhere").text
    sign_in(visitor)
    foreign = visitor.open("/en/requests/JM-2026-000001-X")
    assert foreign.status == 404 and said in foreign.text


def test_who_is_signed_in_is_not_led_round_in_a_circle(visitor: Visitor, sign_in: Enter) -> None:
    sign_in(visitor)
    assert visitor.open("/en/account/sign-in/second").url == "/en/requests"
