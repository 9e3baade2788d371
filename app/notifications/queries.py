"""Finding messages: what is due, what stands in an inbox, what troubles staff."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.accounts.models import Contact, ContactKind
from app.core.crypto import Unreadable
from app.core.db import db
from app.core.errors import NotFound
from app.notifications import events
from app.notifications.events import ASKED_BY_ANYBODY
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import LEASED, NO_RECEIPT, TROUBLED, WAITING, Deaths

PAGE = 20
MOST_IN_VAIN = 1000
OVERDUE = timedelta(minutes=2)
"""A message that is due for so long says that no worker carries it."""
DIED = "died"
"""The outcome of an attempt that ended with its worker, before anything was sent."""
LOST = "lost"
"""The outcome of an attempt whose worker did not come back from the call of the provider."""
DEATHS = (DIED, LOST)
AMONG = {DIED: "died_among", LOST: "lost_among"}
"""The same of a worker that had other messages in its hands; see rules.Deaths."""


# Written as the indexes are, or no database takes those for them.
IS_ALONE = and_(Message.is_alone)
IS_FALLEN = and_(Message.has_fallen, ~Message.is_alone)
IS_FRESH = and_(~Message.has_fallen, ~Message.is_alone)
"""How a message goes: by itself, in a small batch, in a large one."""


def is_due(channel: Channel, now: datetime) -> ColumnElement[bool]:
    """Return the condition of a message of a channel that waits and whose time has come."""
    return and_(Message.channel == channel, Message.state.in_(WAITING), Message.due_at <= now)


def is_stranded(channel: Channel, state: MessageState, now: datetime) -> ColumnElement[bool]:
    """Return the condition of a message of a channel whose worker did not come back in time."""
    return and_(Message.channel == channel, Message.state == state, Message.lease_until < now)


def has_work(channel: Channel, now: datetime) -> bool:
    """Return whether a drain would find anything; reads only, so an idle sweep locks nothing."""
    return any(find_work(channel, now))


def find_work(channel: Channel, now: datetime) -> tuple[bool, bool]:
    """Return whether anything of a channel is due, and whether a worker died over anything."""
    asked = select(exists().where(is_due(channel, now)), exists().where(_is_left(channel, now)))
    is_any_due, is_any_left = db.session.execute(asked).one()
    return is_any_due, is_any_left


def _is_left(channel: Channel, now: datetime) -> ColumnElement[bool]:
    return or_(
        is_stranded(channel, MessageState.CLAIMED, now),
        is_stranded(channel, MessageState.SENDING, now),
    )


class Kinds(NamedTuple):
    """What is due of a channel whose providers take many at once."""

    together: bool
    few: bool
    """What goes in small batches, because a worker died over it."""
    alone: bool
    """What goes by itself, or is still in the hands of a worker that died."""


def kinds_of_work(channel: Channel, now: datetime) -> Kinds:
    """Return what kinds of messages of a channel are due."""
    due = is_due(channel, now)
    by_itself = or_(and_(due, IS_ALONE), _is_left(channel, now))
    fresh, fallen = exists().where(due, IS_FRESH), exists().where(due, IS_FALLEN)
    asked = select(fresh, fallen, exists().where(by_itself))
    is_together, is_few, is_alone = db.session.execute(asked).one()
    return Kinds(together=is_together, few=is_few, alone=is_alone)


def phones_of(account_ids: Collection[int]) -> dict[int, str]:
    """Return the verified phone of each account, without those that cannot be read any more."""
    contacts = db.session.scalars(
        select(Contact).where(
            Contact.account_id.in_(account_ids),
            Contact.kind == ContactKind.PHONE,
            Contact.verified_at.is_not(None),
        )
    )
    found: dict[int, str] = {}
    for contact in contacts:
        with suppress(Unreadable):
            found[contact.account_id] = contact.address or ""
    return found


def channels_tried(stem: str) -> frozenset[Channel]:
    """Return by which channels something was told already that is told once by this name."""
    keys = [f"{stem}:{channel.value}" for channel in Channel]
    return frozenset(
        db.session.scalars(select(Message.channel).where(Message.dedupe_key.in_(keys)))
    )


def first_tried_at(message: Message) -> datetime:
    """Return when a message was tried first since staff last decided about it, or was written."""
    tried_at = db.session.scalar(
        select(func.min(MessageAttempt.started_at)).where(
            MessageAttempt.message_id == message.id,
            MessageAttempt.number > message.tries_before,
        )
    )
    return tried_at or message.created_at


def count_attempts(message: Message, *outcomes: str) -> int:
    """Return how many attempts ended in any of these ways since staff last decided about it."""
    return (
        db.session.scalar(
            select(func.count()).where(
                MessageAttempt.message_id == message.id,
                MessageAttempt.number > message.tries_before,
                MessageAttempt.outcome.in_(outcomes),
            )
        )
        or 0
    )


def count_deaths(message: Message) -> Deaths:
    """Return how many workers died over a message since staff last decided about it."""
    counted = (
        select(MessageAttempt.outcome, func.count())
        .where(
            MessageAttempt.message_id == message.id,
            MessageAttempt.number > message.tries_before,
            MessageAttempt.outcome.in_((*DEATHS, *AMONG.values())),
        )
        .group_by(MessageAttempt.outcome)
    )
    counts = {outcome: count for outcome, count in db.session.execute(counted)}
    return Deaths(
        alone=sum(counts.get(name, 0) for name in DEATHS),
        among=sum(counts.get(name, 0) for name in AMONG.values()),
    )


def list_inbox(
    account_id: int, *, before: int | None = None, limit: int = PAGE
) -> Sequence[Message]:
    """Return what an account was told, newest first, one more than the limit if there is more."""
    rows = (
        select(Message)
        .where(Message.account_id == account_id, Message.channel == Channel.PORTAL)
        .order_by(Message.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        rows = rows.where(Message.id < before)
    return db.session.scalars(rows).all()


def count_unread(account_id: int) -> int:
    """Return how many messages of an inbox nobody has read."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Message.account_id == account_id,
                Message.channel == Channel.PORTAL,
                Message.read_at.is_(None),
            )
        )
        or 0
    )


