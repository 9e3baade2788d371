"""Workers killed amid short messages, to a provider that knows keys and to one that knows none.

The long form, and what test_message_kills does not have. With keys nothing is lost, nothing goes
twice and nothing waits for staff; without keys what a kill leaves in doubt is held. A provider that
only claims to know keys is the control: it must get some twice, or the rig is blunt.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from app.notifications.models import MessageState
from tests import servers
from tests.faults import rig
from tests.faults.sizes import size

pytestmark = [pytest.mark.race, pytest.mark.faults]

SEED = 2026
N, ROUNDS = size(2000, 10_000), 30
"""Of the long form: four workers in each round, of which three or more die."""


@pytest.mark.grid
def test_a_provider_that_does_not_know_its_keys_gets_some_twice(racing_app: Flask) -> None:
    with (
        servers.gateway() as gateway,
        rig.carried_by(racing_app, gateway, forgetful=True),
        rig.workers(racing_app) as pool,
    ):
        ledger = rig.kill_each_text_point(racing_app, pool, gateway, 90)

    assert len(ledger.twice) >= 2


@dataclass(frozen=True, slots=True)
class Road:
    """How texts go: to a gateway that takes so many in one call, side by side, or one by one."""

    name: str
    knows_keys: bool = True
    at_once: int = 1
    for_each: int = 1
    most_before_death: int = 2
    """A worker may carry so many batches, or messages, before it dies."""


ROADS = (
    Road("in one call", at_once=max(5, N // 1000)),
    Road("side by side", for_each=max(1, N // 2500)),
    Road("without keys", knows_keys=False, most_before_death=N // 160),
)


@pytest.mark.grid
@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
def test_thousands_of_messages_and_ninety_kills(racing_app: Flask, road: Road) -> None:
    """F01 of the catalogue; ten thousand in less than 180 s."""
    with servers.gateway(knows_keys=road.knows_keys) as gateway:
        gateway.at_once = road.at_once
        with rig.carried_by(racing_app, gateway):
            rig.write_texts(racing_app, N)
            began = time.monotonic()
            with rig.workers(racing_app) as pool:
                kills = kill_and_finish(racing_app, pool, road)
            seconds = time.monotonic() - began
            ledger = rig.count_texts(racing_app, gateway)
    rig.report(f"F01 {road.name}", racing_app, ledger, kills=kills.total(), seed=SEED)
    print(f"    done after {seconds:.0f} s, calls {gateway.calls}, kills by point: {dict(kills)}")

    held, dead = ledger.states[MessageState.UNKNOWN], ledger.states[MessageState.DEAD]
    assert kills.total() >= 90
    assert (ledger.lost, ledger.twice) == ([], [])
    if road.knows_keys:
        assert held + dead == ledger.deadly
    else:
        assert held == sum(kills[point] for point in rig.AMBIGUOUS)
        assert dead <= ledger.deadly
    assert ledger.states[MessageState.ACCEPTED] == N - held - dead


def kill_and_finish(app: Flask, pool: rig.Workers, road: Road) -> Counter[str]:
    """Kill workers side by side, round by round, and let others do the rest; return the kills."""
    dice, kills = random.Random(SEED), Counter[str]()  # noqa: S311  (the same kills each time)
    for _ in range(ROUNDS):
        orders: list[rig.Order] = [
            {
                "point": dice.choice(rig.TEXT_POINTS),
                "countdown": dice.randrange(road.most_before_death),
                "for_each": road.for_each,
                **rig.QUICK,
            }
            for _ in range(4)
        ]
        for order, ended in zip(orders, pool.run(*orders), strict=True):
            kills[order["point"]] += ended == rig.SIGKILLED
    rig.finish(app, pool, side_by_side=4, **rig.QUICK)
    return kills


POISONED = size(60, 1000, name="FAULTS_POISONED")
PAIRS = size(1, 3, name="FAULTS_PAIRS")
"""So often a run with it follows one without, each with a worker at a time."""
DEATHS = {"poison": 3, "glutton": 0}
"""What asks for too much memory fails and kills nobody; that counts the same."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What goes to so many: how it is written, and what the message of a number has as address."""

    write: Callable[..., None]
    to: Callable[[int], str]


TEXTS = Kind(rig.write_texts, rig.phone)
MAILS = Kind(rig.write_messages, rig.address)


