"""Periodic work: a row decides who runs a period, so any number of beats is safe."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

TickHandler = Callable[[datetime], None]


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that is done once in each period."""

    name: str
    period: timedelta
    run: TickHandler


_periodic: dict[str, Periodic] = {}


def every(name: str, period: timedelta, handler: TickHandler) -> None:
    """Have a handler run once in each period, inside one transaction, with the period's beginning.

    Periods that passed while no worker ran are not made up for: the present one is enough.
    """
    _periodic[name] = Periodic(name, period, handler)


def list_periodic() -> list[Periodic]:
    """Return all periodic work."""
    return list(_periodic.values())
