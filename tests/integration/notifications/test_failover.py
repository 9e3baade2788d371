"""Two providers of one channel: shared by weight, and what only the other may carry."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db, transaction
from app.demo.gateway import Gateway, Mode
from app.notifications import services, tasks
from app.notifications.carriers import rules
from app.notifications.carriers import services as carriers
from app.notifications.carriers.models import Carrier
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Result
from tests import servers
from tests.factories import messages, people
from tests.servers import free_port

Pair = tuple[Gateway, Gateway]


@contextmanager
def two(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Run two providers that the settings name."""
    with servers.gateway(name="one") as one, servers.gateway(name="two") as other:
        named(app, monkeypatch, one, other)
        yield one, other


def named(app: Flask, monkeypatch: pytest.MonkeyPatch, *gateways: Gateway) -> None:
    settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(*gateways))
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.fixture
def pair(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Be two providers that the settings name."""
    with two(app, monkeypatch) as both:
        yield both


def told(app: Flask, count: int, first: int = 0) -> None:
    with app.app_context(), transaction():
        people.post()
        for number in range(first, first + count):
            services.tell_address(
                "case_submitted",
                address=f"+7916000{number:04}",
                language="ru",
                dedupe=f"n{number}",
                payload=messages.payload("case_submitted"),
                channel=Channel.SMS,
            )


def drained(app: Flask, after: timedelta = timedelta(0)) -> int:
    # At one moment: a wait may be as short as chance will have it.
    with time_machine.travel(clock.now() + after, tick=False), app.app_context():
        return tasks.drain()


def states(app: Flask) -> set[MessageState]:
    with app.app_context():
        return set(db.session.scalars(select(Message.state)))


def is_open(app: Flask, name: str) -> bool:
    with app.app_context():
        row = db.session.get(Carrier, name)
        return row is not None and row.opened_at is not None


def test_both_carry_their_share(app: Flask, pair: Pair) -> None:
    told(app, 40)

    assert drained(app) == 40
    assert sorted(bool(gateway.ledger) for gateway in pair) == [True, True]
    assert sum(len(gateway.ledger) for gateway in pair) == 40
    with app.app_context():
        assert db.session.scalars(select(Carrier)).all() == [], "nothing failed, nothing is noted"


def test_what_one_surely_did_not_take_goes_to_the_other(
    app: Flask, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    gone = servers.gateways_of(one, other).replace(str(one.server_port), str(free_port()))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], sms_gateways=gone))
    told(app, 12)

    for minutes in range(20):
        drained(app, timedelta(minutes=minutes))
        if states(app) == {MessageState.ACCEPTED}:
            break

    assert len(other.ledger) == 12
    with app.app_context():
        outcomes = select(MessageAttempt.provider, MessageAttempt.outcome).distinct()
        assert {(name, how) for name, how in db.session.execute(outcomes)} == {
            ("one", "unreached"),
            ("two", "accepted"),
        }


def test_what_one_may_have_taken_never_goes_to_the_other(app: Flask, pair: Pair) -> None:
    """It waits for its own provider, by whose key it is taken once."""
    one, _other = pair
    one.mode = Mode.RESET
    told(app, 12)
    drained(app)
    waiting = len(one.ledger)
    assert 0 < waiting < 12

    for minutes in (1, 2):
        drained(app, timedelta(minutes=minutes))
    one.mode = Mode.OK
    drained(app, timedelta(minutes=30))

    assert states(app) == {MessageState.ACCEPTED}
    phones = [taken.to for gateway in pair for taken in gateway.ledger]
    assert len(phones) == len(set(phones)) == 12
    assert len(one.ledger) == waiting


def test_one_that_fails_is_left_alone_and_tried_again(app: Flask, pair: Pair) -> None:
    one, other = pair
    one.mode = Mode.SHUT
    told(app, 10)
    drained(app)
    drained(app, timedelta(seconds=20))
    assert is_open(app, "one") and not is_open(app, "two")
    assert len(other.ledger) == 10

    one.mode, now = Mode.OK, clock.now()
    for turn in range(1, rules.ENOUGH + 2):
        told(app, 2, first=turn * 100)
        moment = now + timedelta(minutes=5) + turn * (rules.PROBE_EVERY + timedelta(seconds=1))
        with time_machine.travel(moment), app.app_context():
            tasks.drain()

    assert not is_open(app, "one")
    assert states(app) == {MessageState.ACCEPTED}


def test_codes_try_nobody_out(app: Flask, pair: Pair) -> None:
    one, other = pair
    with app.app_context(), transaction():
        carriers.note("one", Result.SHUT_OUT, clock.now())
    with app.app_context(), transaction():
        people.post()
        for number in range(5):
            services.tell_address(
                "contact_code",
                address=f"+7916000{number:04}",
                language="ru",
                dedupe=f"c{number}",
                payload={"code": "123456"},
                channel=Channel.SMS,
            )

    drained(app, timedelta(minutes=2))

    assert (len(one.ledger), len(other.ledger)) == (0, 5)


@pytest.mark.race
def test_one_of_many_workers_takes_the_probe(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with racing_app.app_context(), transaction():
        carriers.note("one", Result.SHUT_OUT, clock.now() - timedelta(minutes=1))
    taken: list[bool] = []
    together = threading.Barrier(6)

    def take() -> None:
        with racing_app.app_context():
            together.wait()
            with transaction():
                taken.append(carriers._takes_the_probe("one", clock.now()))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 5 + [True]


def test_a_message_that_was_put_off_stays_for_two_tries(app: Flask, pair: Pair) -> None:
    one, other = pair
    one.mode = other.mode = Mode.AWAY
    told(app, 1)
    for minutes in (0, 2, 4):
        drained(app, timedelta(minutes=minutes))

    with app.app_context():
        tried = list(
            db.session.scalars(select(MessageAttempt.provider).order_by(MessageAttempt.number))
        )
    assert len(tried) == 3
    assert tried[0] == tried[1]
