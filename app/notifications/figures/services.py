"""Counting the hours, and telling the heads of the posts once when the sending is in trouble."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Integer, and_, case, delete, extract, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from app.accounts import queries as accounts
from app.catalogue.models import Post
from app.core.actor import Role
from app.core.db import add_once, db
from app.jobs import rules as jobs
from app.notifications import events
from app.notifications import services as notifications
from app.notifications.figures import queries, rules
from app.notifications.figures.models import MessageHour, SendingTrouble
from app.notifications.figures.rules import Trouble
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Result

HOUR = timedelta(hours=1)
MOST_MADE_UP = timedelta(hours=48)
"""So much is counted afterwards where nobody counted for a while."""
KEPT = timedelta(days=90)
TOLD = (Role.HEAD, Role.ADMIN)
EVENT = "sending_trouble"

Key = tuple[int, Channel]
BADLY = {MessageState.UNKNOWN: "unknown", MessageState.DEAD: "dead"}


def count_hours(now: datetime) -> None:
    """Count the present hour anew, the one before it, and those that nobody counted to the end."""
    for begins_at in _uncounted(now):
        _count(begins_at)
    old = MessageHour.begins_at < now - KEPT
    db.session.execute(delete(MessageHour).where(old))


def _uncounted(now: datetime) -> Iterator[datetime]:
    present = jobs.period_start(now, HOUR)
    newest = db.session.scalar(select(func.max(MessageHour.begins_at)))
    made_up = present - MOST_MADE_UP
    begins_at = max(min(newest or made_up, present - HOUR), made_up)
    while begins_at <= present:
        yield begins_at
        begins_at += HOUR


def _count(begins_at: datetime) -> None:
    """Write the counts of an hour, in place of what stands there."""
    counts: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(queries.COUNTS, 0))
    for key, name, count in (*_calls(begins_at), *_bad_ends(begins_at)):
        counts[key][name] += count
    db.session.execute(delete(MessageHour).where(MessageHour.begins_at == begins_at))
    rows = [
        {"begins_at": begins_at, "post_id": post_id, "channel": channel.value, **one}
        for (post_id, channel), one in counts.items()
    ]
    if rows:
        db.session.execute(insert(MessageHour), rows)


def _calls(begins_at: datetime) -> Iterator[tuple[Key, str, int]]:
    """Yield how many calls began in an hour, how many of them were taken, and what of them late."""
    is_taken = MessageAttempt.outcome == Result.ACCEPTED
    counted = {
        "called": func.count(),
        "taken": _how_many(is_taken),
        "swift": _how_many(and_(is_taken, _waited() <= rules.SWIFT.total_seconds())),
        "retries": _how_many(MessageAttempt.number > 1),
    }
    rows = db.session.execute(
        select(Message.post_id, Message.channel, *counted.values())
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(
            MessageAttempt.started_at >= begins_at,
            MessageAttempt.started_at < begins_at + HOUR,
            MessageAttempt.provider.is_not(None),
        )
        .group_by(Message.post_id, Message.channel)
    )
    for post_id, channel, *figures in rows:
        for name, figure in zip(counted, figures, strict=True):
            yield (post_id or queries.NO_POST, channel), name, int(figure)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0), type_=Integer)


def _waited() -> ColumnElement[int]:
    """Return the seconds from a message's being due until its call ended; whole ones on SQLite.

    A message that is taken at its first call still has the time at which it was due. Of the
    others that time is over, and they count from their writing: they are late in any case.
    """
    due_at = case((MessageAttempt.number == 1, Message.due_at), else_=Message.created_at)
    return extract("epoch", MessageAttempt.ended_at) - extract("epoch", due_at)


def _bad_ends(begins_at: datetime) -> Iterator[tuple[Key, str, int]]:
    rows = db.session.execute(
        select(Message.post_id, Message.channel, Message.state, func.count())
        .where(
            Message.state.in_(BADLY),
            Message.is_passed_on.is_(False),
            # Or one network had all heads told by typing addresses that are none.
            Message.event.not_in(events.ASKED_BY_ANYBODY),
            Message.updated_at >= begins_at,
            Message.updated_at < begins_at + HOUR,
        )
        .group_by(Message.post_id, Message.channel, Message.state)
    )
    for post_id, channel, state, count in rows:
        yield (post_id or queries.NO_POST, channel), BADLY[state], count


def watch(now: datetime) -> None:
    """Find what is wrong with the sending; tell of what is new, and note what is over."""
    known = {row.kind: row for row in queries.list_open_troubles()}
    found = rules.troubles(queries.standing(now), known=frozenset(known), now=now)
    for kind in sorted(found - known.keys()):
        if add_once(SendingTrouble(kind=kind, began_at=now)):
            _tell_heads(kind, now)
    for kind in known.keys() - found:
        known[kind].ended_at = now


def _tell_heads(kind: Trouble, now: datetime) -> None:
    """Tell heads and admins of all posts, who share the providers, once a day of each trouble."""
    for post_id in db.session.scalars(select(Post.id).order_by(Post.id)):
        for staff in accounts.list_colleagues(post_id, TOLD):
            notifications.tell_staff(
                EVENT,
                staff,
                dedupe=f"{EVENT}/{kind}/{now.date().isoformat()}/{staff.uid}",
                payload={"trouble": kind.value},
            )
