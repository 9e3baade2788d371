"""Rows of messages: what all of them have, and the bell that has them sent."""

from collections.abc import Mapping
from datetime import datetime

from flask import current_app

from app.accounts import queries as accounts
from app.accounts.models import ContactKind
from app.core import clock
from app.core.crypto import DataKey
from app.core.db import add_once
from app.notifications import rules
from app.notifications.channels import registry
from app.notifications.models import Channel, Message, MessageState

DRAIN = "notifications.drain"
CONTACTS = {ContactKind.EMAIL: Channel.EMAIL, ContactKind.PHONE: Channel.SMS}


def row(key: DataKey, payload: Mapping[str, str], **columns: object) -> Message:
    """Return a message that is not written yet."""
    now = clock.now()
    message = Message(data_key=key, created_at=now, updated_at=now, **columns)
    message.payload = dict(payload)
    return message


def ring() -> None:
    """Have what is due sent once the transaction has committed."""
    current_app.extensions["doorbell"].after_commit(DRAIN)


def ways_to(account_ids: frozenset[int]) -> dict[int, dict[Channel, bool]]:
    """Return by which channels each account is reached, and whether its address bounced."""
    settings = current_app.config["SETTINGS"]
    carried = {channel for channel in rules.LADDER if registry.can_reach(channel, settings)}
    ways: dict[int, dict[Channel, bool]] = {account_id: {} for account_id in account_ids}
    for account_id, kind, has_bounced in accounts.verified_contacts(account_ids):
        if CONTACTS[kind] in carried:
            ways[account_id][CONTACTS[kind]] = has_bounced
    return ways


def pass_on(message: Message, now: datetime) -> bool:
    """Tell by the next channel what one did not bring; return whether there is one."""
    if message.account_id is None or now > rules.last_moment(message.created_at, message.not_after):
        return False
    ways = ways_to(frozenset({message.account_id}))[message.account_id]
    channel = rules.next_way(message.channel, ways)
    if channel is None:
        return False
    told = message.dedupe_key.removesuffix(message.channel.value)
    further = row(
        message.data_key,
        message.payload or {},
        event=message.event,
        priority=message.priority,
        not_after=message.not_after,
        account_id=message.account_id,
        language=message.language,
        post_id=message.post_id,
        case_id=message.case_id,
        dedupe_key=f"{told}{channel.value}",
        channel=channel,
        state=MessageState.PENDING,
        due_at=now,
    )
    ring()
    return add_once(further)
