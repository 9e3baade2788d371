"""Any number of beats: each period of periodic work is taken on by one of them."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from app.jobs import tasks, ticks

pytestmark = [pytest.mark.race, pytest.mark.faults]

BEATS = 3
BEGAN = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("periods", [15, pytest.param(1000, marks=pytest.mark.grid)])
def test_three_beats_run_each_period_once_and_make_up_for_none(
    racing_app: Flask, periods: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F20 and F21: side by side they run each period once; after an hour without, one."""
    ran = Counter[datetime]()
    work = ticks.Periodic("tests.count", timedelta(minutes=1), lambda at: ran.update([at]))
    monkeypatch.setattr(ticks, "_periodic", {work.name: work})

    with time_machine.travel(BEGAN, tick=False) as hand:
        for _ in range(periods):
            beat_together(racing_app)
            hand.shift(timedelta(minutes=1))
        hand.shift(timedelta(hours=1))
        beat_together(racing_app)

    print(f"\nF20: {BEATS} beats, N {periods}, ran {ran.total()}, twice {ran.total() - len(ran)}")
    assert len(ran) == periods + 1
    assert set(ran.values()) == {1}


def beat_together(app: Flask) -> None:
    """Have all beats tick in the same moment."""
    together = threading.Barrier(BEATS)

    def beat() -> None:
        with app.app_context():
            together.wait()
            tasks.tick()

    threads = [threading.Thread(target=beat) for _ in range(BEATS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
