"""What becomes of a message after a call of a provider, and when it is tried again."""

import math
from collections.abc import Collection, Mapping, Sequence
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
"""So many workers may die over a message; see Deaths."""


class Channel(StrEnum):
    """By what way a message goes."""

    PORTAL = "portal"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    TELEGRAM = "telegram"


class Topic(StrEnum):
    """What nobody has to be sent: it stands in the inbox, and may be unsubscribed."""

    REMINDERS = "reminders"
    ANNOUNCEMENTS = "announcements"


class MessageState(StrEnum):
    """What became of a message; see MAY_BECOME for what follows what."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CANCELLED = "cancelled"


WAITING = (MessageState.PENDING, MessageState.RETRY_WAIT)
"""It goes as soon as its time has come."""
LEASED = (MessageState.CLAIMED, MessageState.SENDING)
"""A worker has it in its hands."""
NOT_CALLED = frozenset((*WAITING, MessageState.CLAIMED))
"""No provider has it in hand: such a message can be cancelled, also one that an earlier call may
have brought, which is then not called for again."""
UNDER_WAY = frozenset((*WAITING, *LEASED))
"""Something is still to happen to such a message; in every other state it is over."""
GONE = (MessageState.ACCEPTED, MessageState.DELIVERED)
"""A provider has it."""
TROUBLED = (MessageState.UNKNOWN, MessageState.DEAD)
"""What stands on the list of staff until somebody decides."""
UNANSWERED = (MessageState.SENDING, MessageState.UNKNOWN)
"""It was handed to a provider, whose answer is not known, or not yet."""
TOLD_BY_RECEIPT = (MessageState.DELIVERED, MessageState.DEAD)
"""What a receipt made of it, which may be quicker than the answer to the call."""

MAY_BECOME: Mapping[MessageState, frozenset[MessageState]] = {
    # Under way: anything but what a provider says of what it was never given.
    MessageState.PENDING: frozenset(MessageState),
    MessageState.CLAIMED: frozenset(MessageState),
    MessageState.SENDING: frozenset(MessageState),
    MessageState.RETRY_WAIT: frozenset(MessageState),
    # Over: a receipt may say more of what was accepted, a late word or staff settle a doubt,
    # and staff have sent again what is dead.
    MessageState.ACCEPTED: frozenset({MessageState.DELIVERED, MessageState.DEAD}),
    MessageState.UNKNOWN: frozenset(
        {
            MessageState.ACCEPTED,
            MessageState.DELIVERED,
            MessageState.DEAD,
            MessageState.RETRY_WAIT,
            MessageState.PENDING,
            MessageState.CANCELLED,
        }
    ),
    MessageState.DEAD: frozenset({MessageState.PENDING, MessageState.CANCELLED}),
    MessageState.DELIVERED: frozenset(),
    MessageState.CANCELLED: frozenset(),
}
"""What may follow a state, besides itself; a trigger refuses the rest, whoever writes it."""


def may_become(before: MessageState, after: MessageState) -> bool:
    """Return whether a message in one state may come into another."""
    return before is after or after in MAY_BECOME[before]


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
    """No conversation came about: refused, no such host, TLS."""
    SHUT_OUT = "shut_out"
    """It does not let us in: credentials, permission, credit. No fault of the message."""
    FAILED = "failed"
    """It said that something failed, not whether that was before or after it took the message."""
    AMBIGUOUS = "ambiguous"
    """It may have taken it: the line broke, or the worker died, after the content went out."""


DOUBTFUL = frozenset({Result.FAILED, Result.AMBIGUOUS})
"""After these the message may have gone out."""


class Wish(StrEnum):
    """What staff decide about a message that is unknown or dead."""

    SEND_AGAIN = "send_again"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who is called: what the settings name it, and how long it knows a key (None: no keys)."""

    name: str
    key_life: timedelta | None = None
    gives_receipts: bool = False
    weight: int = 1
    """How large a share of the messages it carries, beside the others of its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a provider answered a call."""

    result: Result
    code: int | None = None
    """Of SMTP or HTTP, as evidence."""
    reference: str = ""
    """What the provider calls the message; its receipts name it so."""
    wait: timedelta = timedelta(0)
    """How long it asks us to wait."""
    is_gone: bool = False
    """It refused because there is no such address."""
    gone: tuple[str, ...] = ()
    """Of several browsers of the recipient, the uids of those that are no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaths:
    """How many workers died with a message in their hands."""

    alone: int = 0
    """With nothing else in them."""
    among: int = 0
    """With others, any of which may have been the cause."""

    @property
    def is_enough(self) -> bool:
        """Return whether it is given up: after three, but not for what others did beside it."""
        return self.alone > 0 and self.alone + self.among >= MOST_DEATHS


def few_of(most: int) -> int:
    """Return how large a batch is that messages of a fallen one go in, where others have `most`.

    Its root, so that the one that kills stands alone after two batches, and most of those beside
    it still go together.
    """
    return max(1, math.isqrt(most - 1) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known about a message when a call for it has ended."""

    attempts: int
    created_at: datetime
    not_after: datetime | None = None
    deferred: int = 0
    """How often a provider put this very message off, this time included; one that is absent or
    busy is no fault of the message."""
    deaths: Deaths = Deaths()
    in_doubt: bool = False
    """An earlier call may have brought it."""
    key_expires_at: datetime | None = None
    """Until when its provider knows its key, by which it takes it once; None without keys."""
    may_repeat: bool = False
    """Rather twice than not at all: the policy of its event."""
    was_repeated: bool = False
    """It was sent again in spite of a doubt, which is done once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a message becomes, and when it is due again."""

    state: MessageState
    due_at: datetime | None = None
    in_doubt: bool = False
    """A call before this one may have brought it; it goes to that provider only, by that key."""
    repeats: bool = False
    """It is sent again in spite of a doubt."""


