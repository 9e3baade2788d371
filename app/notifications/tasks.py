"""What the worker does with messages when it is rung or sweeps."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from flask import current_app
from sqlalchemy import ColumnElement

from app.core import clock, places
from app.core.celery import Task
from app.core.db import db, transaction
from app.jobs import ticks
from app.notifications import (
    delivery,
    preparing,
    queries,
    receipts,
    services,
    together,
    writing,
)
from app.notifications.carriers import services as carriers
from app.notifications.channels import registry
from app.notifications.channels.protocol import Unreached, Way
from app.notifications.models import Channel, Message
from app.notifications.rules import Reply, Result

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
"""A drain leaves the rest to the next one, so that a worker can be stopped in time."""


def drain_channel(channel: Channel) -> int:
    """Send what is due by a channel; return how many messages its providers accepted.

    Nothing while others of this machine do: a slow provider never holds all of its workers, and
    whoever holds the place goes on with what has become due meanwhile.
    """
    with places.hold_for_drain(channel.value) as is_held:
        if not is_held:
            return 0
        ways = registry.WAYS[channel](current_app.config["SETTINGS"])
        if ways:
            return _drain(channel, ways, DRAIN_SECONDS)
        _pass_by(channel, DRAIN_SECONDS)
        return 0


def drain() -> int:
    """Send what is due by every channel in turn; return how many messages were accepted."""
    settings = current_app.config["SETTINGS"]
    carried = {channel: ways for channel, make in registry.WAYS.items() if (ways := make(settings))}
    # A share of the time for each: here they wait for one another.
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
        while reached and time.monotonic() < until:
            taken = _take_next(channel, reached)
            if taken is None:
                break
            accepted += taken
    finally:
        for way in ways:
            way.close()
        db.session.close()
    return accepted


def _take_next(channel: Channel, reached: list[Way]) -> int | None:
    """Carry out what is next; return how much of it was accepted, None when nothing is due.

    Where providers take many at once, a batch; and a small one and one by itself, where any has to
    go so.
    """
    most = together.most_at_once(reached)
    if most <= 1:
        turn = _next_turn(channel, reached)
        return None if turn is None else int(_take(turn, reached) is Result.ACCEPTED)
    due = queries.kinds_of_work(channel, clock.now())
    accepted = together.carry(channel, reached, most) if due.together else 0
    if due.few and reached:
        accepted += together.carry_few(channel, reached, most)
    if due.alone and reached:
        turn = _next_turn(channel, reached, queries.IS_ALONE)
        accepted += turn is not None and _take(turn, reached) is Result.ACCEPTED
    return accepted if any(due) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message that was claimed, and who carries it; nobody where its own provider is away."""

    claim: delivery.Claim
    way: Way | None


def _next_turn(channel: Channel, ways: Sequence[Way], *where: ColumnElement[bool]) -> Turn | None:
    turn, now = None, clock.now()
    is_any_due, is_any_left = queries.find_work(channel, now)
    if is_any_due or is_any_left:
        with transaction():
            # Most of the time nobody died, and that is known by now.
            take = delivery.claim if is_any_left else delivery.claim_due
            claim = take(channel, now, *where)
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
    letter = preparing.prepare(way, claim)
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


def _task_of(channel: Channel) -> Task:
    def run() -> int:
        return drain_channel(channel)

    return Task(name=writing.drain_of(channel), run=run, sweep_s=3.0)


TASKS = tuple(_task_of(channel) for channel in registry.WAYS)
"""Each channel has its own: rung and swept by itself, it waits for no other."""
