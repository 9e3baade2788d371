"""What a post measured about itself: medians and the like, from counts of working days."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LEAST = 10
"""From fewer cases no figure is told: it would promise what nobody knows (issue 4)."""
HALF, NINE_TENTHS = 0.5, 0.9

Counts = Mapping[int, int]
"""Working days to the number of cases that took so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long cases took, in working days, the citizen's own time left out."""

    cases: int
    median: int
    nine_tenths: int


class Trend(StrEnum):
    """How the median stands beside that of the time before."""

    FASTER = "faster"
    SAME = "same"
    SLOWER = "slower"


def measure(counts: Counts) -> Measured | None:
    """Return what the counts come to, None where they are too few to say anything."""
    cases = sum(counts.values())
    if cases < LEAST:
        return None
    return Measured(
        cases=cases, median=percentile(counts, HALF), nine_tenths=percentile(counts, NINE_TENTHS)
    )


def percentile(counts: Counts, share: float) -> int:
    """Return the days within which this share of the cases was done (the nearest rank)."""
    needed, seen = share * sum(counts.values()), 0
    for days in sorted(counts):
        seen += counts[days]
        if seen >= needed:
            return days
    raise ValueError("no cases")


def trend(now: Measured | None, before: Measured | None) -> Trend | None:
    """Return how a median has changed, None where either is not known."""
    if now is None or before is None:
        return None
    if now.median == before.median:
        return Trend.SAME
    return Trend.FASTER if now.median < before.median else Trend.SLOWER
