"""What a post counts one currency as in another: for orientation only, never owed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many units of `target` the post counts for one unit of `source`, since a day."""

    source: str
    target: str
    rate: Decimal
    on: date


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
    return Rate(source=one["from"], target=one["to"], rate=rate, on=date.fromisoformat(one["on"]))


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
    newest: dict[str, Rate] = {}
    for rate in sorted(known, key=lambda one: one.on):
        if rate.source == source and rate.target != source and rate.on <= today:
            newest[rate.target] = rate
    return tuple(_converted(amount, rate) for rate in newest.values())


def _converted(amount: int, rate: Rate) -> Orientation:
    counted = (Decimal(amount) * rate.rate).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return Orientation(amount=int(counted), currency=rate.target, on=rate.on)
