"""Providers on bad days: errors, garbage, silence, receipts in any order and by anybody."""

import itertools
import os
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.demo import gateway as demo
from app.demo.gateway import Mode
from app.notifications import queries, tasks
from app.notifications.carriers.models import Carrier
from app.notifications.channels import sms
from app.notifications.models import Message, MessageState
from app.notifications.rules import UNDER_WAY
from tests import servers
from tests.faults import rig

pytestmark = [pytest.mark.race, pytest.mark.faults]

SEED = 2026
GRID = pytest.mark.grid
N = int(os.environ.get("FAULTS_N", "0"))
"""For the figures of the catalogue: 10,000 for F13 and F17, 1,000 for F14."""


def finish(app: Flask) -> None:
    """Drain again and again, as time goes by, until nothing is under way."""
    moment = clock.now()
    for _ in range(200):
        with time_machine.travel(moment), app.app_context():
            tasks.drain()
            states = set(queries.count_by_state(None))
        if not states & UNDER_WAY:
            return
        moment += timedelta(seconds=8)
    raise AssertionError(f"not finished: {states}")


def begin(app: Flask) -> None:
    """Try each message once: a drain leaves the rest to the next, and no time goes by."""
    with time_machine.travel(clock.now(), tick=False):
        waiting = True
        while waiting:
            with app.app_context():
                tasks.drain()
                waiting = MessageState.PENDING in queries.count_by_state(None)


@pytest.mark.parametrize("count", [30, pytest.param(N or 2000, marks=GRID)])
def test_a_third_of_errors_loses_nothing_and_sends_nothing_twice(
    racing_app: Flask, count: int
) -> None:
    """F13: each message is accepted once, or given up with a word; no more calls than needed."""
    dice = random.Random(SEED)  # noqa: S311  (the same errors each time)
    bad = (Mode.BROKEN, Mode.BROKEN_LATE, Mode.PATIENCE, Mode.GARBAGE, Mode.NAMELESS, Mode.RESET)
    with servers.gateway() as gateway, rig.carried_by(racing_app, gateway):
        gateway.behave = lambda _call: dice.choice(bad) if dice.random() < 0.3 else Mode.OK
        rig.write_texts(racing_app, count)
        finish(racing_app)
        ledger = rig.count_texts(racing_app, gateway)
    rig.report("F13", racing_app, ledger, seed=SEED)

    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: count}
    assert gateway.calls <= 1.6 * count


