"""Telling people, and the short steps by which a worker carries a message out.

Every step is one transaction of the caller; between `mark` and `record` no transaction is open.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from app.accounts import queries as accounts
from app.accounts.models import Account
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DataKey, new_data_key
from app.core.db import add_all_once, add_once, db, new_uid
from app.core.errors import Conflict
from app.notifications import events, queries, rules
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Result, Wish

DRAIN = "notifications.drain"
FORGOTTEN_AT_ONCE = 12_000
ADDRESSED_KEPT = timedelta(days=1)
"""How long a code and the address it went to are kept, for whoever asks why it did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that this worker alone may send, and the fence by which it proves it."""

    id: int
    fence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one account is told; see tell."""

    account_id: int
    dedupe: str
    payload: Mapping[str, str]
    post_id: int | None = None
    case_id: int | None = None
    due_at: datetime | None = None
    not_after: datetime | None = None


def tell(
    event: str,
    *,
    account_id: int,
    dedupe: str,
    payload: Mapping[str, str],
    post_id: int | None = None,
    case_id: int | None = None,
    due_at: datetime | None = None,
    not_after: datetime | None = None,
) -> None:
    """Tell an account in its language, in its inbox and by mail, once the transaction commits.

    The same `dedupe` again tells nothing. `payload` holds references, plain words, dates and
    paths (see events.Event), never names, numbers of documents or titles of papers; ValueError
    when the event's texts would lack something. A later `due_at` holds back the mail only.
    """
    news = News(
        account_id=account_id,
        dedupe=dedupe,
        payload=payload,
        post_id=post_id,
        case_id=case_id,
        due_at=due_at,
        not_after=not_after,
    )
    tell_all(event, [news])


def tell_all(event: str, news: Sequence[News]) -> None:
    """Tell many accounts of one kind of event, in as many statements as one; see tell."""
    if not news:
        return
    ids = {one.account_id for one in news}
    known = {row.id: row for row in db.session.scalars(select(Account).where(Account.id.in_(ids)))}
    addressed = accounts.with_address(ids)
    for_each = (
        _messages(event, one, known[one.account_id], has_address=one.account_id in addressed)
        for one in news
    )
    add_all_once(chain.from_iterable(for_each))


def _messages(event: str, news: News, account: Account, *, has_address: bool) -> Iterator[Message]:
    """Make the rows of what an account is told: one for its inbox, one for its mail."""
    kind = events.get(event, frozenset(news.payload))
    now = clock.now()
    not_after = news.not_after or (now + kind.life if kind.life else None)
    common = {"event": kind.name, "priority": kind.priority, "not_after": not_after}
    common |= {"account_id": account.id, "language": account.language}
    common |= {"post_id": news.post_id, "case_id": news.case_id}
    ways = [(Channel.PORTAL, MessageState.DELIVERED, now)]
    if has_address:
        ways.append((Channel.EMAIL, MessageState.PENDING, news.due_at or now))
        _ring()
    for channel, state, due in ways:
        key = f"{news.dedupe}:{channel.value}"
        row = {**common, "dedupe_key": key, "channel": channel, "state": state, "due_at": due}
        yield _message(account.data_key, news.payload, **row)


def tell_address(
    event: str,
    *,
    address: str,
    language: str,
    dedupe: str,
    payload: Mapping[str, str],
    priority: int | None = None,
) -> None:
    """Send a mail to an address that no account stands behind, such as a code to sign in.

    The message has a key of its own, so that it can be forgotten by itself (forget_addressed).
    """
    kind = events.get(event, frozenset(payload))
    now = clock.now()
    key = new_data_key(now)
    db.session.add(key)
    db.session.flush()
    message = _message(
        key,
        {**payload, "to": address},
        event=kind.name,
        language=language,
        priority=priority or kind.priority,
        dedupe_key=f"{dedupe}:email",
        channel=Channel.EMAIL,
        state=MessageState.PENDING,
        due_at=now,
        not_after=now + kind.life if kind.life else None,
    )
    add_once(message)
    _ring()


