"""What becomes of a message after a call of a provider, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BACKOFF_BASE = timedelta(seconds=5)
BACKOFF_CAP = timedelta(minutes=15)
LEASE = timedelta(seconds=60)
"""Four times the longest wait for a server's answer (reliability 2.2); each message has its own."""
MOST_DEFERRED = 10
LONGEST = timedelta(hours=24)
"""For so long a message is tried that names no end of its own."""
MOST_DEATHS = 3


class Channel(StrEnum):
    """By what way a message goes."""

    PORTAL = "portal"
    EMAIL = "email"


class MessageState(StrEnum):
    """What became of a message; accepted, delivered, unknown, dead and cancelled are final."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CANCELLED = "cancelled"


UNDER_WAY = frozenset(
    {
        MessageState.PENDING,
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.RETRY_WAIT,
    }
)
"""Something is still to happen to such a message; in every other state it is over."""


class Result(StrEnum):
    """How a call of a provider ended, as far as can be known."""

    ACCEPTED = "accepted"
    """It said that it took the message."""
    REFUSED = "refused"
    """It will never take this message: no such address, not allowed."""
    DEFERRED = "deferred"
    """It surely did not take the message now and may later."""
    BUSY = "busy"
    """It asked for patience; that is no fault of the message."""
    UNREACHED = "unreached"
    """No conversation came about: refused, no such host, TLS, credentials."""
    AMBIGUOUS = "ambiguous"
    """It may have taken it: the line broke, or the worker died, after the content went out."""


class Wish(StrEnum):
    """What staff decide about a message that is unknown or dead."""

    SEND_AGAIN = "send_again"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a message becomes, and when it is due again."""

    state: MessageState
    due_at: datetime | None = None


TROUBLED = (MessageState.UNKNOWN, MessageState.DEAD)
"""What stands on the list of staff until somebody decides."""

_SETTLED = {
    Result.ACCEPTED: MessageState.ACCEPTED,
    Result.REFUSED: MessageState.DEAD,
    # SMTP knows no idempotency key: what may have gone out is never sent again by itself.
    Result.AMBIGUOUS: MessageState.UNKNOWN,
}


def judge(
    result: Result,
    *,
    attempts: int,
    deferred: int,
    created_at: datetime,
    not_after: datetime | None,
    now: datetime,
    jitter: float,
) -> Verdict:
    """Return what becomes of a message whose attempt number `attempts` ended so.

    The table of reliability 2.3. `deferred` counts how often the provider put this very message
    off, this time included; an absent or busy provider is no fault of the message. `jitter` is a
    random number in [0, 1).
    """
    if result in _SETTLED:
        return Verdict(state=_SETTLED[result])
    due_at = now + backoff(attempts, jitter=jitter)
    if due_at > last_moment(created_at, not_after) or deferred >= MOST_DEFERRED:
        return Verdict(state=MessageState.DEAD)
    return Verdict(state=MessageState.RETRY_WAIT, due_at=due_at)


def backoff(attempts: int, *, jitter: float) -> timedelta:
    """Return how long to wait after so many attempts, with full jitter (reliability 2.3)."""
    ladder = min(BACKOFF_CAP, BACKOFF_BASE * (1 << min(max(attempts, 1), 16)))
    return ladder * jitter


def last_moment(created_at: datetime, not_after: datetime | None) -> datetime:
    """Return until when a message may be sent."""
    return not_after or created_at + LONGEST


def may_decide(state: MessageState) -> bool:
    """Return whether staff may send a message again or leave it."""
    return state in TROUBLED
