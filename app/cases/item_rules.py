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


def verdicts(kind: ItemKind, *, has_clean_file: bool) -> tuple[ItemState, ...]:
    """Return what may be said of an item: only what is there is accepted, only papers are left out.

    A paper that was not attached is not needed, until it is asked for.
    """
    accepted = (ItemState.ACCEPTED,) if has_clean_file or kind is ItemKind.ANSWERS else ()
    waived = (ItemState.WAIVED,) if kind is ItemKind.PAPER else ()
    return (*accepted, *waived, ItemState.REJECTED)


def is_settled(items: Iterable[ItemState]) -> bool:
    """Return whether every item is accepted or was not needed: only then is a case accepted."""
    return all(item in {ItemState.ACCEPTED, ItemState.WAIVED} for item in items)


def is_mended(items: Iterable[ItemState]) -> bool:
    """Return whether nothing stands rejected any more, so that the citizen may send again."""
    return ItemState.REJECTED not in set(items)
