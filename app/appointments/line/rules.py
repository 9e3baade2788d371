"""A queue for seats that are opened at an hour: its order, its pace and its numbers; no I/O here.

Whoever is there at the hour is shuffled, whoever comes later stands behind in the order of
coming. So nobody gains by being first at the hour, and a program not by being fast.
"""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from app.appointments.draw import rules as draws

FORMAT = "jaliya-queue 1"
LOBBY = timedelta(hours=1)
"""So long before the hour one can come in; at the hour all of them are shuffled."""
TURN = timedelta(minutes=10)
"""So long somebody who was let in may choose a time."""
STEP = timedelta(seconds=10)
"""So often the next ones are let in."""
CATCH_UP = timedelta(minutes=1)
"""A worker that was away makes up for so much at most: nobody opens a floodgate."""
USUAL_RATE = 60
"""People in a minute: what ADR 0014 measured leaves the server nine tenths of itself."""
MOST_RATE = 600
LONGEST_HOURS = 72
SOONEST_S, SLOWEST_S = 10, 60
LOOKS_PER_SECOND = 25
"""So many pages of those who wait are asked for in a second at most, however many they are."""


class OpeningState(StrEnum):
    """Where an opening stands."""

    ANNOUNCED = "announced"
    """The hash of the secret is published, and the seats are withheld."""
    OPEN = "open"
    OVER = "over"
    CALLED_OFF = "called_off"


GOES_ON = frozenset({OpeningState.ANNOUNCED, OpeningState.OPEN})


class PlaceState(StrEnum):
    """What became of a place in the queue."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    BOOKED = "booked"
    LAPSED = "lapsed"
    """Its owner chose no time while it was their turn."""
    LEFT = "left"
    ENDED = "ended"
    """The opening was over before it was their turn."""


STANDS = frozenset({PlaceState.WAITING, PlaceState.ADMITTED})


def list_text(name: str, commitment: str, tickets: Collection[str]) -> str:
    """Return the one text of those who were there at the hour, whose hash is published."""
    lines = [
        FORMAT,
        f"queue {name}",
        f"commitment {commitment}",
        *(f"present {ticket}" for ticket in sorted(tickets)),
    ]
    return "".join(f"{line}\n" for line in lines)


def shuffled(secret: str, text: str, tickets: Collection[str]) -> list[str]:
    """Return the tickets of a list in the order of the queue.

    They stand in the order of their HMAC-SHA256 under the hash of secret and list, as in a draw
    whose public value is empty (docs/draws.md).
    """
    key = draws.draw_key(secret, draws.sha256(text), "")
    return sorted(tickets, key=lambda ticket: (hmac.digest(key, ticket.encode(), "sha256"), ticket))


def allowance(rate: int, since: datetime, now: datetime) -> tuple[int, datetime]:
    """Return how many may be let in at a rate for a minute, and from when on to reckon next.

    What is less than one person is kept for the next time; what is older than that and CATCH_UP
    is not.
    """
    minute = timedelta(minutes=1)
    since = max(since, now - CATCH_UP - minute / rate)
    # Not person by person: a thousand times a rounded microsecond would be a person.
    many = max(now - since, timedelta()) * rate // minute
    return many, since + many * minute / rate


def how_many(allowed: int, free: int, choosing: int) -> int:
    """Return for how many seats people are let in: never more than are left beside those for
    whom it is the turn already."""
    return max(min(allowed, free - choosing), 0)


def minutes_until_turn(number: int, rate: int) -> int:
    """Return about how many minutes the person with a number waits; one at least."""
    return max(ceil(number / rate), 1)


def look_again_s(waiting: int) -> int:
    """Return after how many seconds a page asks again where it stands.

    The more wait, the slower they ask, so that those who wait do not slow those who choose.
    """
    return min(max(ceil(waiting / LOOKS_PER_SECOND), SOONEST_S), SLOWEST_S)