@pytest.mark.parametrize("count", [5, pytest.param(N or 200, marks=GRID)])
@pytest.mark.parametrize("knows_keys", [True, False])
def test_silence_after_acceptance_sends_nothing_twice(
    racing_app: Flask, count: int, knows_keys: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F14: by the key each is accepted once; without keys each is held."""
    monkeypatch.setattr(sms, "PATIENCE_S", 0.05)
    with (
        servers.gateway(knows_keys=knows_keys) as gateway,
        rig.carried_by(racing_app, gateway),
    ):
        gateway.behave = lambda call: Mode.SILENT if call <= count else Mode.OK
        rig.write_texts(racing_app, count)
        finish(racing_app)
        ledger = rig.count_texts(racing_app, gateway)
    rig.report(f"F14 keys={knows_keys}", racing_app, ledger)

    wanted = MessageState.ACCEPTED if knows_keys else MessageState.UNKNOWN
    assert ledger.states == {wanted: count}
    assert (ledger.lost, ledger.twice) == ([], [])
    assert len(gateway.ledger) == count


@pytest.mark.parametrize("count", [20, pytest.param(N or 500, marks=GRID)])
def test_an_outage_longer_than_the_life_of_keys_resends_nothing(
    racing_app: Flask, count: int
) -> None:
    """F15: what was in doubt when the provider forgot its keys is held."""
    with servers.gateway() as gateway:
        gateway.key_life_s = 1800
        with rig.carried_by(racing_app, gateway):
            gateway.mode = Mode.RESET
            rig.write_texts(racing_app, count)
            begin(racing_app)
            gateway.mode, before = Mode.OK, gateway.calls
            later = clock.now() + timedelta(hours=23)
            with time_machine.travel(later):
                finish(racing_app)
            ledger = rig.count_texts(racing_app, gateway)
    rig.report("F15", racing_app, ledger)

    assert gateway.calls == before == count
    assert ledger.twice == []
    assert ledger.states == {MessageState.UNKNOWN: count}


@pytest.mark.parametrize("count", [10, pytest.param(N or 500, marks=GRID)])
def test_receipts_in_any_order_move_nothing_back(racing_app: Flask, count: int) -> None:
    """F17: delivered and failed, repeated, early, forged and of nobody, in one heap."""
    dice = random.Random(SEED)  # noqa: S311  (the same heap each time)
    with servers.gateway() as gateway, rig.carried_by(racing_app, gateway):
        rig.write_texts(racing_app, count)
        early = [post(racing_app, f"demo-{number}", "delivered") for number in range(1, 5)]
        begin(racing_app)
        heap = [one for taken in gateway.ledger for one in said_of(taken.id)]
        dice.shuffle(heap)
        seen: dict[str, MessageState] = dict(states(racing_app))
        backward = 0
        for number, (name, status, forged) in enumerate(heap):
            assert post(racing_app, name, status, forged=forged) == (404 if forged else 204)
            if number % 10 == 0 or number == len(heap) - 1:
                now = dict(states(racing_app))
                backward += sum(was in FINAL and now[uid] is not was for uid, was in seen.items())
                seen = now
        ledger = rig.count_texts(racing_app, gateway)
    rig.report("F17", racing_app, ledger, seed=SEED)

    assert early == [204] * 4
    assert backward == 0
    assert set(seen.values()) == {MessageState.DELIVERED, MessageState.DEAD}
    assert ledger.twice == []


@pytest.mark.grid
def test_two_providers_that_fail_by_turns_are_not_changed_at_every_turn(racing_app: Flask) -> None:
    """F16: each fails for ten seconds and works for ten, for five minutes."""
    began = clock.now()
    with (
        servers.gateway(name="one") as one,
        servers.gateway(name="two") as two,
        rig.carried_by(racing_app, one, two),
    ):
        stood: list[frozenset[str]] = []
        for second in range(0, 300, 2):
            is_first = second // 10 % 2 == 0
            one.mode, two.mode = (Mode.RESET, Mode.OK) if is_first else (Mode.OK, Mode.RESET)
            rig.write_texts(racing_app, 4, first=second * 10)
            with time_machine.travel(began + timedelta(seconds=second)), racing_app.app_context():
                tasks.drain()
                stood.append(left_alone())
        changes = sum(was != now for was, now in itertools.pairwise(stood))
        one.mode = two.mode = Mode.OK
        with time_machine.travel(began + timedelta(seconds=310)):
            finish(racing_app)
        ledger = rig.count_texts(racing_app, one, two)
    rig.report("F16", racing_app, ledger)
    print(f"    {changes} changes of who is left alone in 300 s")

    assert changes <= 6
    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: 600}


def left_alone() -> frozenset[str]:
    """Return which providers are left alone now."""
    return frozenset(db.session.scalars(select(Carrier.name).where(Carrier.opened_at.is_not(None))))


FINAL = (MessageState.DELIVERED, MessageState.DEAD, MessageState.CANCELLED)


def said_of(name: str) -> Iterator[tuple[str, str, bool]]:
    """Return what is said of a message: receipt by receipt, and whether it is forged."""
    yield from [(name, "delivered", False)] * 3
    yield (name, "passed on to the network", False)
    yield (name, "undelivered", False)
    yield from [(name, "undelivered", True), (name, "delivered", True)]
    yield (f"{name}-of-nobody", "undelivered", False)


def post(app: Flask, name: str, status: str, *, forged: bool = False) -> int:
    """Post a receipt; return the status of the answer."""
    said = demo.receipt(event=f"{name}/{status}", message=name, status=status, at=clock.now())
    headers = {**said.headers, **({"X-Signature": "0" * 64} if forged else {})}
    path = "/messages/receipts/demo"
    return app.test_client().post(path, data=said.body, headers=headers).status_code


def states(app: Flask) -> list[tuple[str, MessageState]]:
    """Return where each message stands."""
    with app.app_context():
        return [(uid, state) for uid, state in db.session.query(Message.uid, Message.state)]
