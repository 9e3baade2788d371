"""Times two ways of doing something in turn, round by round, and says how they compare."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

WARM_UP = 3
"""Rounds that are not counted: caches fill, templates compile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of doing it; `act` does it once."""

    name: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Something that is done in two ways; the ratio is `other` over `base`."""

    what: str
    base: Way
    other: Way
    clock: Callable[[], float] = time.perf_counter
    """Seconds. `time.process_time` where all is done in this process: neighbours do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured; times in milliseconds, in the order of the rounds."""

    what: str
    base_name: str
    other_name: str
    base_ms: tuple[float, ...]
    other_ms: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Return other over base, each round by itself: what disturbs a round disturbs both."""
        return tuple(o / b for b, o in zip(self.base_ms, self.other_ms, strict=True))

    @property
    def median_ratio(self) -> float:
        """Return the ratio of a round in the middle."""
        return statistics.median(self.ratios)

    @property
    def worst_ratio(self) -> float:
        """Return the largest ratio of all rounds."""
        return max(self.ratios)


def measure(comparisons: Sequence[Comparison], *, rounds: int) -> list[Figures]:
    """Return the figures of each comparison after so many rounds.

    Every round does everything once, and turns the order of base and other round, so that
    neither a machine that slows down nor a neighbour favours one of them.
    """
    times: list[tuple[list[float], list[float]]] = [([], []) for _one in comparisons]
    with _without_collector():
        for turn in range(-WARM_UP, rounds):
            for one, kept in zip(comparisons, times, strict=True):
                base, other = _once(one, is_turned=turn % 2 == 1)
                if turn >= 0:
                    kept[0].append(base)
                    kept[1].append(other)
            gc.collect()
    return [
        Figures(
            what=one.what,
            base_name=one.base.name,
            other_name=one.other.name,
            base_ms=tuple(base),
            other_ms=tuple(other),
        )
        for one, (base, other) in zip(comparisons, times, strict=True)
    ]


def _once(one: Comparison, *, is_turned: bool) -> tuple[float, float]:
    if is_turned:
        other = _timed(one.other, one.clock)
        return _timed(one.base, one.clock), other
    base = _timed(one.base, one.clock)
    return base, _timed(one.other, one.clock)


def _timed(way: Way, clock: Callable[[], float]) -> float:
    began = clock()
    way.act()
    return (clock() - began) * 1000


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the collector from running into one of the two; it runs between the rounds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
