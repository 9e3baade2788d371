"""Choosing who carries a message, and noting how they did, in the worker's short transactions."""

import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import func, select, update

from app.core.db import add_once, count_changed, db
from app.notifications import events
from app.notifications.carriers import rules
from app.notifications.carriers.models import Carrier
from app.notifications.carriers.rules import Breaker
from app.notifications.models import Message, MessageAttempt
from app.notifications.rules import Provider, Result

logger = logging.getLogger(__name__)

STAYS = 2
"""So often a message that was put off is tried with the same provider."""


def choose(providers: Sequence[Provider], message: Message, now: datetime) -> str | None:
    """Return the name of who carries a message; None when its own provider is not among them.

    What may have gone out goes to the same provider only, and what was put off to the same twice.
    """
    return choose_all(providers, [message], now)[message.id]


def choose_all(
    providers: Sequence[Provider], messages: Sequence[Message], now: datetime
) -> dict[int, str | None]:
    """Return the name of who carries each message, by its key; see choose."""
    breakers = _breakers([one.name for one in providers]) if len(providers) > 1 else {}
    return {one.id: _choose(providers, one, breakers, now) for one in messages}


def _choose(
    providers: Sequence[Provider], message: Message, breakers: dict[str, Breaker], now: datetime
) -> str | None:
    names = [one.name for one in providers]
    if message.in_doubt:
        return message.provider if message.provider in names else None
    if len(providers) == 1:
        return names[0]
    if message.provider in names and _stays(message):
        return message.provider
    chosen = rules.choose(
        providers,
        breakers,
        may_probe=message.priority > events.NOW,  # nobody is tried out with a code
        now=now,
        dice=random.random(),  # noqa: S311  (spread, not a secret)
    )
    if not chosen.is_probe:
        return chosen.name
    # Whoever takes it: no other message of these is a probe as well.
    breakers[chosen.name] = replace(breakers[chosen.name], probed_at=now)
    if _takes_the_probe(chosen.name, now):
        return chosen.name
    return _choose([one for one in providers if one.name != chosen.name], message, breakers, now)


def _stays(message: Message) -> bool:
    deferred = db.session.scalar(
        select(func.count()).where(
            MessageAttempt.message_id == message.id,
            MessageAttempt.number > message.tries_before,
            MessageAttempt.provider == message.provider,
            MessageAttempt.outcome == Result.DEFERRED,
        )
    )
    return 0 < (deferred or 0) < STAYS


def _takes_the_probe(name: str, now: datetime) -> bool:
    """Return whether this worker, alone among all, tries a provider that is left alone."""
    return (
        count_changed(
            update(Carrier)
            .where(Carrier.name == name, Carrier.probed_at <= now - rules.PROBE_EVERY)
            .values(probed_at=now)
        )
        == 1
    )


def _breakers(names: Sequence[str]) -> dict[str, Breaker]:
    rows = db.session.scalars(select(Carrier).where(Carrier.name.in_(names)))
    return {row.name: _breaker(row) for row in rows}


def _breaker(row: Carrier) -> Breaker:
    return Breaker(
        recent=row.recent,
        opened_at=row.opened_at,
        failed_at=row.failed_at,
        probed_at=row.probed_at,
        successes=row.successes,
    )


def note(name: str, result: Result, now: datetime) -> None:
    """Note how a call of a provider ended; what is as ever writes nothing."""
    note_all(name, [result], now)


def note_all(name: str, results: Iterable[Result], now: datetime) -> None:
    """Note how calls of a provider ended, one after the other."""
    known = db.session.get(Carrier, name)
    before = _breaker(known) if known else Breaker()
    results = list(results)
    if _after(before, results, now) == before:
        return
    if known is None:
        add_once(Carrier(name=name, **asdict(Breaker())))
    row = db.session.get_one(Carrier, name, with_for_update=True, populate_existing=True)
    was_open = row.opened_at is not None
    after = _after(_breaker(row), results, now)
    for column, value in asdict(after).items():
        setattr(row, column, value)
    if after.is_open is not was_open:
        said = "provider left alone" if after.is_open else "provider trusted again"
        logger.warning(said, extra={"provider": name})


def _after(breaker: Breaker, results: Iterable[Result], now: datetime) -> Breaker:
    for result in results:
        breaker = rules.after_call(breaker, result, now=now)
    return breaker
