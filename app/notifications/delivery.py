"""The short steps by which a worker carries a message out.

Every step is one transaction of the caller; between `mark` and `record` no transaction is open.
"""

import random
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update

from app.core import clock
from app.core.db import db, new_uid
from app.notifications import events, fallen, queries, receipts, rules, writing
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.push import services as devices
from app.notifications.rules import Provider, Reply, Result
from app.notifications.templates import shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that this worker alone may send, and the fence by which it proves it."""

    id: int
    fence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The number of an attempt, and the key by which its provider takes it once; empty: none."""

    number: int
    key: str


def claim(channel: Channel, now: datetime, *where: ColumnElement[bool]) -> Claim | None:
    """Take the message of a channel that is to go first under a lease; None when there is none.

    Further conditions hold for those whose turn it is, not for those whose worker died.

    One at a time, so that a lease has to last for one message and not for those before it. One
    that was being sent when its lease ran out may have arrived: the table of outcomes says
    whether it is tried again.
    """
    return _claim_left(channel, now) or claim_due(channel, now, *where)


def _claim_left(channel: Channel, now: datetime) -> Claim | None:
    """Settle what workers died over while it was sent; take the first of what was not sent yet.

    What they had in batches waits again, to go in smaller ones (`fallen`).
    """
    _reap(channel, now)
    fallen.let_wait(channel, now)
    message = _find_stranded(channel, now)
    return None if message is None else _claimed(message, now)


def claim_due(channel: Channel, now: datetime, *where: ColumnElement[bool]) -> Claim | None:
    """Take the message of a channel that waits and is to go first; None when there is none."""
    message = db.session.scalar(
        select(Message)
        .where(queries.is_due(channel, now), *where)
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )
    return None if message is None else _claimed(message, now)


def _claimed(message: Message, now: datetime) -> Claim:
    message.state, message.fence, message.is_alone = MessageState.CLAIMED, new_uid(), True
    message.lease_until, message.updated_at = now + rules.LEASE, now
    return Claim(id=message.id, fence=message.fence)


