"""Workers killed amid short messages, to a provider that knows keys and to one that knows none.

The long form, and what test_message_kills does not have. With keys nothing is lost, nothing goes
twice and nothing waits for staff; without keys what a kill leaves in doubt is held. A provider that
only claims to know keys is the control: it must get some twice, or the rig is blunt.
"""

import os
import random
import time
from collections import Counter

import pytest
from flask import Flask

from app.notifications.models import MessageState
from tests import servers
from tests.faults import rig

pytestmark = [pytest.mark.race, pytest.mark.faults]

SEED = 2026
N, ROUNDS = int(os.environ.get("FAULTS_N", "2000")), 30
"""Of the long form: four workers in each round, of which three or more die."""


@pytest.mark.grid
def test_a_provider_that_does_not_know_its_keys_gets_some_twice(racing_app: Flask) -> None:
    with (
        servers.gateway() as gateway,
        rig.carried_by(racing_app, gateway, forgetful=True),
        rig.workers(racing_app) as pool,
    ):
        ledger = rig.kill_each_text_point(racing_app, pool, gateway, 40)

    assert len(ledger.twice) >= 2


@pytest.mark.grid
@pytest.mark.parametrize("knows_keys", [True, False])
def test_thousands_of_messages_and_ninety_kills(racing_app: Flask, knows_keys: bool) -> None:
    """F01 of the catalogue; its figure is FAULTS_N=10000, for a machine that writes quickly."""
    dice = random.Random(SEED)  # noqa: S311  (the same kills each time)
    kills, began = Counter[str](), time.monotonic()
    with servers.gateway(knows_keys=knows_keys) as gateway, rig.carried_by(racing_app, gateway):
        rig.write_texts(racing_app, N)
        with rig.workers(racing_app) as pool:
            for _ in range(ROUNDS):
                orders: list[rig.Order] = [
                    {
                        "point": dice.choice(rig.TEXT_POINTS),
                        "countdown": dice.randrange(N // 160),
                        **rig.QUICK,
                    }
                    for _ in range(4)
                ]
                for order, ended in zip(orders, pool.run(*orders), strict=True):
                    kills[order["point"]] += ended == rig.SIGKILLED
            rig.finish(racing_app, pool, side_by_side=4, **rig.QUICK)
        ledger = rig.count_texts(racing_app, gateway)
    rig.report(f"F01 keys={knows_keys}", racing_app, ledger, kills=kills.total(), seed=SEED)
    print(f"    {time.monotonic() - began:.0f} s in all, kills by point: {dict(kills)}")

    held, dead = ledger.states[MessageState.UNKNOWN], ledger.states[MessageState.DEAD]
    assert kills.total() >= 90
    assert (ledger.lost, ledger.twice) == ([], [])
    if knows_keys:
        assert held + dead == ledger.deadly
    else:
        assert held == sum(kills[point] for point in rig.AMBIGUOUS)
        assert dead <= ledger.deadly
    assert ledger.states[MessageState.ACCEPTED] == N - held - dead


@pytest.mark.grid
@pytest.mark.proves("queue-003")
def test_a_message_that_kills_its_workers_holds_up_no_other(racing_app: Flask) -> None:
    """F22 and F23: the one is given up after three deaths, all others are sent."""
    poison = {"poison": rig.phone(7), "lease_s": rig.ALONE_S, **rig.QUICK}
    with servers.gateway() as gateway, rig.carried_by(racing_app, gateway):
        rig.write_texts(racing_app, 20)
        with rig.workers(racing_app) as pool:
            deaths = 0
            while pool.run(poison) == [rig.SIGKILLED]:
                deaths += 1
                time.sleep(rig.ALONE_S)
        ledger = rig.count_texts(racing_app, gateway)
    rig.report("F23", racing_app, ledger, kills=deaths)

    assert deaths == 3
    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: 19, MessageState.DEAD: 1}
