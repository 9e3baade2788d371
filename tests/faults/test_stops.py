"""Processes that are asked to stop amid their work, as a release does, again and again (F24)."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from app.demo.gateway import Gateway, Mode
from app.notifications.models import MessageState
from tests import servers, storm
from tests.asking import Asker
from tests.faults import rig
from tests.faults.celery_worker import carrier
from tests.faults.sizes import size
from tests.servers import wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

STOPS = size(4, 200, name="FAULTS_STOPS")
AT_ONCE = 4
"""So many workers stop together: most of their time goes into their start."""
EACH = 20


def test_workers_that_are_asked_to_stop_lose_nothing_and_send_nothing_twice(
    ringing_app: Flask, tmp_path: Path
) -> None:
    """Each with a call under way, whose answer it waits for."""
    took: list[float] = []
    with servers.gateway() as gateway, rig.carried_by(ringing_app, gateway):
        gateway.at_once, gateway.mode, gateway.slow_s = 5, Mode.SLOW, 0.1
        for turn in range(0, STOPS, AT_ONCE):
            rig.write_texts(ringing_app, EACH * AT_ONCE, first=turn * EACH)
            stops = [
                partial(stop_amid, ringing_app, gateway, tmp_path / f"{turn}-{one}")
                for one in range(AT_ONCE)
            ]
            took += storm.rush(stops)
        rig.report("F24", ringing_app, rig.count_texts(ringing_app, gateway), kills=len(took))
        with rig.workers(ringing_app) as pool:
            rig.finish(ringing_app, pool)
        ledger = rig.count_texts(ringing_app, gateway)
    print(f"    the slowest exit took {max(took):.1f} s")

    assert (ledger.lost, ledger.twice) == ([], [])
    assert ledger.states == {MessageState.ACCEPTED: len(took) * EACH}


def stop_amid(app: Flask, gateway: Gateway, folder: Path) -> float:
    """Have a worker begin and be asked to stop; return how many seconds that took.

    As on a machine of its own: on one, workers of a channel leave the work to the first of them.
    """
    folder.mkdir()
    seen = gateway.calls
    with carrier(app.config["SETTINGS"], gateway, folder, INSTANCE=str(folder)) as one:
        wait_until(lambda: gateway.calls > seen, what="a call", seconds=60)
        began = time.monotonic()
        one.terminate()
        assert one.wait(timeout=90) == 0
        return time.monotonic() - began


def test_no_client_sees_an_error_while_processes_of_the_web_are_asked_to_stop(
    racing_app: Flask,
) -> None:
    """Behind a proxy that tries again when it gets no answer at all."""
    with storm.web(racing_app.config["SETTINGS"]) as web:
        ask = Asker(web.port, "nobody").get
        with asking(lambda: insisting(lambda: ask("/ru/").status)) as statuses:
            for _ in range(STOPS):
                before = statuses.total()
                web.stop_worker()
                wait_until(lambda before=before: statuses.total() > before + 4, what="answers")
    print(f"\nF24 web: seed none, N {statuses.total()}, kills {STOPS}, answers {dict(statuses)}")

    assert set(statuses) == {200}


def insisting(ask: Callable[[], int]) -> int:
    """Ask until there is an answer, whatever it is."""
    for _ in range(storm.TRIES):
        try:
            return ask()
        except OSError:
            time.sleep(0.1)
    return 0


@contextmanager
def asking(ask: Callable[[], int]) -> Iterator[Counter[int]]:
    """Have some ask without a pause; yield what is counted of the answers."""
    counts, is_over = Counter[int](), threading.Event()

    def run() -> None:
        while not is_over.is_set():
            counts[ask()] += 1

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