LADDER = (Channel.EMAIL, Channel.PUSH, Channel.TELEGRAM, Channel.SMS)
"""By what way news goes besides the inbox: the first that an account has; the last costs money."""
WARNED_BY = (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.TELEGRAM)
"""By what way its owner is warned of what happens to an account: those first that no stranger adds
in a moment at an open screen, whatever the order that was chosen there."""
PATIENCE: Mapping[Channel, timedelta] = {
    Channel.PUSH: timedelta(hours=1),
    Channel.TELEGRAM: timedelta(hours=1),
}
"""So long a way is tried that a state may have shut, before the next one is taken."""

UNSUBSCRIBED, SUPERSEDED = "unsubscribed", "superseded"
"""Why a message was cancelled: its reader did not want it any more, or a newer one outdated it."""
NO_RECEIPT, UNDELIVERED = "no_receipt", "undelivered"
"""Why an accepted message is no more than that, and why it is dead after all."""
RECEIPT_WITHIN = timedelta(hours=72)
"""So long a provider that gives receipts may take for one."""


class Said(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"
    """There is no such address (any more)."""


def after_receipt(state: MessageState, said: Said) -> MessageState | None:
    """Return what a message becomes by the word of its provider; None where that says nothing.

    A message that arrived stays so, and one that was given up or sent again stays what it is.
    """
    if state is MessageState.PENDING:
        return None
    after = MessageState.DELIVERED if said is Said.DELIVERED else MessageState.DEAD
    return after if state is not after and may_become(state, after) else None


def first_way(
    reached: Mapping[Channel, bool], ladder: Sequence[Channel] = LADDER
) -> Channel | None:
    """Return by what channel somebody is told who is reached by these; true: it bounced.

    An address that bounced is written to only where there is no other.
    """
    known = [channel for channel in ladder if channel in reached]
    sound = [channel for channel in known if not reached[channel]]
    return next(iter([*sound, *known]), None)


def next_way(
    tried: Collection[Channel], reached: Mapping[Channel, bool], ladder: Sequence[Channel] = LADDER
) -> Channel | None:
    """Return by what channel is told what others did not bring; None for none.

    Of all that were not tried for it, wherever they stand: an address that had bounced was passed
    over, and a way may have been confirmed or put first since.
    """
    return first_way({one: reached[one] for one in reached if one not in tried}, ladder)


def judge(reply: Reply, known: Known, *, now: datetime, jitter: float) -> Verdict:
    """Return what becomes of a message after a call that ended so: the table of reliability 2.3.

    What may have gone out is tried again only where its provider takes it once by its key, and
    while that key lives; else its event says whether it is sent once more, or staff decide.
    `jitter` is a random number in [0, 1).
    """
    if reply.result is Result.ACCEPTED:
        return Verdict(state=MessageState.ACCEPTED)
    in_doubt = known.in_doubt or reply.result in DOUBTFUL
    due_at = now + max(backoff(known.attempts, jitter=jitter), reply.wait)
    if reply.result is Result.REFUSED or _is_over(known, due_at):
        return Verdict(state=given_up(in_doubt=in_doubt), in_doubt=known.in_doubt)
    if not in_doubt:
        return Verdict(state=MessageState.RETRY_WAIT, due_at=due_at)
    if key_lives(known.key_expires_at, due_at):
        return Verdict(state=MessageState.RETRY_WAIT, due_at=due_at, in_doubt=True)
    if known.may_repeat and not known.was_repeated:
        return Verdict(state=MessageState.RETRY_WAIT, due_at=due_at, repeats=True)
    # A late word may still settle this call, and not what was in doubt before it.
    return Verdict(state=MessageState.UNKNOWN, in_doubt=known.in_doubt)


def _is_over(known: Known, due_at: datetime) -> bool:
    is_late = due_at > last_moment(known.created_at, known.not_after)
    return is_late or known.deferred >= MOST_DEFERRED or known.deaths.is_enough


def given_up(*, in_doubt: bool) -> MessageState:
    """Return what a message is that is tried no more: dead only where it surely did not go."""
    return MessageState.UNKNOWN if in_doubt else MessageState.DEAD


def cancelled(*, in_doubt: bool) -> Verdict:
    """Return that a message is called for no more; that it may have gone out stays known."""
    return Verdict(state=MessageState.CANCELLED, in_doubt=in_doubt)


def key_lives(expires_at: datetime | None, at: datetime) -> bool:
    """Return whether a call that begins at a moment ends while its key is known."""
    return expires_at is not None and at + LEASE <= expires_at


GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The signs of GSM 03.38 that take seven bits; with any other, a text takes sixteen for each."""
GSM_TWICE = frozenset("^{}\\[~]|€\f")
"""Signs that take the room of two of them."""


def count_parts(text: str) -> int:
    """Return in how many short messages a text goes: 160 signs, or 153 each in several.

    Arabic and Cyrillic take UCS-2: 70, or 67 each in several.
    """
    return size_of(text)[1]


def size_of(text: str) -> tuple[int, int, int]:
    """Return how many signs a text takes, in how many short messages, and how many they hold."""
    if set(text) <= GSM | GSM_TWICE:
        length, alone, each = len(text) + sum(sign in GSM_TWICE for sign in text), 160, 153
    else:
        length, alone, each = len(text.encode("utf-16-be")) // 2, 70, 67
    parts = 1 if length <= alone else -(-length // each)
    return length, parts, alone if parts == 1 else parts * each


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
