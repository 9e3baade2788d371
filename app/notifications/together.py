"""Carrying many messages out at once, by ways whose providers take each once by its key."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded

from app.core import clock
from app.core.db import db, transaction
from app.notifications import batches, delivery, preparing, rules
from app.notifications.batches import Batch, Call
from app.notifications.carriers import services as carriers
from app.notifications.channels.protocol import Broad, Unreached, Way
from app.notifications.models import Channel, Message
from app.notifications.preparing import Written
from app.notifications.rules import Result

logger = logging.getLogger(__name__)

MOST = 500
"""In the hands of a worker: what it dies over waits out a lease, and then goes with few others."""


def most_at_once(ways: Sequence[Way]) -> int:
    """Return how many messages a batch may have; 1 where not all of the ways take several."""
    return min([MOST, *(way.at_once if isinstance(way, Broad) else 1 for way in ways)])


def carry(channel: Channel, reached: list[Way], most: int) -> int:
    """Carry a batch out; return how many were accepted.

    A provider that cannot be reached is out of this drain.
    """
    return _carry(_claim(batches.claim, channel, reached, most), reached)


def carry_few(channel: Channel, reached: list[Way], most: int) -> int:
    """Carry a small batch out of what workers died over, where others have `most`; see carry."""
    return _carry(_claim(batches.claim_few, channel, reached, rules.few_of(most)), reached)


def _carry(batch: "Shared | None", reached: list[Way]) -> int:
    accepted = 0
    if batch is None:
        return 0
    for way, messages in batch.shares:
        try:
            accepted += _send(way, batch.fence, messages)
        except Unreached:
            logger.info("the rest of the messages waits", extra={"provider": way.provider.name})
            reached.remove(way)
    return accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A batch that was claimed, and who carries which of it."""

    fence: str
    shares: Sequence[tuple[Broad, Sequence[Message]]]


Take = Callable[[Channel, datetime, int], Batch | None]


def _claim(take: Take, channel: Channel, ways: Sequence[Way], most: int) -> Shared | None:
    shared, now = None, clock.now()
    with transaction():
        batch = take(channel, now, most)
        if batch is not None:
            shared = _shared(batch, [way for way in ways if isinstance(way, Broad)], now)
    db.session.close()
    return shared


def _shared(batch: Batch, ways: Sequence[Broad], now: datetime) -> Shared:
    """Return who carries what; what has a provider of its own that is away is put back."""
    names = carriers.choose_all([way.provider for way in ways], batch.messages, now)
    for message in batch.messages:
        if names[message.id] is None:
            delivery.put_back(message.id, batch.fence, Result.UNREACHED)
    carried = (
        (way, [one for one in batch.messages if names[one.id] == way.provider.name]) for way in ways
    )
    return Shared(fence=batch.fence, shares=[share for share in carried if share[1]])


def _send(way: Broad, fence: str, messages: Sequence[Message]) -> int:
    written = preparing.prepare_all(way, fence, messages)
    if not written:
        return 0
    _reach(way, fence, [one.message.id for one in written])
    marked = _mark(way, fence, written)
    letters = [(one.letter, delivery.key_of(one.message)) for one in marked]
    replies = way.send_all(letters) if letters else ()
    pairs = zip(marked, replies, strict=True)
    calls = [Call.of(one.message, reply) for one, reply in pairs]
    _record(way, fence, calls)
    return sum(call.reply.result is Result.ACCEPTED for call in calls)


def _reach(way: Broad, fence: str, ids: Sequence[int]) -> None:
    """Connect; when that fails, one message bears witness, and the others wait unclaimed."""
    try:
        way.ready()
    except (Unreached, SoftTimeLimitExceeded):
        with transaction():
            delivery.put_back(ids[0], fence, Result.UNREACHED, way.provider)
            batches.release(ids[1:], fence)
            carriers.note(way.provider.name, Result.UNREACHED, clock.now())
        raise


def _mark(way: Broad, fence: str, written: Sequence[Written]) -> list[Written]:
    """Return what may be sent of it now; the others were cancelled or went to somebody else."""
    with transaction():
        marked = batches.mark([one.message for one in written], fence, way.provider)
    db.session.close()
    return [one for one in written if one.message.id in marked]


def _record(way: Broad, fence: str, calls: Sequence[Call]) -> None:
    with transaction():
        batches.record(calls, fence)
        carriers.note_all(way.provider.name, [one.reply.result for one in calls], clock.now())
    db.session.close()
