"""Rows of messages: what all of them have, and the bell that has them sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import and_, bindparam, select

from app.accounts.models import Account, Contact, ContactKind
from app.core import clock
from app.core.crypto import DataKey
from app.core.db import add_once, db
from app.notifications import discreet, events, outdated, queries, rules, unwanted
from app.notifications.channels import registry
from app.notifications.events import Event
from app.notifications.models import Channel, Message, MessageState
from app.notifications.preferences import queries as preferences
from app.notifications.preferences import rules as peace
from app.notifications.preferences.models import Preference
from app.notifications.preferences.rules import Wishes
from app.notifications.push import queries as push
from app.notifications.templates import pinning, shipped

DRAIN = "notifications.drain"
CONTACTS = {
    ContactKind.EMAIL: Channel.EMAIL,
    ContactKind.PHONE: Channel.SMS,
    ContactKind.TELEGRAM: Channel.TELEGRAM,
}


def row(
    key: DataKey, payload: Mapping[str, str], *, template_id: int | None = None, **columns: object
) -> Message:
    """Return a message that is not written yet; it keeps the text with which it is written."""
    now = clock.now()
    message = Message(data_key=key, created_at=now, updated_at=now, **columns)
    message.template_id = template_id
    message.text_release = shipped.release() if template_id is None else None
    message.payload = dict(payload)
    return message


def drain_of(channel: Channel) -> str:
    """Return the name of the task that sends what is due by a channel."""
    return f"{DRAIN}.{channel.value}"


def ring(channel: Channel) -> None:
    """Have what is due by a channel sent once the transaction has committed."""
    current_app.extensions["doorbell"].after_commit(drain_of(channel))


_READERS = (
    select(Account, Contact.kind, Contact.bounced_at, Preference)
    .outerjoin(Contact, and_(Contact.account_id == Account.id, Contact.verified_at.is_not(None)))
    .outerjoin(Preference, Preference.account_id == Account.id)
    .where(Account.id.in_(bindparam("account_ids", expanding=True)))
)
"""Put together once, as it is asked with every booking (ADR 0022)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How an account can be told, and how it wishes to be."""

    account: Account
    ways: Mapping[Channel, bool]
    wishes: Wishes

    def way(self, event: Event) -> Channel | None:
        """Return by what way an event leaves the house; None for the inbox alone."""
        if event.topic in self.wishes.unwanted:
            return None
        return rules.first_way(self.ways, self._ladder(event))

    def way_after(self, tried: Collection[Channel], event: Event) -> Channel | None:
        """Return by what way is told what others did not bring; None for none."""
        return rules.next_way(tried, self.ways, self._ladder(event))

    def _ladder(self, event: Event) -> Sequence[Channel]:
        return rules.WARNED_BY if event.is_warning else self.wishes.ladder

    def due_at(
        self,
        event: Event,
        payload: Mapping[str, str],
        at: datetime,
        *,
        not_after: datetime | None,
    ) -> datetime:
        """Return when a message goes that is due at a moment: not in quiet hours, unless urgent."""
        if event.is_urgent(payload, at):
            return at
        end = rules.last_moment(max(at, clock.now()), not_after)
        return peace.in_peace(at, self.wishes.quiet, end=end)

    def due_again(self, message: Message, at: datetime) -> datetime:
        """Return when a message goes that was held up until a moment, by the same rule."""
        event = events.EVENTS.get(message.event)
        if event is None:
            return at
        end = rules.last_moment(message.created_at, message.not_after)
        return self.due_at(event, outdated.payload_of(message), at, not_after=end)


def plans_for(account_ids: frozenset[int]) -> dict[int, Plan]:
    """Return how each account is reached and what it wishes, in as many statements as one."""
    settings = current_app.config["SETTINGS"]
    carried = {channel for channel in rules.LADDER if registry.can_reach(channel, settings)}
    ways: dict[int, dict[Channel, bool]] = {account_id: {} for account_id in account_ids}
    known: dict[int, tuple[Account, Wishes]] = {}
    for account, kind, bounced_at, preference in _contacts_and_wishes(account_ids):
        known[account.id] = account, preferences.wishes_in(preference)
        if kind is not None and CONTACTS[kind] in carried:
            ways[account.id][CONTACTS[kind]] = bounced_at is not None
    if Channel.PUSH in carried:
        for account_id in push.reached_by_push(account_ids):
            ways[account_id][Channel.PUSH] = False
    return {
        one: Plan(account=account, ways=ways[one], wishes=wishes)
        for one, (account, wishes) in known.items()
    }


def _contacts_and_wishes(
    account_ids: frozenset[int],
) -> Iterable[tuple[Account, ContactKind | None, datetime | None, Preference | None]]:
    """Return accounts, each of their verified addresses and what they wish, by one statement.

    Beside every booking a message is written: each statement weighs on whoever waits for it.
    """
    rows = db.session.execute(_READERS, {"account_ids": list(account_ids)})
    return ((account, kind, at, wishes) for account, kind, at, wishes in rows)


def pass_on(message: Message, now: datetime) -> bool:
    """Tell by the next channel what one did not bring; return whether there is one.

    What was stopped or has become untrue since is told by none.
    """
    if message.account_id is None or now > rules.last_moment(message.created_at, message.not_after):
        return False
    if unwanted.among([message]):
        return False
    plan = plans_for(frozenset({message.account_id}))[message.account_id]
    event, end = events.EVENTS[message.event], message.not_after
    tried = queries.channels_tried(outdated.stem_of(message))
    channel = plan.way_after(tried, event)
    payload = discreet.as_wished(message.payload or {}, event, is_wished=plan.wishes.is_discreet)
    if channel is None:
        return False
    told = message.dedupe_key.removesuffix(message.channel.value)
    where = (message.post_id, message.case_id)
    pins = pinning.pins_of(message.event, [where])
    further = row(
        message.data_key,
        payload,
        event=message.event,
        priority=message.priority,
        not_after=message.not_after,
        account_id=message.account_id,
        language=message.language,
        post_id=message.post_id,
        case_id=message.case_id,
        announcement_id=message.announcement_id,
        template_id=pins.find(*where, channel),
        dedupe_key=f"{told}{channel.value}",
        channel=channel,
        state=MessageState.PENDING,
        due_at=plan.due_at(event, payload, now, not_after=end),
    )
    ring(channel)
    return add_once(further)
