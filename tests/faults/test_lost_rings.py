"""Rings that nobody hears: the web server dies after its commit, the broker is emptied or away.

Real processes, a real Valkey, the Celery worker of production with its beat.
"""

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from flask import Flask

from app.core import celery
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications import queries, services
from app.notifications.models import Channel, MessageState
from app.notifications.rules import UNDER_WAY
from tests import servers
from tests.faults import rig
from tests.faults.celery_worker import carrier
from tests.faults.sizes import size
from tests.servers import Broker, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults]

STOP_S = size(3, 300, name="FAULTS_STOP_S")
RESTARTS = size(2, 10, name="FAULTS_RESTARTS")


def tell(app: Flask, number: int) -> float:
    """Tell one text; return how many seconds the transaction and its ring took."""
    began = time.monotonic()
    with app.app_context(), transaction():
        services.tell_address(
            "case_submitted",
            address=rig.phone(number),
            language="ar",
            dedupe=f"text:{number}",
            payload={"reference": "JM-7K4P-92QX-H"},
            channel=Channel.SMS,
        )
    return time.monotonic() - began


def die_at_the_ring(app: Flask, number: int) -> int:
    """Fork a web process that is killed between its commit and its ring; return how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        # Any other end than at the ring is another code.
        celery.Doorbell.ring = lambda *_about: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        with app.app_context():
            db.engine.dispose(close=False)
        tell(app, number)
    finally:
        os._exit(1)


@pytest.mark.parametrize("count", [2, pytest.param(size(200, 1000), marks=pytest.mark.grid)])
def test_what_a_dead_web_server_committed_is_sent(racing_app: Flask, count: int) -> None:
    """F02: killed after each commit, before its ring; a worker that sweeps finds all of it."""
    with racing_app.app_context():
        db.engine.dispose()
    with servers.gateway() as gateway:
        gateway.at_once = 100
        with rig.carried_by(racing_app, gateway), rig.workers(racing_app) as pool:
            ends = {die_at_the_ring(racing_app, number) for number in range(count)}
            began = time.monotonic()
            rig.finish(racing_app, pool, side_by_side=1)
            seconds = time.monotonic() - began
        ledger = rig.count_texts(racing_app, gateway)
    rig.report("F02", racing_app, ledger, kills=count)
    print(f"    all were sent {seconds:.1f} s after a worker began to sweep")

    assert ends == {-signal.SIGKILL}
    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: count}


@contextmanager
def carried(app: Flask, folder: Path) -> Iterator[Gateway]:
    """Run a gateway that this process and its worker are told of, and the worker with a beat."""
    with servers.gateway() as gateway:
        gateway.at_once, gateway.slow_s = 20, 0.05
        with rig.carried_by(app, gateway), carrier(app.config["SETTINGS"], gateway, folder):
            yield gateway


def flushed(bell: Broker) -> None:
    """Empty the broker."""
    address = bell.url.removeprefix("redis+socket://")
    client = redis.Redis(unix_socket_path=address)
    client.flushall()
    client.close()


def restarted(bell: Broker) -> None:
    """Kill the broker several times, and start it again at once."""
    for _ in range(RESTARTS):
        bell.kill()
        bell.start()
        time.sleep(0.5)


@pytest.mark.grid
@pytest.mark.parametrize("fault", [flushed, restarted, None], ids=["flushed", "killed", "stopped"])
def test_a_broker_that_forgets_or_is_away_loses_nothing(
    ringing_app: Flask, doorbell: Broker, tmp_path: Path, fault: Callable[[Broker], None] | None
) -> None:
    """F03: amid the work of a worker, which goes on by itself."""
    count = size(300, 10_000)
    waits: list[float] = []
    with carried(ringing_app, tmp_path) as gateway:
        rig.write_texts(ringing_app, count)
        wait_until(lambda: gateway.ledger, what="the first text", seconds=30)
        if fault is not None:
            fault(doorbell)
        else:
            doorbell.kill()
            until = time.monotonic() + STOP_S
            while time.monotonic() < until:
                waits.append(tell(ringing_app, count + len(waits)))
                time.sleep(0.05)
            doorbell.start()
        began, told = time.monotonic(), count + len(waits)
        tell(ringing_app, told)
        wait_until(lambda: not under_way(ringing_app), what="the rest", seconds=60 + count / 20)
        seconds = time.monotonic() - began
        ledger = rig.count_texts(ringing_app, gateway)
    rig.report(f"F03 {fault.__name__ if fault else 'stopped'}", ringing_app, ledger, kills=1)
    print(f"    all were sent {seconds:.1f} s after the broker was back")
    if waits:
        slow = statistics.quantiles(waits, n=20)[18]
        print(f"    away for {STOP_S} s; {len(waits)} commits meanwhile, p95 {slow:.3f} s")

    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: told + 1}


def under_way(app: Flask) -> bool:
    """Return whether anything is still to be sent."""
    with app.app_context():
        return bool(set(queries.count_by_state(None)) & UNDER_WAY)
