"""When work is tried again, and which period it is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs import rules
from app.jobs.rules import JobState


@pytest.mark.parametrize(
    ("attempts", "longest"), [(0, 5), (1, 5), (2, 10), (5, 80), (8, 640), (9, 900), (10_000, 900)]
)
def test_waiting_doubles_up_to_a_quarter_of_an_hour(attempts: int, longest: int) -> None:
    assert rules.backoff(attempts, jitter=1.0) == timedelta(seconds=longest)


def test_a_job_that_raises_is_due_again_until_it_has_failed() -> None:
    states = [rules.after_failure(attempts) for attempts in range(1, rules.MOST_ATTEMPTS + 1)]
    assert states == [JobState.DUE] * (rules.MOST_ATTEMPTS - 1) + [JobState.FAILED]


@pytest.mark.parametrize(("deaths", "poison"), [(1, False), (2, False), (3, True), (4, True)])
def test_a_job_that_kills_its_worker_three_times_is_poison(deaths: int, poison: bool) -> None:
    assert rules.is_poison(deaths) is poison


@given(
    now=st.integers(1_500_000_000, 2_500_000_000).map(lambda t: datetime.fromtimestamp(t, UTC)),
    seconds=st.sampled_from([30, 60, 300, 3600, 86400]),
)
def test_every_moment_lies_in_one_period(now: datetime, seconds: int) -> None:
    period = timedelta(seconds=seconds)
    start = rules.period_start(now, period)
    assert start <= now < start + period
    assert rules.period_start(start, period) == start
    assert rules.period_start(start + period, period) == start + period
