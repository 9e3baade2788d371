"""A sum in another currency: for orientation, exact, and only by a rate that the post gave."""

from datetime import date
from typing import Any

import pytest

from app.catalogue import rates

TODAY = date(2026, 11, 25)


def rate(figure: str, on: str = "2026-11-20", target: str = "RUB") -> dict[str, Any]:
    """Return a rate as a post stores it.  (Any: JSON)"""
    return {"from": "USD", "to": target, "rate": figure, "on": on}


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
