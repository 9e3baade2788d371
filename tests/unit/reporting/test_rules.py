"""Medians from counts, told only where there is enough to tell."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reporting import rules
from app.reporting.rules import Measured, Trend


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_the_median_is_one_that_occurred(days: list[int]) -> None:
    counts = {day: days.count(day) for day in days}

    assert rules.percentile(counts, rules.HALF) == statistics.median_low(days)
    assert rules.percentile(counts, 1) == max(days)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, None),
        ({3: 9}, None),
        ({3: 9, 20: 1}, Measured(cases=10, median=3, nine_tenths=3)),
        ({3: 8, 20: 2}, Measured(cases=10, median=3, nine_tenths=20)),
        ({0: 10}, Measured(cases=10, median=0, nine_tenths=0)),
    ],
)
def test_too_few_say_nothing(counts: dict[int, int], expected: Measured | None) -> None:
    assert rules.measure(counts) == expected


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (3, 5, Trend.FASTER),
        (5, 5, Trend.SAME),
        (7, 5, Trend.SLOWER),
        (3, None, None),
        (None, 3, None),
    ],
)
def test_the_trend_compares_what_is_known(
    now: int | None, before: int | None, expected: Trend | None
) -> None:
    def half(days: int | None) -> Measured | None:
        return None if days is None else Measured(cases=10, median=days, nine_tenths=days)

    assert rules.trend(half(now), half(before)) is expected


def test_no_cases_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no cases"):
        rules.percentile({}, rules.HALF)