def forget_addressed(now: datetime) -> None:
    """Delete messages to bare addresses a day after they were over, and their keys.

    As many at once as sign-in lets be sent in an hour; the rest at the next time.
    """
    over = (
        select(Message.id)
        .where(
            Message.account_id.is_(None),
            Message.state.not_in(rules.UNDER_WAY),
            Message.updated_at < now - ADDRESSED_KEPT,
        )
        .order_by(Message.id)
        .limit(FORGOTTEN_AT_ONCE)
    )
    keys = db.session.scalars(
        delete(Message).where(Message.id.in_(over)).returning(Message.data_key_id)
    ).all()
    db.session.execute(delete(DataKey).where(DataKey.id.in_(keys)))


def _message(key: DataKey, payload: Mapping[str, str], **columns: object) -> Message:
    now = clock.now()
    message = Message(data_key=key, created_at=now, updated_at=now, **columns)
    message.payload = dict(payload)
    return message


def _ring() -> None:
    current_app.extensions["doorbell"].after_commit(DRAIN)


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
        _settle(message, verdict, now, error=Result.AMBIGUOUS)
        _end_attempt(message.id, message.attempts, Result.AMBIGUOUS, now)


def _find_stranded(channel: Channel, now: datetime) -> Message | None:
    """Return a message whose worker died over it; one that killed too many is dead."""
    while (message := _next_stranded(channel, now)) is not None:
        if _count_death(message, now) < rules.MOST_DEATHS:
            return message
        _settle(message, rules.Verdict(state=MessageState.DEAD), now, error=queries.DIED)
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
    _settle(message, verdict, now, error=error)


def put_back(message_id: int, fence: str, error: str) -> None:
    """Let a claimed message wait, because something that is no fault of it came in between."""
    message = find_claimed(message_id, fence)
    if message is not None:
        now = clock.now()
        message.attempts += 1
        verdict = _judge(message, Result.UNREACHED, now)
        _settle(message, verdict, now, error=error)


def bury(message_id: int, fence: str, state: MessageState, error: str) -> None:
    """End a claimed message that cannot or need not be sent any more."""
    message = find_claimed(message_id, fence)
    if message is not None:
        _settle(message, rules.Verdict(state=state), clock.now(), error=error)


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


def _settle(message: Message, verdict: rules.Verdict, now: datetime, *, error: str | None) -> None:
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


def decide(uid: str, wish: Wish, *, actor: Actor) -> Message:
    """Send an unknown or dead message again, or leave it; the decision goes on record.

    Raises NotFound for another post's message, and Conflict when somebody has decided already or
    when what the message tells is over.
    """
    message = queries.get_of_post(actor.post_id, uid)
    if not rules.may_decide(message.state):
        raise Conflict(_l("Somebody has decided about this message already."))
    now = clock.now()
    before = message.state.value
    if wish is Wish.SEND_AGAIN:
        _extend(message, now)
        message.tries_before = message.attempts
        _settle(message, rules.Verdict(state=MessageState.PENDING, due_at=now), now, error=None)
        _ring()
    else:
        _settle(message, rules.Verdict(state=MessageState.CANCELLED), now, error="left")
    audit.record(
        f"message.{wish.value}",
        actor=actor,
        object_kind="message",
        object_uid=message.uid,
        fields={"event": message.event, "was": before},
    )
    return message


def _extend(message: Message, now: datetime) -> None:
    """Give a message time to be sent again; what is tied to a moment gets no more than it had."""
    if not events.EVENTS[message.event].is_timely:
        message.not_after = now + rules.LONGEST
    elif message.not_after is not None and message.not_after <= now:
        raise Conflict(_l("What this message tells is over. It is not sent again."))


def mark_read(account_id: int, uid: str) -> Message:
    """Note that a message of an inbox was read, the first time; raise NotFound for another's."""
    message = queries.get_from_inbox(account_id, uid)
    if message.read_at is None:
        message.read_at = clock.now()
    return message


def mark_all_read(account_id: int) -> None:
    """Note that everything in an inbox was read."""
    db.session.execute(
        update(Message)
        .where(
            Message.account_id == account_id,
            Message.channel == Channel.PORTAL,
            Message.read_at.is_(None),
        )
        .values(read_at=clock.now())
    )
