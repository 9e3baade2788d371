"""What the worker does with messages when it is rung or sweeps."""

import logging
import time
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from flask import current_app
from jinja2 import TemplateError

from app.core import clock
from app.core.celery import Task
from app.core.crypto import Unreadable
from app.core.db import db, transaction
from app.jobs import ticks
from app.notifications import delivery, queries, receipts, rules, services, writing
from app.notifications.channels import registry
from app.notifications.channels.protocol import NoAddress, Unreached, Way
from app.notifications.models import Channel, Message
from app.notifications.rules import Provider, Reply, Result

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
"""A drain leaves the rest to the next one, so that a worker can be stopped in time."""


def drain() -> int:
    """Send what is due by every channel; return how many messages the providers accepted."""
    return sum(_drain(channel) for channel in registry.WAYS)


def _drain(channel: Channel) -> int:
    # A share of the time for each, so that a slow provider keeps no other channel waiting.
    until = time.monotonic() + DRAIN_SECONDS / len(registry.WAYS)
    ways = registry.WAYS[channel](current_app.config["SETTINGS"])
    accepted = 0
    try:
        while ways and time.monotonic() < until and (claim := _claim_next(channel)) is not None:
            accepted += _send(ways[0], claim) is Result.ACCEPTED
    except Unreached:
        # The others fare no better; they wait for the next drain without a claim on them.
        logger.info("the rest of the messages waits", extra={"channel": channel.value})
    finally:
        for way in ways:
            way.close()
        db.session.close()
    return accepted


def _claim_next(channel: Channel) -> delivery.Claim | None:
    claim = None
    if queries.has_work(channel, clock.now()):
        with transaction():
            claim = delivery.claim(channel, clock.now())
    db.session.close()
    return claim


def _send(way: Way, claim: delivery.Claim) -> Result | None:
    letter = prepare(way, claim)
    if letter is None:
        return None
    _reach(way, claim)
    marked = _mark(way, claim)
    if marked is None:
        return None
    reply = way.send(letter, marked.key)
    _record(claim, marked.number, reply)
    return reply.result


def _reach(way: Way, claim: delivery.Claim) -> None:
    try:
        way.ready()
    except (Unreached, SoftTimeLimitExceeded):
        with transaction():
            delivery.put_back(claim.id, claim.fence, Result.UNREACHED)
        raise


def prepare(way: Way, claim: delivery.Claim) -> Any:
    """Return what the way sends (Any: as it composes it), or None when nothing is to be sent.

    It has a context of its own, so that no session and no post of another message is left over.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context():
        message = delivery.find_claimed(claim.id, claim.fence)
        if message is None:
            return None
        try:
            _check(message, way.provider)
            return way.compose(message)
        except Exception as error:
            # One message that cannot be written must not keep the others.
            if type(error) not in _ENDINGS:
                logger.exception("message not written", extra={"message_uid": message.uid})
            with transaction():
                _put_away(claim, error)
            if isinstance(error, SoftTimeLimitExceeded):
                raise
    return None


class _TooLate(Exception):
    """What the message says is worth nothing any more."""


class _KeyForgotten(Exception):
    """It may have gone out, and its provider would not know it again."""


_ENDINGS: dict[type[Exception], str] = {
    _TooLate: "too_late",
    _KeyForgotten: "key_forgotten",
    Unreadable: "erased",
    NoAddress: "no_address",
}
_LASTING = (TemplateError, LookupError, ValueError, TypeError, AttributeError)
"""Faults of a message or of our own, which are the same at each try; all others may pass."""


def _put_away(claim: delivery.Claim, error: Exception) -> None:
    name = type(error).__name__
    if isinstance(error, Unreadable):
        delivery.drop(claim.id, claim.fence, _ENDINGS[Unreadable])
    elif type(error) in _ENDINGS or isinstance(error, _LASTING):
        delivery.bury(claim.id, claim.fence, _ENDINGS.get(type(error), name))
    else:
        delivery.put_back(claim.id, claim.fence, name)


def _check(message: Message, provider: Provider) -> None:
    now = clock.now()
    if now > rules.last_moment(message.created_at, message.not_after):
        raise _TooLate
    is_known = provider.name == message.provider and rules.key_lives(message.key_expires_at, now)
    if message.in_doubt and not is_known:
        raise _KeyForgotten


def _mark(way: Way, claim: delivery.Claim) -> delivery.Marked | None:
    with transaction():
        marked = delivery.mark(claim.id, claim.fence, way.provider)
    db.session.close()
    return marked


def _record(claim: delivery.Claim, number: int, reply: Reply) -> None:
    with transaction():
        delivery.record(claim.id, claim.fence, number, reply)
    db.session.close()


def register_jobs() -> None:
    """Register the periodic work; messages themselves have their own rows and drain."""
    ticks.every("notifications.receipts", timedelta(minutes=1), receipts.sweep)
    ticks.every("notifications.forget_addressed", timedelta(hours=1), services.forget_addressed)


TASKS = (Task(name=writing.DRAIN, run=drain, sweep_s=3.0),)
