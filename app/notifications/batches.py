"""The short steps by which a worker carries many messages out at once, to who honours keys.

As in delivery, each is one transaction of the caller and none is open over the call; but it has as
many statements for a hundred messages as for one. Only what was accepted is written down here:
whatever else is to be said of a message is said by delivery, one by one and by the same rule.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    case,
    exists,
    insert,
    literal,
    select,
    update,
)

from app.core import clock
from app.core.bulk import table_of
from app.core.db import UtcDateTime, db, new_uid
from app.notifications import delivery, queries, receipts, rules
from app.notifications.models import (
    Channel,
    Message,
    MessageAttempt,
    MessageReceipt,
    MessageState,
)
from app.notifications.rules import Provider, Reply, Result
from app.notifications.templates import shipped

UNTOLD = {"synchronize_session": False}
"""What is changed is in no session: the messages of a batch are what they were at its claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Messages that this worker alone may send, as they were claimed, the first to go first."""

    fence: str
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What became of a message of a batch that was marked."""

    id: int
    number: int
    reply: Reply

    @classmethod
    def of(cls, message: Message, reply: Reply) -> "Call":
        """Return the call of a message as it was claimed."""
        return cls(id=message.id, number=message.attempts + 1, reply=reply)


def claim(channel: Channel, now: datetime, most: int) -> Batch | None:
    """Take so many messages of a channel that are to go first; None when there are none.

    Not those that a worker died over: a message that kills takes two batches with it, of which
    the second is small, and after that nobody.
    """
    return _claim(channel, now, most, queries.IS_FRESH)


def claim_few(channel: Channel, now: datetime, most: int) -> Batch | None:
    """Take so many messages of batches that fell once; None when there are none."""
    return _claim(channel, now, most, queries.IS_FALLEN)


def _claim(channel: Channel, now: datetime, most: int, kind: ColumnElement[bool]) -> Batch | None:
    due = (
        select(Message.id)
        .where(queries.is_due(channel, now), kind)
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Message)
        .cte("due")
    )
    fence = new_uid()
    ids = db.session.scalars(
        update(Message)
        .where(Message.id.in_(select(due.c.id)))
        .values(
            state=MessageState.CLAIMED, fence=fence, lease_until=now + rules.LEASE, updated_at=now
        )
        .returning(Message.id)
        .execution_options(**UNTOLD)
    ).all()
    return Batch(fence=fence, messages=_detached(ids)) if ids else None


def _detached(ids: Collection[int]) -> list[Message]:
    rows = db.session.scalars(
        select(Message)
        .where(Message.id.in_(_these(ids)))
        .order_by(Message.priority, Message.due_at, Message.id)
    ).all()
    db.session.expunge_all()
    return list(rows)


def _held(ids: Collection[int], fence: str, *states: MessageState) -> list[ColumnElement[bool]]:
    return [Message.id.in_(_these(ids)), Message.fence == fence, Message.state.in_(states)]


def _these(ids: Collection[int], name: str = "named") -> Select[int]:
    named = table_of([{"id": one} for one in ids], name, id=BigInteger())
    return select(named.c.id)


def release(ids: Collection[int], fence: str) -> None:
    """Have claimed messages wait as if nobody had claimed them."""
    was_tried = Message.attempts > 0
    db.session.execute(
        update(Message)
        .where(*_held(ids, fence, MessageState.CLAIMED))
        .values(
            state=case((was_tried, MessageState.RETRY_WAIT), else_=MessageState.PENDING),
            lease_until=None,
            updated_at=clock.now(),
        )
        .execution_options(**UNTOLD)
    )


def mark(messages: Sequence[Message], fence: str, provider: Provider) -> frozenset[int]:
    """Note that messages, as they were claimed, are about to be handed to who honours keys.

    Returns those that may be: the others were cancelled or went to somebody else. What delivery
    says of its mark holds for each.
    """
    now = clock.now()
    marked = db.session.scalars(
        update(Message)
        .where(*_held([one.id for one in messages], fence, MessageState.CLAIMED))
        .values(
            state=MessageState.SENDING,
            attempts=Message.attempts + 1,
            provider=provider.name,
            provider_ref=None,
            key_expires_at=_key_expires_at(messages, provider, now),
            text_release=case(
                (Message.template_id.is_(None), shipped.release()), else_=Message.text_release
            ),
            receipt_due_at=now + rules.RECEIPT_WITHIN if provider.gives_receipts else None,
            lease_until=now + rules.LEASE,
            updated_at=now,
        )
        .returning(Message.id)
        .execution_options(**UNTOLD)
    ).all()
    done = frozenset(marked)
    _begin_attempts([one for one in messages if one.id in done], provider, now)
    return done


