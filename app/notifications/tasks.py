"""What the worker does with messages when it is rung or sweeps."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from app.notifications.announcements import queries as announced
from app.notifications.announcements.rules import STOPPED
from app.notifications.carriers import services as carriers
from app.notifications.channels import registry
from app.notifications.channels.protocol import NoAddress, Unreached, Way
from app.notifications.models import Channel, Message
from app.notifications.rules import Provider, Reply, Result

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
"""A drain leaves the rest to the next one, so that a worker can be stopped in time."""


def drain() -> int:
    """Send what is due by every channel; return how many messages the providers accepted."""
    settings = current_app.config["SETTINGS"]
    carried = {channel: ways for channel, make in registry.WAYS.items() if (ways := make(settings))}
    # A share of the time for each, so that a slow provider keeps no other channel waiting.
    share_s = DRAIN_SECONDS / max(1, len(carried))
    for channel in registry.WAYS.keys() - carried.keys():
        _pass_by(channel, share_s)
    return sum(_drain(channel, ways, share_s) for channel, ways in carried.items())


def _pass_by(channel: Channel, share_s: float) -> None:
    """Have what waits for a channel that nobody carries any more be told by the next one."""
    until, now = time.monotonic() + share_s, clock.now()
    while time.monotonic() < until and queries.has_work(channel, now):
        with transaction():
            claim = delivery.claim(channel, now)
            if claim is not None:
                delivery.pass_by(claim.id, claim.fence, "no_carrier")
        if claim is None:
            break
    db.session.close()


def _drain(channel: Channel, ways: Sequence[Way], share_s: float) -> int:
    until = time.monotonic() + share_s
    reached, accepted = list(ways), 0
    try:
        while reached and time.monotonic() < until and (turn := _next_turn(channel, reached)):
            accepted += _take(turn, reached) is Result.ACCEPTED
    finally:
        for way in ways:
            way.close()
        db.session.close()
    return accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message that was claimed, and who carries it; nobody where its own provider is away."""

    claim: delivery.Claim
    way: Way | None


def _next_turn(channel: Channel, ways: Sequence[Way]) -> Turn | None:
    turn, now = None, clock.now()
    if queries.has_work(channel, now):
        with transaction():
            claim = delivery.claim(channel, now)
            if claim is not None:
                turn = Turn(claim=claim, way=_choose(ways, claim, now))
    db.session.close()
    return turn


def _choose(ways: Sequence[Way], claim: delivery.Claim, now: datetime) -> Way | None:
    by_name = {way.provider.name: way for way in ways}
    message = db.session.get_one(Message, claim.id)
    name = carriers.choose([way.provider for way in ways], message, now)
    return by_name[name] if name else None


def _take(turn: Turn, reached: list[Way]) -> Result | None:
    """Carry a message out; a provider that cannot be reached is out of this drain."""
    if turn.way is None:
        with transaction():
            delivery.put_back(turn.claim.id, turn.claim.fence, Result.UNREACHED)
        return None
    try:
        return _send(turn.way, turn.claim)
    except Unreached:
        # The others that it was to carry fare no better; they wait without a claim on them.
        logger.info("the rest of the messages waits", extra={"provider": turn.way.provider.name})
        reached.remove(turn.way)
    return None


def _send(way: Way, claim: delivery.Claim) -> Result | None:
    letter = prepare(way, claim)
    if letter is None:
        return None
    _reach(way, claim)
    marked = _mark(way, claim)
    if marked is None:
        return None
    reply = way.send(letter, marked.key)
    _record(way, claim, marked.number, reply)
    return reply.result


def _reach(way: Way, claim: delivery.Claim) -> None:
    try:
        way.ready()
    except (Unreached, SoftTimeLimitExceeded):
        with transaction():
            delivery.put_back(claim.id, claim.fence, Result.UNREACHED, way.provider)
            carriers.note(way.provider.name, Result.UNREACHED, clock.now())
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


class _Stopped(Exception):
    """It is of an announcement that was stopped, and has surely not gone out."""


class _KeyForgotten(Exception):
    """It may have gone out, and its provider would not know it again."""


_ENDINGS: dict[type[Exception], str] = {
    _TooLate: "too_late",
    _KeyForgotten: "key_forgotten",
    _Stopped: STOPPED,
    Unreadable: "erased",
    NoAddress: "no_address",
}
_LASTING = (TemplateError, LookupError, ValueError, TypeError, AttributeError)
"""Faults of a message or of our own, which are the same at each try; all others may pass."""


def _put_away(claim: delivery.Claim, error: Exception) -> None:
    name = type(error).__name__
    if isinstance(error, Unreadable | _Stopped):
        delivery.drop(claim.id, claim.fence, _ENDINGS[type(error)])
    elif isinstance(error, NoAddress):
        delivery.pass_by(claim.id, claim.fence, _ENDINGS[NoAddress])
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
    if announced.is_stopped(message.announcement_id) and not message.in_doubt:
        raise _Stopped


def _mark(way: Way, claim: delivery.Claim) -> delivery.Marked | None:
    with transaction():
        marked = delivery.mark(claim.id, claim.fence, way.provider)
    db.session.close()
    return marked


def _record(way: Way, claim: delivery.Claim, number: int, reply: Reply) -> None:
    with transaction():
        delivery.record(claim.id, claim.fence, number, reply)
        carriers.note(way.provider.name, reply.result, clock.now())
    db.session.close()


def register_jobs() -> None:
    """Register the periodic work; messages themselves have their own rows and drain."""
    ticks.every("notifications.receipts", timedelta(minutes=1), receipts.sweep)
    ticks.every("notifications.forget_addressed", timedelta(hours=1), services.forget_addressed)


TASKS = (Task(name=writing.DRAIN, run=drain, sweep_s=3.0),)
