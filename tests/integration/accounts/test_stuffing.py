"""Stuffing: one network with many names and many networks with one name are stopped, owners not.

A simulation of what strangers do with lists of names and passwords, against the real pages.
"""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from app.accounts import codes
from app.core.db import transaction
from app.core.errors import TooMany
from tests.integration.accounts import test_passwords as citizens
from tests.integration.accounts import test_staff as staff
from tests.integration.accounts.conftest import PASSWORD, Postman, second_factor
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

AT = "2026-11-23T10:00:00Z"
ADDRESS = citizens.ADDRESS

Give = Callable[[Visitor, str, str], None]


def as_citizen(visitor: Visitor, name: str, password: str) -> None:
    citizens.give(visitor, password, name)


def as_staff(visitor: Visitor, name: str, password: str) -> None:
    staff.give_password(visitor, name, password)


def stranger(app: Flask, network: str) -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.client.environ_base["REMOTE_ADDR"] = network
    return visitor


def judged(app: Flask, tries: list[tuple[str, str]], give: Give) -> int:
    """Have strangers try (network, name) one after the other; return how many were judged."""
    count = 0
    for network, name in tries:
        visitor = stranger(app, network)
        give(visitor, name, "wrong wrong wrong")
        count += visitor.page.status == 422
    return count


@pytest.mark.proves("S05")
@pytest.mark.parametrize("many", [30, pytest.param(1000, marks=pytest.mark.grid)])
@pytest.mark.parametrize("give", [as_citizen, as_staff])
def test_one_network_with_many_names_is_stopped_at_twenty(
    app: Flask, give: Give, many: int
) -> None:
    with time_machine.travel(AT, tick=False):
        tries = [("203.0.113.7", f"name{number}@example.org") for number in range(many)]
        assert judged(app, tries, give) <= 20


def networks(many: int) -> list[str]:
    return [f"203.0.{number // 250}.{number % 250}" for number in range(many)]


@pytest.mark.proves("S05")
@pytest.mark.parametrize("many", [60, pytest.param(1000, marks=pytest.mark.grid)])
def test_many_networks_with_one_citizen_are_stopped_at_fifty_and_the_owner_gets_in(
    app: Flask, visitor: Visitor, sign_in: Enter, many: int
) -> None:
    with time_machine.travel(AT, tick=False):
        owner = sign_in(visitor, ADDRESS)
        citizens.choose(owner, citizens.LONG)
        owner.client.delete_cookie("jaliya-id")
        assert judged(app, [(n, ADDRESS) for n in networks(many)], as_citizen) <= 50
        elsewhere = stranger(app, "198.51.100.9")
        as_citizen(elsewhere, ADDRESS, citizens.LONG)
        assert elsewhere.page.status == 429, "the control: a browser that nobody knows waits"
        as_citizen(owner, ADDRESS, citizens.LONG)
        assert citizens.is_in(owner)


@pytest.mark.grid
@pytest.mark.proves("S05")
@pytest.mark.parametrize("many", [60, 1000])
def test_many_networks_with_one_login_are_stopped_at_fifty_and_the_owner_gets_in(
    app: Flask, visitor: Visitor, officer: str, many: int
) -> None:
    with time_machine.travel(AT, tick=False) as traveller:
        staff.give_password(visitor, officer)
        staff.give_code(visitor, second_factor())
        visitor.client.delete_cookie("jaliya-id")
        assert judged(app, [(n, officer) for n in networks(many)], as_staff) <= 50
        as_staff(visitor, officer, PASSWORD)
        assert visitor.page.url.endswith("/sign-in/code")
        traveller.shift(60)
        assert staff.give_code(visitor, second_factor()) == 302


@pytest.mark.proves("S05")
@pytest.mark.parametrize("many", [60, pytest.param(1000, marks=pytest.mark.grid)])
def test_many_networks_that_guess_codes_are_stopped_and_the_owner_gets_in(
    app: Flask, visitor: Visitor, postman: Postman, sign_in: Enter, many: int
) -> None:
    with time_machine.travel(AT, tick=False) as traveller:
        owner = sign_in(visitor, ADDRESS)
        owner.client.delete_cookie("jaliya-id")
        traveller.shift(codes.RESEND_AFTER)
        assert guesses(app, networks(many)) <= 50
        traveller.shift(codes.RESEND_AFTER)
        sign_in(owner, ADDRESS)
        assert citizens.is_in(owner)


def guesses(app: Flask, many: list[str]) -> int:
    """Have each network ask for a code of the same address and try once; return how many could."""
    count = 0
    with app.app_context():
        for network in many:
            try:
                with transaction():
                    uid = codes.ask_code(ADDRESS, "en", network=network).uid
                with transaction():
                    codes.spend_try(uid, network=network)
            except TooMany:
                continue
            count += 1
    return count


@pytest.mark.proves("S05")
def test_a_browser_of_before_has_tries_of_its_own_and_no_more(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    with time_machine.travel(AT, tick=False):
        owner = sign_in(visitor, ADDRESS)
        citizens.choose(owner, citizens.LONG)
        owner.client.delete_cookie("jaliya-id")
        said = []
        for _try in range(12):
            as_citizen(owner, ADDRESS, "wrong wrong wrong")
            said.append(owner.page.status)
    assert said == [422] * 10 + [429] * 2


@pytest.mark.proves("S05")
@pytest.mark.parametrize("times", [0, 5])
def test_sign_ins_in_a_known_browser_give_their_network_no_tries_back(
    app: Flask, visitor: Visitor, sign_in: Enter, times: int
) -> None:
    network, names = "203.0.113.7", iter(range(100))
    with time_machine.travel(AT, tick=False):
        owner = sign_in(visitor, ADDRESS)
        citizens.choose(owner, citizens.LONG)
        owner.client.environ_base["REMOTE_ADDR"] = network

        def tried(many: int) -> int:
            tries = [(network, f"name{next(names)}@example.org") for _ in range(many)]
            return judged(app, tries, as_citizen)

        before = tried(15)
        for _ in range(times):
            owner.client.delete_cookie("jaliya-id")
            as_citizen(owner, ADDRESS, citizens.LONG)
            assert citizens.is_in(owner)

        assert (before, tried(30)) == (15, 5)


@pytest.mark.proves("S05")
def test_a_mark_of_a_browser_cannot_be_made_up(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor, ADDRESS)
    with time_machine.travel(AT, tick=False):
        statuses = []
        for number in range(12):
            forger = stranger(app, "203.0.113.7")
            forger.client.set_cookie("jaliya-seen", f"{number:032x}")
            as_citizen(forger, ADDRESS, "wrong wrong wrong")
            statuses.append(forger.page.status)
    assert statuses == [422] * 10 + [429] * 2
