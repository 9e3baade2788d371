"""Providers on bad days: errors, garbage, silence, receipts in any order and by anybody."""

import itertools
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
from app.demo.gateway import Gateway, Mode
from app.notifications import queries, tasks
from app.notifications.carriers import rules as carrying
from app.notifications.carriers.models import Carrier
from app.notifications.channels import sms
from app.notifications.models import Message, MessageState
from app.notifications.rules import UNDER_WAY
from tests import servers
from tests.faults import rig
from tests.faults.sizes import size

pytestmark = [pytest.mark.race, pytest.mark.faults]

SEED = 2026
GRID = pytest.mark.grid


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


@pytest.mark.parametrize("count", [30, pytest.param(size(2000, 10_000), marks=GRID)])
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
    print(f"    {gateway.calls} calls, {gateway.calls / count:.2f} for each message")

    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: count}
    assert gateway.calls <= 1.6 * count


@pytest.mark.parametrize("count", [5, pytest.param(size(200, 1000), marks=GRID)])
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


def test_silence_of_a_provider_that_only_claims_to_know_keys_sends_each_twice(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of F13 and F14."""
    monkeypatch.setattr(sms, "PATIENCE_S", 0.05)
    with servers.gateway() as gateway, rig.carried_by(racing_app, gateway, forgetful=True):
        gateway.behave = lambda call: Mode.SILENT if call <= 5 else Mode.OK
        rig.write_texts(racing_app, 5)
        finish(racing_app)
        ledger = rig.count_texts(racing_app, gateway)

    assert len(ledger.twice) == 5


def after_an_outage(app: Flask, gateway: Gateway, count: int, *, hours: int) -> rig.Ledger:
    """Have a provider take messages and not say so, be away, and come back; return the ledger."""
    gateway.mode = Mode.RESET
    rig.write_texts(app, count)
    begin(app)
    gateway.mode = Mode.OK
    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        finish(app)
    return rig.count_texts(app, gateway)


@pytest.mark.parametrize(
    ("count", "hours"),
    [
        (20, 26),
        pytest.param(size(500, 1000), 23, marks=GRID),
        pytest.param(size(500, 1000), 26, marks=GRID),
    ],
)
def test_an_outage_longer_than_the_life_of_keys_resends_nothing(
    racing_app: Flask, count: int, hours: int
) -> None:
    """F15: what was in doubt when the provider forgot its keys is held."""
    with servers.gateway() as gateway:
        gateway.key_life_s = 1800
        with rig.carried_by(racing_app, gateway):
            ledger = after_an_outage(racing_app, gateway, count, hours=hours)
    rig.report(f"F15 {hours} hours", racing_app, ledger)

    assert gateway.calls == count
    assert ledger.twice == []
    assert ledger.states == {MessageState.UNKNOWN: count}


def test_an_outage_longer_than_keys_live_in_truth_resends_all(racing_app: Flask) -> None:
    """The control of F15: the settings say that keys live for two days, and they do not."""
    with servers.gateway() as gateway:
        gateway.key_life_s = 48 * 3600
        with rig.carried_by(racing_app, gateway, forgetful=True):
            ledger = after_an_outage(racing_app, gateway, 5, hours=23)

    assert len(ledger.twice) == 5


@pytest.mark.parametrize("count", [10, pytest.param(size(500, 1250), marks=GRID)])
def test_receipts_in_any_order_move_nothing_back(racing_app: Flask, count: int) -> None:
    """F17: delivered and failed, repeated, early, forged and of nobody, in one heap."""
    dice = random.Random(SEED)  # noqa: S311  (the same heap each time)
    with servers.gateway() as gateway, rig.carried_by(racing_app, gateway):
        rig.write_texts(racing_app, count)
        early = [post(racing_app, f"demo-{number}", "delivered") for number in range(1, 5)]
        begin(racing_app)
        heap = [one for taken in gateway.ledger for one in said_of(taken.id)]
        dice.shuffle(heap)
        moves = [moved_by(racing_app, *one) for one in heap]
        ledger = rig.count_texts(racing_app, gateway)
    backward = sum(was in FINAL and now is not was for was, now, _forged in moves)
    applied = sum(is_forged and now is not was for was, now, is_forged in moves)
    rig.report("F17", racing_app, ledger, seed=SEED)
    print(f"    {len(heap)} receipts, moves backward {backward}, forged applied {applied}")

    assert early == [204] * 4
    assert (backward, applied) == (0, 0)
    assert set(ledger.states) == {MessageState.DELIVERED, MessageState.DEAD}
    assert ledger.twice == []


def moved_by(
    app: Flask, name: str, status: str, is_forged: bool
) -> tuple[MessageState | None, MessageState | None, bool]:
    """Post a receipt; return where its message stood before and after, and whether it is forged."""
    was = state_of(app, name)
    assert post(app, name, status, forged=is_forged) == (404 if is_forged else 204)
    return was, state_of(app, name), is_forged


def test_a_receipt_signed_with_the_secret_is_applied(racing_app: Flask) -> None:
    """The control of F17: nothing but the signature kept the forged ones out."""
    with servers.gateway() as gateway, rig.carried_by(racing_app, gateway):
        rig.write_texts(racing_app, 1)
        begin(racing_app)
        forged = moved_by(racing_app, "demo-1", "delivered", True)
        signed = moved_by(racing_app, "demo-1", "delivered", False)

    assert forged[:2] == (MessageState.ACCEPTED, MessageState.ACCEPTED)
    assert signed[:2] == (MessageState.ACCEPTED, MessageState.DELIVERED)


@pytest.mark.grid
def test_two_providers_that_fail_by_turns_are_not_changed_at_every_turn(racing_app: Flask) -> None:
    """F16: each fails for ten seconds and works for ten, for five minutes."""
    changes, ledger = changes_by_turns(racing_app)
    rig.report("F16", racing_app, ledger)
    print(f"    {changes} changes of who is left alone in 300 s")

    assert changes <= 6
    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: 600}


@pytest.mark.grid
def test_without_a_time_of_calm_they_are_changed_more_often(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of F16: who is left alone is trusted again at its first success."""
    monkeypatch.setattr(carrying, "CALM", timedelta(0))
    monkeypatch.setattr(carrying, "ENOUGH", 1)
    monkeypatch.setattr(carrying, "PROBE_EVERY", timedelta(0))

    assert changes_by_turns(racing_app)[0] > 6


def changes_by_turns(app: Flask) -> tuple[int, rig.Ledger]:
    """Have two providers fail by turns; return how often it changed who is left alone."""
    began = clock.now()
    with (
        servers.gateway(name="one") as one,
        servers.gateway(name="two") as two,
        rig.carried_by(app, one, two),
    ):
        stood: list[frozenset[str]] = []
        for second in range(0, 300, 2):
            is_first = second // 10 % 2 == 0
            one.mode, two.mode = (Mode.RESET, Mode.OK) if is_first else (Mode.OK, Mode.RESET)
            rig.write_texts(app, 4, first=second * 10)
            with time_machine.travel(began + timedelta(seconds=second)), app.app_context():
                tasks.drain()
                stood.append(left_alone())
        one.mode = two.mode = Mode.OK
        with time_machine.travel(began + timedelta(seconds=310)):
            finish(app)
        ledger = rig.count_texts(app, one, two)
    return sum(was != now for was, now in itertools.pairwise(stood)), ledger


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


def state_of(app: Flask, name: str) -> MessageState | None:
    """Return where a message stands, by what its provider calls it."""
    with app.app_context():
        return db.session.scalar(select(Message.state).where(Message.provider_ref == name))
