"""When the sending of messages is in such trouble that somebody has to be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SWIFT = timedelta(seconds=10)
"""A message is to be taken by its provider within this time of its being due."""
OVERDUE = timedelta(minutes=5)
CALM = timedelta(minutes=2)
"""Once told, it is over when nothing is overdue by more than this: no trouble at every turn."""
DEAD_SHARE = 0.05
DEAD_LEAST = 20
"""So many in an hour have to fail before their share says anything."""
ALONE = timedelta(minutes=2)
"""For so long a provider may be left alone before that is news."""
MANY_TEXTS = 0.8
"""From this share of a day's codes by text on somebody looks who asks for so many."""


class Trouble(StrEnum):
    """What is wrong with the sending of messages."""

    OVERDUE = "overdue"
    DEAD = "dead"
    LEFT_ALONE = "left_alone"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the sending stands now."""

    oldest_due_at: datetime | None = None
    """Since when the message that is due longest has been due; None where none is due."""
    called: int = 0
    """Calls of providers in the last hour."""
    dead: int = 0
    """Messages that could not be sent in the last hour."""
    alone_since: datetime | None = None
    """Since when the provider that is left alone longest is; None where all are trusted."""
    texts_used: float = 0
    """What share was sent of the codes by text that the day may have."""


def troubles(standing: Standing, *, known: frozenset[Trouble], now: datetime) -> frozenset[Trouble]:
    """Return what is wrong now; what was known to be wrong is over a little later than it began."""
    found = set()
    bound = CALM if Trouble.OVERDUE in known else OVERDUE
    if standing.oldest_due_at is not None and now - standing.oldest_due_at > bound:
        found.add(Trouble.OVERDUE)
    ended = max(standing.called, standing.dead)
    if standing.dead >= DEAD_LEAST and standing.dead >= DEAD_SHARE * ended:
        found.add(Trouble.DEAD)
    if standing.alone_since is not None and now - standing.alone_since > ALONE:
        found.add(Trouble.LEFT_ALONE)
    if standing.texts_used >= MANY_TEXTS:
        found.add(Trouble.TEXTS)
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of the messages of a while."""

    called: int = 0
    taken: int = 0
    swift: int = 0
    retries: int = 0
    unknown: int = 0
    dead: int = 0

    @property
    def swift_percent(self) -> int | None:
        """Return how many of a hundred that were taken were so in time, rounded down."""
        return self.swift * 100 // self.taken if self.taken else None

    @property
    def retry_percent(self) -> int | None:
        """Return how many of a hundred calls were not the first for their message, rounded up."""
        return -(-self.retries * 100 // self.called) if self.called else None
