"""How `make bench` counts; what it measures is asserted nowhere."""

import gc
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import report, rounds
from bench.rounds import Comparison, Figures, Way


@pytest.fixture(autouse=True)
def little_garbage() -> Iterator[None]:
    """Spare the collector, which a bench calls between its rounds, all that pytest keeps."""
    gc.freeze()
    yield
    gc.unfreeze()


class Clock:
    """A clock that goes only when something is done."""

    def __init__(self) -> None:
        self.at = 0.0
        self.done: list[str] = []

    def __call__(self) -> float:
        return self.at

    def takes(self, name: str, *seconds: float) -> Callable[[], None]:
        """Return something to do that takes these times in turn, the last ever after."""
        left = list(seconds)

        def act() -> None:
            self.done.append(name)
            self.at += left.pop(0) if len(left) > 1 else left[0]

        return act


def measured(clock: Clock, base: Callable[[], None], other: Callable[[], None]) -> Figures:
    ways = {"base": Way(name="old", act=base), "other": Way(name="new", act=other)}
    (figures,) = rounds.measure([Comparison(what="it", clock=clock, **ways)], rounds=3)
    return figures


def test_both_ways_take_turns_and_the_first_rounds_are_not_counted() -> None:
    clock = Clock()
    warm = [9.0] * rounds.WARM_UP

    figures = measured(clock, clock.takes("b", 1.0), clock.takes("o", *warm, 2.0, 8.0, 3.0))

    assert figures.ratios == pytest.approx((2, 8, 3))
    assert (figures.median_ratio, figures.worst_ratio) == pytest.approx((3, 8))
    assert "".join(clock.done[2 * rounds.WARM_UP :]) == "boobbo"


def test_a_table_says_median_and_worst() -> None:
    figures = Figures(
        what="it", base_name="old", other_name="new", base_ms=(1, 1, 1), other_ms=(2, 8, 3)
    )

    head, line = report.table([figures]).splitlines()

    assert head.split() == ["base", "ms", "other", "ms", "median", "worst"]
    assert line.split() == ["it", "old", "1.00", "new", "3.00", "3.00", "×", "8.00", "×"]


def test_figures_are_kept_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    figures = Figures(what="it", base_name="old", other_name="new", base_ms=(1,), other_ms=(2,))

    path = report.write({"forms": [figures]}, at=datetime(2026, 11, 25, 8, tzinfo=UTC), rounds=1)

    (kept,) = json.loads(path.read_text("utf-8"))["benches"]["forms"]
    assert path.name == "20261125-080000.json"
    assert (kept["median_ratio"], kept["other"]["ms"]) == (2, [2])
