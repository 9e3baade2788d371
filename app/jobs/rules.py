"""When work that failed is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

BACKOFF_BASE = timedelta(seconds=5)
BACKOFF_CAP = timedelta(minutes=15)
LEASE = timedelta(seconds=120)
MOST_ATTEMPTS = 8
"""A job that raises at this attempt or a later one is given up."""
MOST_DEATHS = 3
"""A job under which so many workers vanished is given up."""


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


def backoff(attempts: int, *, jitter: float) -> timedelta:
    """Return how long to wait after so many attempts; `jitter` is a random number in [0, 1).

    Full jitter: anything between nothing and twice as much as the time before, up to the cap
    (reliability 2.3), so that what failed together does not come back together.
    """
    ladder = min(BACKOFF_CAP, BACKOFF_BASE * (1 << min(max(attempts - 1, 0), 16)))
    return ladder * jitter


def after_failure(attempts: int) -> JobState:
    """Return the state of a job whose handler raised at this attempt."""
    return JobState.FAILED if attempts >= MOST_ATTEMPTS else JobState.DUE


def is_poison(deaths: int) -> bool:
    """Return whether a job under which so many workers vanished is left alone."""
    return deaths >= MOST_DEATHS


def period_start(now: datetime, period: timedelta) -> datetime:
    """Return the beginning of the period that `now` lies in, counted from the epoch."""
    seconds = period.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