def _reap(channel: Channel, now: datetime) -> None:
    lost = db.session.scalars(
        select(Message)
        .where(queries.is_stranded(channel, MessageState.SENDING, now))
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    for message in lost:
        end_attempt(message.id, message.attempts, _death(message, queries.LOST), now)
        verdict = _judge(message, Reply(result=Result.AMBIGUOUS), now)
        settle(message, verdict, now, error=Result.AMBIGUOUS)
        message.is_alone, message.has_fallen = message.is_alone or message.has_fallen, True


def _find_stranded(channel: Channel, now: datetime) -> Message | None:
    """Return a message whose worker died over it; one that killed too many is given up."""
    while (message := _next_stranded(channel, now)) is not None:
        if not _count_death(message, now).is_enough:
            return message
        give_up(message, now, error=queries.DIED)
    return None


def _next_stranded(channel: Channel, now: datetime) -> Message | None:
    return db.session.scalar(
        select(Message)
        .where(queries.is_stranded(channel, MessageState.CLAIMED, now))
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )


def _count_death(message: Message, now: datetime) -> rules.Deaths:
    message.attempts += 1
    attempt = MessageAttempt(message_id=message.id, number=message.attempts, started_at=now)
    attempt.ended_at, attempt.outcome = now, _death(message, queries.DIED)
    message.is_alone = True
    db.session.add(attempt)
    db.session.flush()
    return queries.count_deaths(message)


def _death(message: Message, outcome: str) -> str:
    """Return the outcome of a death: in a batch, any of its messages may have been the cause."""
    return outcome if message.is_alone else queries.AMONG[outcome]


def find_claimed(message_id: int, fence: str) -> Message | None:
    """Return a message that is still claimed under this fence."""
    return db.session.scalar(_claimed_by(message_id, fence))


def _lock_claimed(message_id: int, fence: str) -> Message | None:
    """Return the same, while nobody else can claim or cancel it."""
    return db.session.scalar(_claimed_by(message_id, fence).with_for_update(of=Message))


def _claimed_by(message_id: int, fence: str) -> Select[Message]:
    return select(Message).where(
        Message.id == message_id,
        Message.fence == fence,
        Message.state == MessageState.CLAIMED,
    )


def mark(message_id: int, fence: str, provider: Provider) -> Marked | None:
    """Note that a message is about to be handed to a provider; return what to call it by.

    None when the lease went to somebody else: then it must not be sent. This is committed before
    the provider is called, so a worker that dies leaves a trace of what it may have done.
    """
    now = clock.now()
    message = _lock_claimed(message_id, fence)
    if message is None:
        return None
    message.key_expires_at = _key_expires_at(message, provider, now)
    message.provider, message.provider_ref = provider.name, None
    if message.template_id is None:
        # A shipped text is that of the release that sends it, whichever wrote the row.
        message.text_release = shipped.release()
    message.receipt_due_at = now + rules.RECEIPT_WITHIN if provider.gives_receipts else None
    message.state, message.attempts = MessageState.SENDING, message.attempts + 1
    message.lease_until, message.updated_at = now + rules.LEASE, now
    attempt = MessageAttempt(message_id=message.id, number=message.attempts, started_at=now)
    attempt.provider = provider.name
    attempt.key = key_of(message) if message.key_expires_at else None
    db.session.add(attempt)
    return Marked(number=message.attempts, key=attempt.key or "")


def knows_key(provider: Provider, message: Message, now: datetime) -> bool:
    """Return whether a provider still knows the key of a message when a call of now has ended."""
    return message.provider == provider.name and rules.key_lives(message.key_expires_at, now)


def _key_expires_at(message: Message, provider: Provider, now: datetime) -> datetime | None:
    """Return until when a provider knows the key of a message: its life begins at its first use."""
    if provider.key_life is None:
        return None
    return message.key_expires_at if knows_key(provider, message, now) else now + provider.key_life


def key_of(message: Message) -> str:
    """Return by what a provider knows a message again; another one once staff send it again."""
    return f"{message.uid}-{message.tries_before}" if message.tries_before else message.uid


def record(message_id: int, fence: str, number: int, reply: Reply) -> None:
    """Note how a call ended, if this worker still holds the fence.

    A message that was given up as unknown meanwhile is settled too: now it is known.
    """
    now = clock.now()
    held = (*rules.UNANSWERED, *rules.TOLD_BY_RECEIPT)
    message = db.session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.fence == fence, Message.state.in_(held))
        .with_for_update(of=Message)
    )
    if message is None:
        return
    end_attempt(message_id, number, reply.result, now, code=reply.code)
    devices.mark_gone(reply.gone)
    message.provider_ref = reply.reference or None
    if message.state in rules.TOLD_BY_RECEIPT:
        return  # Its receipt was quicker than its answer.
    verdict = _judge(message, reply, now)
    if verdict.state is MessageState.ACCEPTED:
        settle(message, verdict, now, error=None)
        receipts.apply_early(message)
        return
    settle(message, verdict, now, error=reply.result)
    if verdict.state is MessageState.DEAD:
        receipts.end_badly(message, now, error=reply.result, is_gone=reply.is_gone)
    else:
        _lose_patience(message, now, error=reply.result)


def put_back(message_id: int, fence: str, error: str, provider: Provider | None = None) -> None:
    """Let a claimed message wait, because something that is no fault of it came in between."""
    message = _lock_claimed(message_id, fence)
    if message is not None:
        now = clock.now()
        message.attempts += 1
        attempt = MessageAttempt(message_id=message.id, number=message.attempts, started_at=now)
        attempt.ended_at, attempt.outcome = now, error[:32]
        attempt.provider = provider.name if provider else None
        db.session.add(attempt)
        verdict = _judge(message, Reply(result=Result.UNREACHED), now)
        settle(message, verdict, now, error=error)
        if verdict.state is MessageState.DEAD:
            receipts.end_badly(message, now, error=error, is_gone=False)
        else:
            _lose_patience(message, now, error=error)


