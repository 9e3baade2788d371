"""How a consignment travels, and when its way is too long."""

from datetime import date, timedelta
from enum import StrEnum

MOST = 400
"""So many requests go into one consignment."""
MOST_WITH_UNEXPECTED = 500
"""So many are counted when it comes back: a worker takes no more at once."""


class ConsignmentState(StrEnum):
    """How far a consignment has come."""

    OPEN = "open"
    SEALED = "sealed"
    SENT = "sent"
    RECEIVED = "received"
    RETURNED = "returned"


class Result(StrEnum):
    """What became of one request of a consignment in the capital."""

    PRODUCED = "produced"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    MISSING = "missing"
    ELSEWHERE = "elsewhere"
    """It was missed here and came back with another consignment."""


OUT = frozenset({ConsignmentState.SENT, ConsignmentState.RECEIVED})
"""Between the courier and the way back."""
CHOSEN = (Result.PRODUCED, Result.INCOMPLETE, Result.REFUSED, Result.MISSING)
"""What an officer says of a request when a consignment comes back."""
WITH_REASON = frozenset({Result.INCOMPLETE, Result.REFUSED})


def is_out_long(state: ConsignmentState, sent_on: date | None, today: date, *, days: int) -> bool:
    """Return whether a consignment has been away for more days than the post sets."""
    return state in OUT and sent_on is not None and today - sent_on > timedelta(days=days)


def is_on_its_way(day: date, *, earliest: date, today: date) -> bool:
    """Return whether something can have happened on a day: not before the leg ahead of it."""
    return earliest <= day <= today