def _key_expires_at(
    messages: Sequence[Message], provider: Provider, now: datetime
) -> ColumnElement[datetime | None]:
    """Return until when the provider knows each key: its life begins at its first use."""
    if provider.key_life is None:
        raise ValueError("only who honours keys gets many at once")
    known = [one.id for one in messages if delivery.knows_key(provider, one, now)]
    is_known = Message.id.in_(_these(known, "known"))
    return case((is_known, Message.key_expires_at), else_=now + provider.key_life)


def _begin_attempts(messages: Sequence[Message], provider: Provider, now: datetime) -> None:
    begun = table_of(
        [
            {"id": one.id, "number": one.attempts + 1, "key": delivery.key_of(one)}
            for one in messages
        ],
        "begun",
        id=BigInteger(),
        number=Integer(),
        key=String(),
    )
    at, by = literal(now, UtcDateTime()), literal(provider.name)
    rows = select(begun.c.id, begun.c.number, at, by, begun.c.key)
    columns = ["message_id", "number", "started_at", "provider", "key"]
    db.session.execute(insert(MessageAttempt).from_select(columns, rows))


def record(calls: Sequence[Call], fence: str) -> None:
    """Note how calls ended, of those of which this worker still holds the fence."""
    taken = [call for call in calls if call.reply.result is Result.ACCEPTED]
    settled = _accept(taken, fence) if taken else frozenset()
    for call in calls:
        if call.id not in settled:
            delivery.record(call.id, fence, call.number, call.reply)


def _accept(calls: Sequence[Call], fence: str) -> frozenset[int]:
    """Write down which messages were accepted; return them, without those that a receipt met."""
    now, said = clock.now(), _said(calls)
    accepted = db.session.scalars(
        update(Message)
        .where(
            Message.id == said.c.id,
            Message.fence == fence,
            Message.state.in_(rules.UNANSWERED),
        )
        .values(
            state=MessageState.ACCEPTED,
            provider_ref=said.c.reference,
            in_doubt=False,
            lease_until=None,
            last_error=None,
            updated_at=now,
        )
        .returning(Message.id)
        .execution_options(**UNTOLD)
    ).all()
    _end_attempts(accepted, said, now)
    _apply_early(accepted)
    return frozenset(accepted)


def _said(calls: Sequence[Call]) -> FromClause:
    """Return what a provider said of each call, as a table that statements join."""
    rows = [
        {
            "id": call.id,
            "number": call.number,
            "reference": call.reply.reference or None,
            "code": call.reply.code,
        }
        for call in calls
    ]
    kinds = {"number": Integer(), "code": Integer()}
    return table_of(rows, "said", id=BigInteger(), reference=String(), **kinds)


def _end_attempts(ids: Collection[int], said: FromClause, now: datetime) -> None:
    db.session.execute(
        update(MessageAttempt)
        .where(
            MessageAttempt.message_id == said.c.id,
            MessageAttempt.number == said.c.number,
            MessageAttempt.message_id.in_(_these(ids)),
        )
        .values(ended_at=now, outcome=Result.ACCEPTED.value, code=said.c.code)
        .execution_options(**UNTOLD)
    )


def _apply_early(ids: Collection[int]) -> None:
    """Apply what was said of messages before their names were known."""
    early = exists().where(
        MessageReceipt.message_id.is_(None),
        MessageReceipt.provider == Message.provider,
        MessageReceipt.reference == Message.provider_ref,
    )
    met = select(Message).where(Message.id.in_(_these(ids)), early).with_for_update(of=Message)
    for message in db.session.scalars(met).all():
        receipts.apply_early(message)
