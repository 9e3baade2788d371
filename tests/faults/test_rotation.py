"""Keys are changed one after the other while citizens read and write: nobody notices (F33)."""

import base64
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from app.accounts import sessions
from app.core import crypto
from app.core.db import transaction
from app.jobs import rewrapping, tasks
from config import Settings
from tests.conftest import SECRET, build, dispose
from tests.databases import Databases
from tests.factories import people
from tests.integration.accounts.test_people import LAYAN
from tests.visitor import Visitor

pytestmark = [pytest.mark.faults, pytest.mark.grid]
READERS = 4
ROUNDS = 6
"""How often each reads and writes in each phase."""
NEW = base64.b64encode(b"n" * 32).decode()
NEW_SECRET = "the next secret of the tests: not a secret"


class Fleet:
    """Processes of several ages behind one address; a request goes to any of them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.apps: tuple[Flask, ...] = ()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer as a WSGI application.  (Any: as of WSGI.)"""
        return random.choice(self.apps)(environ, start)  # noqa: S311


def generations(settings: Settings) -> list[Settings]:
    """Return the settings of a change in steps, as docs/operations.md says."""
    old = settings.master_keys[0]
    return [
        settings,
        replace(settings, master_keys=(old, NEW), secret_key_fallbacks=(NEW_SECRET,)),
        replace(
            settings,
            master_keys=(NEW, old),
            secret_key=NEW_SECRET,
            secret_key_fallbacks=(SECRET,),
        ),
        replace(settings, master_keys=(NEW,), secret_key=NEW_SECRET),
    ]


def enter(fleet: Fleet) -> Visitor:
    """Return a citizen who is signed in and has entered herself."""
    app = fleet.apps[0]
    with app.test_request_context(), transaction():
        token = sessions.begin(account=people.account())
    client = Client(fleet)
    client.set_cookie("jaliya-id", token)
    visitor = Visitor(client)  # type: ignore[arg-type]  # it opens and posts alike
    visitor.open("/en/account/people/new")
    visitor.submit({**LAYAN, "national_number": str(random.randrange(10**10, 10**11))})  # noqa: S311
    return visitor


def use(visitor: Visitor, told: Counter[str]) -> None:
    """Read the page of the own person, change her, and note how that went."""
    for _round in range(ROUNDS):
        page = visitor.open("/en/account/people")
        told["signed out" if "sign-in" in page.url else "read"] += 1
        told["unreadable"] += "LAYAN" not in page.text
        visitor.follow("Show and change")
        told[str(visitor.submit({"first_ru": random.choice(["Лаян", "Лайан"])}).status)] += 1  # noqa: S311


@contextmanager
def crowd(visitors: list[Visitor], told: Counter[str]) -> Iterator[None]:
    """Have all visitors read and write meanwhile."""
    with ThreadPoolExecutor(len(visitors)) as threads:
        running = [threads.submit(use, one, told) for one in visitors]
        yield
        for one in running:
            one.result()


@pytest.mark.proves("S42", "S49")
def test_all_keys_are_changed_under_load(
    databases: Databases, make_settings: Callable[[str], Settings], engine: str
) -> None:
    settings = make_settings(databases.migrated(engine))
    first, second, third, last = (build(one) for one in generations(settings))
    fleet, told = Fleet(), Counter[str]()
    fleet.apps = (first,)
    visitors = [enter(fleet) for _ in range(READERS)]

    for apps in [(first,), (first, second), (second, third)]:
        fleet.apps = apps
        with crowd(visitors, told):
            pass
    fleet.apps = (third,)
    with crowd(visitors, told), third.app_context():
        left = rewrapped()
    fleet.apps = (third, last)
    with crowd(visitors, told):
        pass

    print(f"engine {engine}, {dict(told)}, keys left on the old one {left}")
    for app in (first, second, third, last):
        dispose(app)
    assert (told["unreadable"], told["signed out"], left) == (0, 0, 0)
    assert set(told) <= {"read", "unreadable", "signed out", "200"}


def rewrapped() -> int:
    """Have all keys wrapped anew; return how many still hang on an old one."""
    with transaction():
        rewrapping.begin()
    tasks.drain()
    counts = rewrapping.count_by_master()
    return sum(counts.values()) - counts[crypto.keyring().current]


def test_a_key_taken_out_too_early_is_noticed(
    databases: Databases, make_settings: Callable[[str], Settings], engine: str
) -> None:
    """The control: without wrapping anew the same reading finds what cannot be read."""
    settings = make_settings(databases.migrated(engine))
    apps = [build(one) for one in generations(settings)]
    fleet, told = Fleet(), Counter[str]()
    fleet.apps = (apps[0],)
    visitor = enter(fleet)

    fleet.apps = (apps[3],)
    page = visitor.open("/en/account/people")

    told["unreadable"] += "LAYAN" not in page.text
    for app in apps:
        dispose(app)
    assert told["unreadable"] == 1
