"""Telling people, and what staff and readers decide about what was told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select, update

from app.accounts import staff_mail
from app.accounts.models import StaffMember
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DataKey, new_data_key
from app.core.db import add_all_once, add_once, db
from app.core.errors import Conflict
from app.notifications import (
    delivery,
    discreet,
    events,
    queries,
    rules,
    superseding,
    unwanted,
    writing,
)
from app.notifications.announcements.rules import STOPPED
from app.notifications.models import Channel, Message, MessageState
from app.notifications.preferences import queries as preferences
from app.notifications.rules import Wish
from app.notifications.templates import pinning
from app.notifications.templates.pinning import Pins

FORGOTTEN_AT_ONCE = 12_000
ADDRESSED_KEPT = timedelta(days=1)
"""How long a code and the address it went to are kept, for whoever asks why it did not arrive."""
UNDECIDED_KEPT = timedelta(days=30)
"""So long staff may take to decide about what did not reach somebody without an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one account is told; see tell."""

    account_id: int
    dedupe: str
    payload: Mapping[str, str]
    post_id: int | None = None
    case_id: int | None = None
    announcement_id: int | None = None
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

    It is told by the first way that it has confirmed, in the order that it chose, and not in its
    quiet hours unless that is urgent (preferences.rules); what it unsubscribed stays in the inbox.

    The same `dedupe` again tells nothing. `payload` holds references, plain words, dates and
    paths (see events.Event), never names, numbers of documents or titles of papers; ValueError
    when the event's texts would lack something. What it makes untrue of earlier messages is not
    sent any more (see superseding). A later `due_at` holds back the mail only.
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
    superseding.cancel_older(event, [_told(one) for one in news])
    ids = frozenset(one.account_id for one in news)
    plans = writing.plans_for(ids)
    pins = pinning.pins_of(event, [(one.post_id, one.case_id) for one in news])
    for_each = (_messages(event, one, plans[one.account_id], pins) for one in news)
    # Rows with and without a text of the post are written in one statement each.
    rows = sorted(chain.from_iterable(for_each), key=lambda row: row.template_id is None)
    add_all_once(rows)


def _told(news: News) -> superseding.Told:
    return superseding.Told(account_id=news.account_id, dedupe=news.dedupe, payload=news.payload)


def _messages(event: str, news: News, plan: writing.Plan, pins: Pins) -> Iterator[Message]:
    """Make the rows of what an account is told: one for its inbox, one for its mail or phone."""
    kind = events.get(event, frozenset(news.payload))
    now = clock.now()
    not_after = news.not_after or (now + kind.life if kind.life else None)
    common: dict[str, object] = {"event": kind.name, "not_after": not_after}
    common |= {"account_id": plan.account.id, "language": plan.account.language}
    common |= {"post_id": news.post_id, "case_id": news.case_id}
    common |= {"announcement_id": news.announcement_id}
    ways = [(Channel.PORTAL, MessageState.DELIVERED, now)]
    way = plan.way(kind)
    if way is not None:
        due_at = plan.due_at(kind, news.payload, news.due_at or now, not_after=not_after)
        ways.append((way, MessageState.PENDING, due_at))
        writing.ring(way)
    for channel, state, due in ways:
        key = f"{news.dedupe}:{channel.value}"
        row = {**common, "dedupe_key": key, "channel": channel, "state": state, "due_at": due}
        row |= {"priority": kind.rank(news.payload, due)}
        text = pins.find(news.post_id, news.case_id, channel)
        is_wished = plan.wishes.is_discreet and channel is not Channel.PORTAL
        payload = discreet.as_wished(news.payload, kind, is_wished=is_wished)
        yield writing.row(plan.account.data_key, payload, template_id=text, **row)


def tell_address(
    event: str,
    *,
    address: str,
    language: str,
    dedupe: str,
    payload: Mapping[str, str],
    priority: int | None = None,
    channel: Channel = Channel.EMAIL,
    template_id: int | None = None,
    post_id: int | None = None,
    case_id: int | None = None,
) -> None:
    """Send a message to an address that no account stands behind, such as a code to sign in.

    With a text of a post where one is named, which is how such a text is tried.
    The message has a key of its own, so that it can be forgotten by itself (forget_addressed).
    """
    kind = events.get(event, frozenset(payload))
    now = clock.now()
    key = new_data_key(now)
    db.session.add(key)
    db.session.flush()
    message = writing.row(
        key,
        {**payload, "to": address},
        template_id=template_id,
        post_id=post_id,
        case_id=case_id,
        event=kind.name,
        language=language,
        priority=priority or kind.rank(payload, now),
        dedupe_key=f"{dedupe}:{channel.value}",
        channel=channel,
        state=MessageState.PENDING,
        due_at=now,
        not_after=now + kind.life if kind.life else None,
    )
    add_once(message)
    writing.ring(channel)


def tell_staff(event: str, staff: StaffMember, *, dedupe: str, payload: Mapping[str, str]) -> None:
    """Mail a member of staff; who has no address is not told."""
    address = staff_mail.address_of(staff)
    if address is not None:
        tell_address(
            event, address=address, language=staff.language, dedupe=dedupe, payload=payload
        )


def forget_addressed(now: datetime) -> None:
    """Delete messages to bare addresses a day after they were over, and their keys.

    What was to be told about a request and did not arrive stays until staff decided about it.
    As many at once as sign-in lets be sent in an hour; the rest at the next time.
    """
    over = (
        select(Message.id)
        .where(
            Message.account_id.is_(None),
            Message.state.not_in(rules.UNDER_WAY),
            Message.updated_at < now - ADDRESSED_KEPT,
            or_(
                Message.case_id.is_(None),
                Message.state.not_in(rules.TROUBLED),
                Message.updated_at < now - UNDECIDED_KEPT,
            ),
        )
        .order_by(Message.id)
        .limit(FORGOTTEN_AT_ONCE)
    )
    keys = db.session.scalars(
        delete(Message).where(Message.id.in_(over)).returning(Message.data_key_id)
    ).all()
    db.session.execute(delete(DataKey).where(DataKey.id.in_(keys)))


def decide(uid: str, wish: Wish, *, actor: Actor) -> Message:
    """Send an unknown or dead message again, or leave it; the decision goes on record.

    Raises NotFound for another post's message, and Conflict when somebody has decided already,
    when what the message tells is over, or when nobody wants it any more (unwanted).
    """
    message = queries.get_of_post(actor.post_id, uid)
    if not rules.may_decide(message.state):
        raise Conflict(_l("Somebody has decided about this message already."))
    now = clock.now()
    before = message.state.value
    if wish is Wish.SEND_AGAIN:
        _refuse_unwanted(message)
        _extend(message, now)
        _mark_anew(message)
        message.tries_before, message.was_repeated = message.attempts, False
        message.key_expires_at = message.provider_ref = None
        verdict = rules.Verdict(state=MessageState.PENDING, due_at=now)
        delivery.settle(message, verdict, now, error=None)
        writing.ring(message.channel)
    else:
        delivery.settle(message, rules.cancelled(in_doubt=False), now, error="left")
    audit.record(
        f"message.{wish.value}",
        actor=actor,
        object_kind="message",
        object_uid=message.uid,
        fields={"event": message.event, "was": before},
    )
    return message


_REFUSALS: dict[str, Any] = {
    rules.SUPERSEDED: _l(
        "A newer message has made this one untrue or useless. It is not sent again."
    ),
    rules.UNSUBSCRIBED: _l(
        "Its reader does not want such messages any more. It is not sent again."
    ),
    STOPPED: _l("Its announcement was stopped. It is not sent again."),
}


def _refuse_unwanted(message: Message) -> None:
    reason = unwanted.among([message]).get(message.id)
    if reason is not None:
        raise Conflict(_REFUSALS[reason])


def _mark_anew(message: Message) -> None:
    if message.account_id is not None:
        is_wished = preferences.get_wishes(message.account_id).is_discreet
        discreet.mark_anew(message, is_wished=is_wished)


def _extend(message: Message, now: datetime) -> None:
    """Give a message time to be sent again; what is tied to a moment gets no more than it had."""
    if is_over(message, now):
        raise Conflict(_l("What this message tells is over. It is not sent again."))
    if not events.EVENTS[message.event].is_timely:
        message.not_after = now + rules.LONGEST


def is_over(message: Message, now: datetime) -> bool:
    """Return whether the moment to which a message is tied has passed."""
    is_timely = events.EVENTS[message.event].is_timely
    return is_timely and message.not_after is not None and message.not_after <= now


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
