"""Which of several providers of a channel carries a message, and when one is left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.notifications.rules import Provider, Result

WINDOW, MOST_FAILED = 20, 10
"""A provider that failed at so many of its last calls is left alone."""
STALE = timedelta(minutes=10)
"""What was so long ago says nothing of now."""
PROBE_EVERY = timedelta(seconds=30)
CALM = timedelta(seconds=60)
ENOUGH = 3
"""So many calls have to succeed, and none may fail for so long, before it is trusted again: two
providers that fail in turns would otherwise be changed at every turn."""

OF_THE_PROVIDER = frozenset({Result.UNREACHED, Result.BUSY, Result.FAILED, Result.AMBIGUOUS})
"""Outcomes for which the provider is to blame, not the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a provider did lately; `recent` has a sign for each call, "x" for one that failed."""

    recent: str = ""
    opened_at: datetime | None = None
    """Since when it is left alone; None while it is trusted."""
    failed_at: datetime | None = None
    probed_at: datetime | None = None
    successes: int = 0
    """Since it failed last, while it is left alone."""

    @property
    def is_open(self) -> bool:
        """Return whether the provider is left alone."""
        return self.opened_at is not None


def after_call(breaker: Breaker, result: Result, *, now: datetime) -> Breaker:
    """Return how a provider stands after a call; one that lets us in no more is left at once."""
    if result is Result.DEFERRED:
        return breaker
    if result is Result.SHUT_OUT or result in OF_THE_PROVIDER:
        return _after_failure(breaker, now, at_once=result is Result.SHUT_OUT)
    if not breaker.is_open:
        # Where nothing failed lately, nothing has to be remembered, nor written.
        recent = (breaker.recent + ".")[-WINDOW:] if "x" in breaker.recent else ""
        return replace(breaker, recent=recent)
    breaker = replace(breaker, successes=breaker.successes + 1)
    is_calm = breaker.failed_at is None or now - breaker.failed_at >= CALM
    return Breaker() if is_calm and breaker.successes >= ENOUGH else breaker


def _after_failure(breaker: Breaker, now: datetime, *, at_once: bool) -> Breaker:
    is_stale = breaker.failed_at is not None and now - breaker.failed_at > STALE
    recent = (("" if is_stale else breaker.recent) + "x")[-WINDOW:]
    breaker = replace(breaker, recent=recent, failed_at=now, successes=0)
    if breaker.is_open or not (at_once or recent.count("x") >= MOST_FAILED):
        return breaker
    return replace(breaker, opened_at=now, probed_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who carries a message, and whether that is a probe of one who is left alone."""

    name: str
    is_probe: bool = False


def choose(
    providers: Sequence[Provider],
    breakers: Mapping[str, Breaker],
    *,
    may_probe: bool,
    now: datetime,
    dice: float,
) -> Chosen:
    """Return who carries a message that nobody may have taken yet; `dice` is in [0, 1).

    Those that are trusted, by their weight; once in a while one that is left alone is tried. When
    none is trusted, all are taken as they stand: leaving all of them alone would help nobody.
    """
    closed = [one for one in providers if not breakers.get(one.name, Breaker()).is_open]
    if closed and may_probe:
        for one in providers:
            breaker = breakers.get(one.name, Breaker())
            if breaker.is_open and _is_probe_due(breaker, now):
                return Chosen(name=one.name, is_probe=True)
    return Chosen(name=_by_weight(closed or providers, dice))


def _is_probe_due(breaker: Breaker, now: datetime) -> bool:
    return breaker.probed_at is None or now - breaker.probed_at >= PROBE_EVERY


def _by_weight(providers: Sequence[Provider], dice: float) -> str:
    left = dice * sum(one.weight for one in providers)
    for one in providers:
        left -= one.weight
        if left < 0:
            return one.name
    return providers[-1].name
