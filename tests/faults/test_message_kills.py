"""Workers killed by SIGKILL at each point of sending: nothing is lost, nothing goes twice.

Real mail server, real gateway, real PostgreSQL and SQLite, the real drain. The mail server knows no
idempotency key, so a message whose worker died after marking it stands as unknown, and staff
decide. The gateway knows keys: there a worker tries again, and nothing waits for staff.
"""

import random
from collections import Counter

import pytest
from flask import Flask

from app.notifications.models import MessageState
from tests import servers
from tests.faults import rig
from tests.servers import MailServer

pytestmark = [pytest.mark.race, pytest.mark.faults]


def test_kills_at_every_point_lose_nothing_and_send_nothing_twice(
    racing_app: Flask, mail: MailServer
) -> None:
    with (
        servers.gateway() as gateway,
        rig.carried_by(racing_app, gateway),
        rig.workers(racing_app) as pool,
    ):
        rig.write_messages(racing_app, 40)
        for turn, point in enumerate(rig.POINTS):
            rig.kill_at(pool, point, turn % 3)
        rig.finish(racing_app, pool)
        mails = rig.count(racing_app, mail)
        texts = rig.kill_each_text_point(racing_app, pool, gateway, 90)
    rig.report("F01 by mail", racing_app, mails, kills=len(rig.POINTS))
    _check(mails, messages=40, unknown=3)
    assert (texts.lost, texts.twice) == ([], [])
    assert texts.states == {MessageState.ACCEPTED: 90}


@pytest.mark.grid
def test_without_the_mark_before_the_call_the_same_kills_send_twice(
    racing_app: Flask, mail: MailServer
) -> None:
    rig.write_messages(racing_app, 20)
    with rig.workers(racing_app) as pool:
        for point in ("after call", "in ack"):
            rig.kill_at(pool, point, 1, unmarked=True)
        rig.finish(racing_app, pool, side_by_side=1, unmarked=True)
    assert len(rig.count(racing_app, mail).twice) >= 2


@pytest.mark.grid
def test_many_kills_among_workers_side_by_side(racing_app: Flask, mail: MailServer) -> None:
    rig.write_messages(racing_app, 2000)
    dice = random.Random(2026)  # noqa: S311  (the same kills each time)
    kills = Counter[str]()
    with rig.workers(racing_app) as pool:
        for _ in range(15):
            orders: list[rig.Order] = [
                {"point": dice.choice(rig.POINTS), "countdown": dice.randrange(15)}
                for _ in range(4)
            ]
            for order, ended in zip(orders, pool.run(*orders), strict=True):
                kills[order["point"]] += ended == rig.SIGKILLED
        rig.finish(racing_app, pool, side_by_side=4)
    assert kills.total() >= 45
    _check(
        rig.count(racing_app, mail),
        messages=2000,
        unknown=sum(kills[point] for point in rig.AMBIGUOUS),
    )


def _check(ledger: rig.Ledger, *, messages: int, unknown: int) -> None:
    assert ledger.lost == []
    assert ledger.twice == []
    assert ledger.states == {
        MessageState.ACCEPTED: messages - unknown,
        MessageState.UNKNOWN: unknown,
    }
