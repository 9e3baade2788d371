"""Counting tries, by whom and from where; and forgetting what expired."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import codes, throttle
from app.accounts.models import Attempt, OneTimeCode, SignIn
from app.accounts.throttle import Limit
from app.core import clock
from app.core.crypto import DataKey
from app.core.db import db, transaction
from app.core.errors import TooMany
from app.notifications.models import Message
from tests.integration.accounts.conftest import Postman
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

LIMIT = Limit(name="test", most=3, window=timedelta(minutes=15))
STRANGER, OWNER = "203.0.113.7", "198.51.100.9"


def count(times: int, subject: str = "a") -> None:
    for _time in range(times):
        with transaction():
            throttle.count(LIMIT, subject)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
        (None, ""),
        ("unknown", ""),
        ("203.0.113.7:41234", "203.0.113.7"),
        ("[2001:db8:1:2:3:4:5:6]:41234", "2001:db8:1:2::/64"),
    ],
)
def test_a_network_is_an_address_or_a_household(address: str | None, network: str) -> None:
    assert throttle.network_of(address) == network


def test_a_try_past_the_limit_is_refused_until_the_window_is_over(app: Flask) -> None:
    with app.app_context(), time_machine.travel("2026-11-23T10:00:00Z", tick=False) as traveller:
        count(3)
        with pytest.raises(TooMany):
            count(1)
        count(3, "somebody else")
        traveller.shift(timedelta(minutes=15))
        count(3)


def test_a_try_that_was_right_is_taken_back(app: Flask) -> None:
    with app.app_context(), time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        count(3)
        with transaction():
            throttle.forgive(LIMIT, "a")
        count(1)
        with pytest.raises(TooMany):
            count(1)


def ask_from(app: Flask, network: str, address: str = "layan@example.org") -> int:
    """Ask for a code with a new browser; return the status."""
    visitor = Visitor(app.test_client())
    visitor.client.environ_base["REMOTE_ADDR"] = network
    visitor.open("/en/account/sign-in")
    return visitor.submit({"address": address}).status


@pytest.mark.parametrize("known", [True, False])
def test_codes_for_one_address_from_one_network_are_limited_known_or_not(
    app: Flask, visitor: Visitor, sign_in: Enter, *, known: bool
) -> None:
    if known:
        sign_in(visitor, "layan@example.org")
    with time_machine.travel(clock.now() + timedelta(minutes=15), tick=False):
        asked = [ask_from(app, STRANGER) for _time in range(6)]
        other = ask_from(app, STRANGER, "samer@example.org")
    assert (asked, other) == ([200] * 5 + [429], 200)


def test_a_stranger_cannot_lock_the_owner_of_an_address_out(app: Flask, postman: Postman) -> None:
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        for _time in range(21):
            ask_from(app, STRANGER)
        assert ask_from(app, OWNER) == 200


def test_a_stranger_who_asks_all_day_leaves_the_owner_codes(app: Flask, postman: Postman) -> None:
    with app.app_context(), time_machine.travel("2026-11-23T00:00:00Z", tick=False) as traveller:
        for _time in range(400):
            with suppress(TooMany), transaction():
                codes.ask_code("layan@example.org", "en", network=STRANGER)
            traveller.shift(timedelta(minutes=3))
        with transaction():
            codes.ask_code("layan@example.org", "en", network=OWNER)
    assert len(postman.codes) == codes.ASKED_FROM_THERE_IN_A_DAY.most + 1


def test_an_asking_that_sends_nothing_takes_no_message_from_the_address(
    app: Flask, postman: Postman
) -> None:
    with app.app_context(), time_machine.travel("2026-11-23T10:00:00Z", tick=False) as traveller:
        for _time in range(70):
            with transaction():
                codes.ask_code("layan@example.org", "en")
        traveller.shift(codes.RESEND_AFTER)
        with transaction():
            codes.ask_code("layan@example.org", "en")
    assert len(postman.codes) == 2


def test_an_address_is_sent_sixty_messages_in_a_day(app: Flask, postman: Postman) -> None:
    with app.app_context(), time_machine.travel("2026-11-23T00:00:00Z", tick=False) as traveller:
        for number in range(60):
            with transaction():
                codes.ask_code("layan@example.org", "en", network=f"203.0.113.{number}")
            traveller.shift(timedelta(minutes=5))
        with pytest.raises(TooMany), transaction():
            codes.ask_code("layan@example.org", "en", network=OWNER)
    assert len(postman.codes) == 60


def test_an_owner_who_signs_in_often_is_not_stopped(app: Flask, sign_in: Enter) -> None:
    for _time in range(codes.ASKED_FROM_THERE_IN_A_DAY.most + 1):
        visitor = Visitor(app.test_client())
        visitor.client.environ_base["REMOTE_ADDR"] = OWNER
        sign_in(visitor)
        assert visitor.page.status == 200


def test_codes_asked_from_one_network_are_limited(visitor: Visitor, postman: Postman) -> None:
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        for number in range(codes.ASKED_BY_NETWORK.most + 1):
            visitor.open("/en/account/sign-in")
            visitor.submit({"address": f"address{number}@example.org"})
        assert visitor.page.status == 429
    assert len(postman.codes) == codes.ASKED_BY_NETWORK.most


def test_a_code_and_a_warning_become_messages_of_the_same_transaction(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor, language="ru")
    sign_in(Visitor(app.test_client()), language="ar")
    with app.app_context():
        events = db.session.scalars(select(Message.event).order_by(Message.id)).all()
    assert events.count("sign_in_code") == 2
    assert "sign_in_new_device" in events


def test_what_expired_is_forgotten_with_its_keys(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    with app.app_context():
        keys = db.session.scalar(select(func.count()).select_from(DataKey)) or 0
        with transaction():
            codes.forget_expired(clock.now())
        assert [count_of(model) for model in (OneTimeCode, SignIn)] == [1, 1]
        with transaction():
            codes.forget_expired(clock.now() + timedelta(days=3))
        assert [count_of(model) for model in (OneTimeCode, SignIn, Attempt)] == [0, 0, 0]
        assert count_of(DataKey) == keys - 1


def count_of(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0
