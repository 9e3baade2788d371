"""The short steps by which a worker carries a message out.

Every step is one transaction of the caller; between `mark` and `record` no transaction is open.
"""

import random
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.core import clock
from app.core.db import db, new_uid
from app.notifications import queries, rules
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that this worker alone may send, and the fence by which it proves it."""

    id: int
    fence: str


def claim(channel: Channel, now: datetime) -> Claim | None:
    """Take the message of a channel that is to go first under a lease; None when there is none.

    One at a time, so that a lease has to last for one message and not for those before it. One
    that was being sent when its lease ran out may have arrived: it becomes unknown.
    """
    _reap(channel, now)
    message = _find_stranded(channel, now) or db.session.scalar(
        select(Message)
        .where(queries.is_due(channel, now))
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )
    if message is None:
        return None
    message.state, message.fence = MessageState.CLAIMED, new_uid()
    message.lease_until, message.updated_at = now + rules.LEASE, now
    return Claim(id=message.id, fence=message.fence)


def _reap(channel: Channel, now: datetime) -> None:
    lost = db.session.scalars(
        select(Message)
        .where(queries.is_stranded(channel, MessageState.SENDING, now))
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    for message in lost:
        verdict = _judge(message, Result.AMBIGUOUS, now)
        settle(message, verdict, now, error=Result.AMBIGUOUS)
        _end_attempt(message.id, message.attempts, Result.AMBIGUOUS, now)


def _find_stranded(channel: Channel, now: datetime) -> Message | None:
    """Return a message whose worker died over it; one that killed too many is dead."""
    while (message := _next_stranded(channel, now)) is not None:
        if _count_death(message, now) < rules.MOST_DEATHS:
            return message
        settle(message, rules.Verdict(state=MessageState.DEAD), now, error=queries.DIED)
    return None


def _next_stranded(channel: Channel, now: datetime) -> Message | None:
    return db.session.scalar(
        select(Message)
        .where(queries.is_stranded(channel, MessageState.CLAIMED, now))
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )


def _count_death(message: Message, now: datetime) -> int:
    message.attempts += 1
    attempt = MessageAttempt(message_id=message.id, number=message.attempts, started_at=now)
    attempt.ended_at, attempt.outcome = now, queries.DIED
    db.session.add(attempt)
    db.session.flush()
    return queries.count_attempts(message, queries.DIED)


def find_claimed(message_id: int, fence: str) -> Message | None:
    """Return a message that is still claimed under this fence."""
    return db.session.scalar(
        select(Message).where(
            Message.id == message_id,
            Message.fence == fence,
            Message.state == MessageState.CLAIMED,
        )
    )


def mark(message_id: int, fence: str) -> int | None:
    """Note that a message is about to be handed over; return the number of the attempt.

    None when the lease went to somebody else: then it must not be sent. This is committed before
    the provider is called, so a worker that dies leaves a trace of what it may have done.
    """
    now = clock.now()
    number = db.session.scalar(
        update(Message)
        .where(
            Message.id == message_id,
            Message.fence == fence,
            Message.state == MessageState.CLAIMED,
        )
        .values(
            state=MessageState.SENDING,
            attempts=Message.attempts + 1,
            lease_until=now + rules.LEASE,
            updated_at=now,
        )
        .returning(Message.attempts)
        .execution_options(synchronize_session=False)
    )
    if number is not None:
        db.session.add(MessageAttempt(message_id=message_id, number=number, started_at=now))
    return number


def record(message_id: int, fence: str, number: int, result: Result) -> None:
    """Note how a call ended, if this worker still holds the fence.

    A message that was given up as unknown meanwhile is settled too: now it is known.
    """
    now = clock.now()
    held = (MessageState.SENDING, MessageState.UNKNOWN)
    message = db.session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.fence == fence, Message.state.in_(held))
        .with_for_update(of=Message)
    )
    if message is None:
        return
    _end_attempt(message_id, number, result, now)
    verdict = _judge(message, result, now)
    error = None if verdict.state is MessageState.ACCEPTED else result
    settle(message, verdict, now, error=error)


def put_back(message_id: int, fence: str, error: str) -> None:
    """Let a claimed message wait, because something that is no fault of it came in between."""
    message = find_claimed(message_id, fence)
    if message is not None:
        now = clock.now()
        message.attempts += 1
        verdict = _judge(message, Result.UNREACHED, now)
        settle(message, verdict, now, error=error)


def bury(message_id: int, fence: str, state: MessageState, error: str) -> None:
    """End a claimed message that cannot or need not be sent any more."""
    message = find_claimed(message_id, fence)
    if message is not None:
        settle(message, rules.Verdict(state=state), clock.now(), error=error)


def _judge(message: Message, result: Result, now: datetime) -> rules.Verdict:
    return rules.judge(
        result,
        attempts=message.attempts - message.tries_before,
        deferred=queries.count_attempts(message, Result.DEFERRED),
        created_at=message.created_at,
        not_after=message.not_after,
        now=now,
        jitter=random.random(),  # noqa: S311  (spread in time, not a secret)
    )


def settle(message: Message, verdict: rules.Verdict, now: datetime, *, error: str | None) -> None:
    """Write down what becomes of a message, and why; its lease is over."""
    message.state, message.lease_until, message.updated_at = verdict.state, None, now
    message.last_error = error[:64] if error else None
    if verdict.due_at is not None:
        message.due_at = verdict.due_at


def _end_attempt(message_id: int, number: int, result: Result, now: datetime) -> None:
    db.session.execute(
        update(MessageAttempt)
        .where(MessageAttempt.message_id == message_id, MessageAttempt.number == number)
        .values(ended_at=now, outcome=result.value)
    )
