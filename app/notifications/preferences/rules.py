"""What a recipient wishes of messages: the order of ways, quiet hours, what is not wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.notifications.rules import LADDER, Channel, Topic

LONGEST = timedelta(hours=14)
"""Quiet hours are no way to be told nothing."""
SPARE = timedelta(hours=2)
"""So long before its end a message has to go, or its reader could do nothing about it."""
URGENT_BEFORE = timedelta(hours=24)
"""What changes about a visit that is so near is told at any hour: nobody travels for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours by the recipient's clock in which nothing rings; over midnight where they end first."""

    begins: time
    ends: time
    zone: str

    def holds(self, at: time) -> bool:
        """Return whether it is quiet at a time of day; the last moment is not."""
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def is_at(self, moment: datetime) -> bool:
        """Return whether it is quiet at a moment."""
        return self.holds(moment.astimezone(ZoneInfo(self.zone)).time())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an account chose; nothing for what it left as it is."""

    order: tuple[Channel, ...] = ()
    quiet: Quiet | None = None
    unwanted: frozenset[Topic] = frozenset()
    is_discreet: bool = False
    """Messages name neither this service nor what they are about."""

    @property
    def ladder(self) -> tuple[Channel, ...]:
        """Return the ways in the order in which they are tried; none can be struck out."""
        return (*self.order, *(one for one in LADDER if one not in self.order))


def length(begins: time, ends: time) -> timedelta:
    """Return how long hours last that may go over midnight; nothing where both are the same."""
    minutes = (ends.hour - begins.hour) * 60 + ends.minute - begins.minute
    return timedelta(minutes=minutes % (24 * 60))


def put_first(order: Sequence[Channel], channel: Channel) -> tuple[Channel, ...]:
    """Return an order in which a way comes before the others."""
    return (channel, *(one for one in order if one is not channel))


def is_near(starts_at: datetime, due_at: datetime) -> bool:
    """Return whether a visit is so near that what changes about it is urgent."""
    return due_at <= starts_at <= due_at + URGENT_BEFORE


def in_peace(due_at: datetime, quiet: Quiet | None, *, end: datetime) -> datetime:
    """Return when a message goes that is no cause to wake anybody.

    After the quiet hours, unless it would then come too late to be worth much: it goes at once.
    """
    if quiet is None or not quiet.is_at(due_at):
        return due_at
    ends_at = _next_end(due_at, quiet)
    return ends_at if ends_at + SPARE <= end else due_at


def _next_end(due_at: datetime, quiet: Quiet) -> datetime:
    """Return the first moment after another at which the quiet hours end.

    An hour that clocks skip ends when they have; one that they repeat ends twice.
    """
    zone = ZoneInfo(quiet.zone)
    today = due_at.astimezone(zone).date()
    ends = [
        datetime.combine(day, quiet.ends, zone).replace(fold=fold).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
        for fold in (0, 1)
    ]
    return min(one for one in ends if one > due_at and not quiet.is_at(one))
