"""What a post counts one currency as in another: for orientation only, never owed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from app.core import text as texts

CURRENCIES = ("USD", "EUR", "RUB", "SYP")
"""In which a post counts; the fee of a service may be in any of them."""
_FIGURE = re.compile(r"(\d{1,9})(?:[.,](\d{1,6}))?")


class RateState(StrEnum):
    """Whether a rate is counted by today."""

    IN_FORCE = "in_force"
    TO_COME = "to_come"
    REPLACED = "replaced"
    ENDED = "ended"


Stored = dict[str, str]
"""A rate as a post keeps it: from, to, rate, on and, once that is said, ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many units of `target` the post counts for one unit of `source`, since a day."""

    source: str
    target: str
    rate: Decimal
    on: date
    ended_on: date | None = None
    """From this day on it counts no more, and none before it does so again."""

    @property
    def pair(self) -> tuple[str, str]:
        """Return the two currencies."""
        return self.source, self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Orientation:
    """A sum in another currency, in minor units, by the rate of a day."""

    amount: int
    currency: str
    on: date


def parse(stored: Iterable[Mapping[str, str]]) -> tuple[Rate, ...]:
    """Return the rates of a post; a rate is a decimal number written as text.

    Raises KeyError, ValueError or ArithmeticError for what is no rate.
    """
    return tuple(_rate(one) for one in stored)


def _rate(one: Mapping[str, str]) -> Rate:
    if not isinstance(one["rate"], str):
        raise ValueError("a rate is written as text, so that nothing of it is lost")
    rate = Decimal(one["rate"])
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"no rate: {one['rate']}")
    ended = one.get("ended")
    return Rate(
        source=one["from"],
        target=one["to"],
        rate=rate,
        on=date.fromisoformat(one["on"]),
        ended_on=date.fromisoformat(ended) if ended else None,
    )


def figure_of(typed: str) -> str:
    """Return a typed rate as it is stored: "80,5", "٨٠٫٥" become "80.5"; ValueError otherwise."""
    found = _FIGURE.fullmatch(texts.fold_digits(typed).replace("٫", ".").strip())
    if found is None or not Decimal(f"{found[1]}.{found[2] or 0}"):
        raise ValueError("not a rate")
    figure = f"{int(found[1])}.{found[2] or ''}".rstrip("0").rstrip(".")
    return figure if found[2] else str(int(found[1]))


def with_rate(stored: Sequence[Stored], added: Stored) -> list[Stored]:
    """Return what a post stores with one more rate; it takes the place of one of its day."""
    kept = [one for one in stored if _named(one) != _named(added)]
    return sorted([*kept, added], key=_named)


def without(stored: Sequence[Stored], ended: Stored, *, on: date) -> list[Stored]:
    """Return what a post stores when one of its rates counts no more from a day on."""
    return [{**one, "ended": on.isoformat()} if one == ended else dict(one) for one in stored]


def find(stored: Sequence[Stored], source: str, target: str, on: str) -> Stored | None:
    """Return the rate of two currencies and a day, None for none."""
    return next((dict(one) for one in stored if _named(one) == (source, target, on)), None)


def _named(one: Mapping[str, str]) -> tuple[str, str, str]:
    return one["from"], one["to"], one["on"]


def state_of(rate: Rate, known: Iterable[Rate], *, today: date) -> RateState:
    """Return whether a rate is counted by today, among all that the post has."""
    if rate.ended_on is not None and rate.ended_on <= max(today, rate.on):
        return RateState.ENDED
    if rate.on > today:
        return RateState.TO_COME
    newest = _newest(known, today).get(rate.pair)
    return RateState.IN_FORCE if newest is not None and newest.on == rate.on else RateState.REPLACED


def _newest(known: Iterable[Rate], today: date) -> dict[tuple[str, str], Rate]:
    """Return the newest rate of each two currencies by today, ended or not.

    One that ended before its day never came.
    """
    newest: dict[tuple[str, str], Rate] = {}
    for rate in sorted(known, key=lambda one: one.on):
        never = rate.ended_on is not None and rate.ended_on <= rate.on
        if rate.on <= today and not never:
            newest[rate.pair] = rate
    return newest


def oriented(
    total: Mapping[str, int], known: Iterable[Rate], *, today: date
) -> tuple[Orientation, ...]:
    """Return a sum in the other currencies that the post has a rate for, by the newest day.

    `total` is in minor units by currency. A sum in several currencies is not converted, and a
    rate of a day to come is none yet. Half a minor unit goes to the even neighbour.
    """
    owed = [(currency, amount) for currency, amount in total.items() if amount]
    if len(owed) != 1:
        return ()
    source, amount = owed[0]
    return tuple(
        _converted(amount, rate)
        for rate in _newest(known, today).values()
        if rate.source == source != rate.target and (rate.ended_on is None or rate.ended_on > today)
    )


def _converted(amount: int, rate: Rate) -> Orientation:
    counted = (Decimal(amount) * rate.rate).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return Orientation(amount=int(counted), currency=rate.target, on=rate.on)
