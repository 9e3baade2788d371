"""What strangers ask for in somebody's name takes nothing from a browser in which the owner was."""

import pytest
import time_machine
from flask import Flask

from app.accounts import codes, resets
from app.core import clock
from app.core.db import transaction
from app.core.errors import TooMany
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

ADDRESS = "layan@example.org"


def test_links_that_strangers_asked_for_leave_the_owner_their_own(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor, ADDRESS)
    with app.app_context():
        for number in range(resets.ASKED_BY_ADDRESS.most):
            with transaction():
                resets.ask(ADDRESS, "en", network=f"203.0.113.{number}")
    stranger = Visitor(app.test_client())

    for browser in (visitor, stranger):
        browser.open("/en/account/password/forgotten")
        browser.submit({"address": ADDRESS}, button="Send the link")

    assert visitor.page.url == "/en/account/password/sent"
    assert stranger.page.status == 429
    assert "You need none: sign in with a code" in stranger.page.text


def test_one_network_uses_up_no_more_than_its_share_of_links(app: Flask) -> None:
    with app.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        for _time in range(resets.ASKED_FROM_THERE_IN_A_DAY.most):
            with transaction():
                resets.ask(ADDRESS, "en", network="203.0.113.1")
            traveller.shift(1800)
        with pytest.raises(TooMany), transaction():
            resets.ask(ADDRESS, "en", network="203.0.113.1")
        with transaction():
            resets.ask(ADDRESS, "en", network="198.51.100.7")


def test_codes_that_strangers_asked_for_leave_the_owner_their_own(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor, ADDRESS)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        with app.app_context():
            for number in range(codes.SENT_IN_A_DAY.most):
                with transaction():
                    codes.ask_code(ADDRESS, "en", network=f"203.0.113.{number}")
                traveller.shift(61)
        stranger = Visitor(app.test_client())
        for browser in (visitor, stranger):
            browser.open("/en/account/sign-in?again=1")
            browser.submit({"address": ADDRESS})

    assert visitor.page.url == "/en/account/sign-in/code"
    assert stranger.page.status == 429
    assert "perhaps by somebody else" in stranger.page.text
    assert "Sign in with a passkey" in stranger.page.text