def _lose_patience(message: Message, now: datetime, *, error: str) -> None:
    """Tell by the next way what one that may be shut has not taken for a while, surely not."""
    patience = rules.PATIENCE.get(message.channel)
    waits = message.state is MessageState.RETRY_WAIT and not message.in_doubt
    if patience is None or not waits or now - queries.first_tried_at(message) < patience:
        return
    if writing.pass_on(message, now):
        settle(message, rules.Verdict(state=MessageState.DEAD), now, error=error)
        message.is_passed_on = True


def faint(message_id: int, fence: str) -> None:
    """Let a claimed message that took all memory wait; that counts as a worker's death over it."""
    message = _lock_claimed(message_id, fence)
    if message is None:
        return
    now = clock.now()
    if _count_death(message, now).is_enough:
        give_up(message, now, error=queries.DIED)
        return
    verdict = _judge(message, Reply(result=Result.UNREACHED), now)
    settle(message, verdict, now, error=queries.DIED)


def bury(message_id: int, fence: str, error: str) -> None:
    """Give a claimed message up that cannot be sent any more."""
    message = _lock_claimed(message_id, fence)
    if message is not None:
        give_up(message, clock.now(), error=error)


def pass_by(message_id: int, fence: str, error: str) -> None:
    """Give a claimed message up whose recipient is not reached this way any more.

    It is told by the next way, unless it may have gone out.
    """
    message = _lock_claimed(message_id, fence)
    if message is None:
        return
    now = clock.now()
    give_up(message, now, error=error)
    if message.state is MessageState.DEAD:
        receipts.end_badly(message, now, error=error, is_gone=False)


def drop(message_id: int, fence: str, error: str) -> None:
    """Cancel a claimed message that nobody needs any more."""
    message = _lock_claimed(message_id, fence)
    if message is not None:
        verdict = rules.cancelled(in_doubt=message.in_doubt)
        settle(message, verdict, clock.now(), error=error)


def hold_back(message_id: int, fence: str, until: datetime) -> None:
    """Let a claimed message wait for a moment at which its reader wishes for it."""
    message = _lock_claimed(message_id, fence)
    if message is not None:
        waits = MessageState.RETRY_WAIT if message.attempts else MessageState.PENDING
        verdict = rules.Verdict(state=waits, due_at=until, in_doubt=message.in_doubt)
        settle(message, verdict, clock.now(), error=message.last_error)


def give_up(message: Message, now: datetime, *, error: str) -> None:
    """End a message: dead, or unknown where an earlier call may have brought it."""
    verdict = rules.Verdict(
        state=rules.given_up(in_doubt=message.in_doubt), in_doubt=message.in_doubt
    )
    settle(message, verdict, now, error=error)


def _judge(message: Message, reply: Reply, now: datetime) -> rules.Verdict:
    # Of what was accepted nothing has to be counted, and most is.
    is_counted = reply.result is not Result.ACCEPTED
    put_off = (Result.DEFERRED, Result.FAILED)
    known = rules.Known(
        attempts=message.attempts - message.tries_before,
        created_at=message.created_at,
        not_after=message.not_after,
        deferred=queries.count_attempts(message, *put_off) if is_counted else 0,
        deaths=queries.count_deaths(message) if is_counted else rules.Deaths(),
        in_doubt=message.in_doubt,
        key_expires_at=message.key_expires_at,
        may_repeat=events.may_repeat(message.event),
        was_repeated=message.was_repeated,
    )
    # Spread in time, not a secret.
    return rules.judge(reply, known, now=now, jitter=random.random())  # noqa: S311


def settle(message: Message, verdict: rules.Verdict, now: datetime, *, error: str | None) -> None:
    """Write down what becomes of a message, and why; its lease is over."""
    message.state, message.lease_until, message.updated_at = verdict.state, None, now
    message.last_error = error[:64] if error else None
    message.in_doubt = verdict.in_doubt
    message.was_repeated = message.was_repeated or verdict.repeats
    if verdict.due_at is not None:
        message.due_at = verdict.due_at


def end_attempt(
    message_id: int, number: int, outcome: str, now: datetime, *, code: int | None = None
) -> None:
    """Write down how an attempt ended."""
    db.session.execute(
        update(MessageAttempt)
        .where(MessageAttempt.message_id == message_id, MessageAttempt.number == number)
        .values(ended_at=now, outcome=str(outcome), code=code)
    )