def list_for_cases(case_ids: Collection[int], account_id: int) -> Sequence[Message]:
    """Return what an account was told about some cases, newest first."""
    return db.session.scalars(
        select(Message)
        .where(
            Message.case_id.in_(case_ids),
            Message.account_id == account_id,
            Message.channel == Channel.PORTAL,
        )
        .order_by(Message.id.desc())
    ).all()


def list_about_case(case_id: int, *, limit: int) -> Sequence[Message]:
    """Return what was told about a case to whomever, the newest first."""
    rows = select(Message).where(Message.case_id == case_id).order_by(Message.id.desc())
    return db.session.scalars(rows.limit(limit)).all()


def attempts_of(message_ids: Collection[int]) -> dict[int, list[MessageAttempt]]:
    """Return the calls that were made for messages, by message, the first call first."""
    found: dict[int, list[MessageAttempt]] = {}
    rows = select(MessageAttempt).where(MessageAttempt.message_id.in_(message_ids))
    for attempt in db.session.scalars(rows.order_by(MessageAttempt.id)):
        found.setdefault(attempt.message_id, []).append(attempt)
    return found


def count_overdue(now: datetime) -> int:
    """Return how many messages should have gone a while ago and still wait."""
    # A large announcement takes as long as it takes.
    overdue = (
        Message.state.in_(WAITING),
        Message.due_at < now - OVERDUE,
        Message.priority < events.BULK,
    )
    return db.session.scalar(select(func.count(Message.id)).where(*overdue)) or 0


def get_from_inbox(account_id: int, uid: str) -> Message:
    """Return a message of an inbox; raise NotFound for anybody else's."""
    message = db.session.scalar(
        select(Message).where(
            Message.uid == uid,
            Message.account_id == account_id,
            Message.channel == Channel.PORTAL,
        )
    )
    if message is None:
        raise NotFound()
    return message


def list_troubled(
    post_id: int | None, *, before: int | None = None, limit: int = PAGE
) -> Sequence[Message]:
    """Return the messages that somebody at a post has to look after, newest first."""
    rows = select(Message).where(_is_troubled(post_id)).order_by(Message.id.desc()).limit(limit + 1)
    if before is not None:
        rows = rows.where(Message.id < before)
    return db.session.scalars(rows).all()


def count_troubled(post_id: int | None) -> int:
    """Return how many messages somebody at a post has to look after."""
    return db.session.scalar(select(func.count(Message.id)).where(_is_troubled(post_id))) or 0


def _is_troubled(post_id: int | None) -> ColumnElement[bool]:
    """Return the condition: unknown or dead, of the post or of none.

    Without what anybody has sent to addresses that are none: it would fill the list.
    """
    is_open = and_(Message.state.in_(TROUBLED), Message.is_passed_on.is_(False))
    return and_(is_open, _of_post(post_id), Message.event.not_in(ASKED_BY_ANYBODY))


def count_asked_in_vain() -> int:
    """Return how many codes and links did not reach an address that somebody typed, of a day.

    Counted up to MOST_IN_VAIN: strangers make as many as they like.
    """
    asked = select(Message.id).where(
        Message.state.in_(TROUBLED), Message.event.in_(ASKED_BY_ANYBODY)
    )
    some = asked.limit(MOST_IN_VAIN).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def get_of_post(post_id: int | None, uid: str) -> Message:
    """Return a message of a post or of none, locked; raise NotFound for another post's."""
    message = db.session.scalar(
        select(Message).where(Message.uid == uid, _of_post(post_id)).with_for_update(of=Message)
    )
    if message is None:
        raise NotFound()
    return message


def count_by_state(post_id: int | None) -> dict[MessageState, int]:
    """Return how many messages of a post that leave the house stand in each state."""
    rows = db.session.execute(
        select(Message.state, func.count())
        .where(Message.channel != Channel.PORTAL, _of_post(post_id))
        .group_by(Message.state)
    )
    return {state: count for state, count in rows}


def count_open(post_id: int | None) -> dict[MessageState, int]:
    """Return how many messages of a post are under way or trouble somebody, by state.

    In parts, each of which an index holds: what has gone out is most of the table.
    """
    counts: dict[MessageState, int] = {}
    for states in (WAITING, LEASED, TROUBLED):
        rows = db.session.execute(
            select(Message.state, func.count())
            .where(
                Message.state.in_(states),
                Message.is_passed_on.is_(False),
                _of_post(post_id),
                Message.event.not_in(ASKED_BY_ANYBODY),
            )
            .group_by(Message.state)
        )
        counts |= {state: count for state, count in rows}
    return counts


def count_without_receipt(post_id: int | None) -> int:
    """Return how many messages of a post were taken and never confirmed."""
    return (
        db.session.scalar(
            select(func.count(Message.id)).where(
                Message.last_error == NO_RECEIPT,
                Message.state == MessageState.ACCEPTED,
                _of_post(post_id),
            )
        )
        or 0
    )


def _of_post(post_id: int | None) -> ColumnElement[bool]:
    return or_(Message.post_id == post_id, Message.post_id.is_(None))