@pytest.mark.grid
@pytest.mark.proves("queue-003")
@pytest.mark.parametrize("at_once", [1, 20])
@pytest.mark.parametrize("evil", DEATHS)
def test_a_text_that_kills_its_workers_holds_up_no_other(
    racing_app: Flask, evil: str, at_once: int
) -> None:
    """F23 and F22: after three it is given up, of which the first takes a batch with it."""
    with servers.gateway() as gateway:
        gateway.at_once = at_once
        with rig.carried_by(racing_app, gateway), rig.workers(racing_app) as pool:
            deaths = send_with_and_without(racing_app, pool, evil, TEXTS)
        ledger = rig.count_texts(racing_app, gateway)

    check_only_evil_is_dead(racing_app, ledger, evil, deaths)


@pytest.mark.grid
@pytest.mark.proves("queue-003")
@pytest.mark.parametrize("evil", DEATHS)
def test_a_mail_that_kills_its_workers_holds_up_no_other(
    racing_app: Flask, mail: servers.MailServer, evil: str
) -> None:
    """F23 and F22 where one goes after another, to a server that knows no keys."""
    with rig.workers(racing_app) as pool:
        deaths = send_with_and_without(racing_app, pool, evil, MAILS)

    check_only_evil_is_dead(racing_app, rig.count(racing_app, mail), evil, deaths)


def send_with_and_without(app: Flask, pool: rig.Workers, evil: str, kind: Kind) -> int:
    """Send some times so many without an evil one and so many with it; return the deaths.

    Prints how much less is sent in the same time of a processor.
    """
    kills, without, beside = 0, 0.0, 0.0
    # What a new process takes for its first message: the rig forks, production keeps them.
    _deaths, worked, started = sent(app, pool, 2 * PAIRS * POISONED, count=1, kind=kind)
    start = worked / started
    for pair in range(PAIRS):
        first = 2 * pair * POISONED
        _deaths, worked, started = sent(app, pool, first, kind=kind)
        without += worked - start * started
        deaths, worked, started = sent(app, pool, first + POISONED, evil, kind=kind)
        kills, beside = kills + deaths, beside + worked - start * started
    drop = 1 - without / beside * (1 - 1 / POISONED)
    print(
        f"\n    {without:.2f} s of a processor without, {beside:.2f} s beside: {drop:.1%} less"
        f" (10 %), {start:.3f} s for each start left out"
    )
    return kills


def check_only_evil_is_dead(app: Flask, ledger: rig.Ledger, evil: str, kills: int) -> None:
    """Assert that each evil one is given up after three and every other one accepted."""
    rig.report("F23" if evil == "poison" else "F22", app, ledger, kills=kills)
    assert kills == PAIRS * DEATHS[evil]
    assert (ledger.lost, ledger.twice) == ([], [])
    accepted = 2 * PAIRS * POISONED - PAIRS + 1
    assert ledger.states == {MessageState.ACCEPTED: accepted, MessageState.DEAD: PAIRS}


@pytest.mark.grid
@pytest.mark.parametrize("at_once", [1, 20])
def test_two_that_kill_are_found_amid_one_batch(racing_app: Flask, at_once: int) -> None:
    """By ever smaller batches, each with three deaths, and nobody beside them is given up."""
    with servers.gateway() as gateway:
        gateway.at_once = at_once
        with rig.carried_by(racing_app, gateway), rig.workers(racing_app) as pool:
            for first in (0, POISONED):
                sent(racing_app, pool, first, "poison", also=rig.phone(first + 12))
        ledger = rig.count_texts(racing_app, gateway)
    rig.report("F23 two of a batch", racing_app, ledger)

    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: 2 * POISONED - 4, MessageState.DEAD: 4}


def sent(
    app: Flask,
    pool: rig.Workers,
    first: int,
    evil: str = "",
    *,
    count: int = POISONED,
    kind: Kind = TEXTS,
    **more: object,
) -> tuple[int, float, int]:
    """Send so many, one of them evil.

    Returns the deaths, for how long workers had a processor, and how many were started. The wait
    for a lease is nobody's work: meanwhile a worker beside sends the others.
    """
    is_evil = {evil: kind.to(first + 7)} if evil else {}
    order: rig.Order = {"lease_s": rig.ALONE_S, **rig.QUICK, **is_evil, **more}
    kind.write(app, count, first=first)
    worked, started, deaths = pool.worked(), pool.started, 0
    while pool.run(order) == [rig.SIGKILLED]:
        deaths += 1
        time.sleep(rig.ALONE_S)
    rig.finish(app, pool, side_by_side=1, **order)
    return deaths, pool.worked() - worked, pool.started - started
