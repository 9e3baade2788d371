"""How the papers and pages of a case stand in its review."""

from collections.abc import Iterable
from enum import StrEnum


class ItemKind(StrEnum):
    """What an item of a case is."""

    ANSWERS = "answers"
    PAPER = "paper"


class ItemState(StrEnum):
    """How an item stands in the review."""

    MISSING = "missing"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WAIVED = "waived"
    REPLACED = "replaced"


def is_settled(items: Iterable[ItemState]) -> bool:
    """Return whether every item is accepted or was not needed: only then is a case accepted."""
    return all(item in {ItemState.ACCEPTED, ItemState.WAIVED} for item in items)


def is_mended(items: Iterable[ItemState]) -> bool:
    """Return whether nothing stands rejected any more, so that the citizen may send again."""
    return ItemState.REJECTED not in set(items)
