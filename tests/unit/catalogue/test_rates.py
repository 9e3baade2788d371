"""A sum in another currency: for orientation, exact, and only by a rate that the post gave."""

from datetime import date
from typing import Any

import pytest

from app.catalogue import rates
from app.catalogue.rates import RateState

TODAY = date(2026, 11, 25)


def rate(figure: str, on: str = "2026-11-20", target: str = "RUB") -> dict[str, Any]:
    """Return a rate as a post stores it.  (Any: JSON)"""
    return {"from": "USD", "to": target, "rate": figure, "on": on}


def ended(figure: str, on: str, day: str) -> dict[str, Any]:
    """Return a rate that counts no more from a day on.  (Any: JSON)"""
    return {**rate(figure, on), "ended": day}


def converted(total: dict[str, int], *stored: dict[str, Any]) -> list[tuple[int, str]]:
    found = rates.oriented(total, rates.parse(stored), today=TODAY)
    return [(one.amount, one.currency) for one in found]


@pytest.mark.parametrize(
    ("total", "stored", "expected"),
    [
        ({"USD": 20000}, (), []),
        ({"EUR": 20000}, (rate("80"),), []),
        ({"USD": 0}, (rate("80"),), []),
        ({"USD": 100, "SYP": 100}, (rate("80"),), []),
        ({"USD": 20000, "SYP": 0}, (rate("80.00"),), [(1600000, "RUB")]),
        # Binary floats make 35.5999… of 0.1 × 356.
        ({"USD": 356}, (rate("0.1"),), [(36, "RUB")]),
        ({"USD": 5}, (rate("0.1"),), [(0, "RUB")]),
        ({"USD": 15}, (rate("0.1"),), [(2, "RUB")]),
        # Twenty digits stay exact.
        ({"USD": 10**16 + 1}, (rate("1"),), [(10**16 + 1, "RUB")]),
        ({"USD": 100}, (rate("80"), rate("81", on="2026-11-24")), [(8100, "RUB")]),
        ({"USD": 100}, (rate("80"), rate("99", on="2026-11-26")), [(8000, "RUB")]),
        ({"USD": 100}, (rate("80"), rate("3", target="SYP")), [(8000, "RUB"), (300, "SYP")]),
    ],
)
def test_a_sum_is_converted_by_the_newest_rate_of_the_post(
    total: dict[str, int],
    stored: tuple[dict[str, Any], ...],
    expected: list[tuple[int, str]],
) -> None:
    assert converted(total, *stored) == expected


@pytest.mark.parametrize("figure", [80, 80.5, "", "NaN", "Infinity", "0", "-3", "eighty"])
def test_what_is_no_rate_is_refused(figure: Any) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        rates.parse([rate(figure)])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("80", "80"), ("80,50", "80.5"), ("٨٠٫٥", "80.5"), ("100.00", "100"), ("0.0125", "0.0125")],
)
def test_a_typed_rate_is_stored_exactly(typed: str, stored: str) -> None:
    assert rates.figure_of(typed) == stored


@pytest.mark.parametrize("typed", ["", "0", "0.000", "-3", "1e3", "80.5.1", "eighty", "9" * 12])
def test_what_was_typed_and_is_no_rate_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        rates.figure_of(typed)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        # Ended today, or before: nothing, not even what it had replaced.
        ((rate("80"), ended("81", "2026-11-24", "2026-11-25")), []),
        ((rate("80"), ended("81", "2026-11-24", "2026-11-24")), [(8000, "RUB")]),
        ((ended("80", "2026-11-20", "2026-11-26"),), [(8000, "RUB")]),
        # A newer one begins it again.
        ((ended("80", "2026-11-20", "2026-11-22"), rate("82", "2026-11-23")), [(8200, "RUB")]),
        # One to come that was ended before its day never came.
        ((rate("80"), ended("99", "2026-11-25", "2026-11-24")), [(8000, "RUB")]),
    ],
)
def test_a_rate_that_was_ended_is_shown_no_more(
    stored: tuple[dict[str, Any], ...], expected: list[tuple[int, str]]
) -> None:
    assert converted({"USD": 100}, *stored) == expected


def test_each_rate_is_in_one_state() -> None:
    stored = [
        rate("80"),
        rate("81", "2026-11-24"),
        rate("99", "2026-12-01"),
        ended("98", "2026-12-02", "2026-11-25"),
        rate("3", target="SYP"),
    ]
    known = rates.parse(stored)

    states = [rates.state_of(one, known, today=TODAY) for one in known]

    assert states == [
        RateState.REPLACED,
        RateState.IN_FORCE,
        RateState.TO_COME,
        RateState.ENDED,
        RateState.IN_FORCE,
    ]
