"""Writing what was claimed, and what becomes of a message that cannot be written."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from flask import current_app
from jinja2 import TemplateError

from app.core import clock, i18n
from app.core.crypto import Unreadable
from app.core.db import transaction
from app.notifications import delivery, rules, unwanted, writing
from app.notifications.channels.protocol import Broad, NoAddress, Way
from app.notifications.models import Message
from app.notifications.rules import Provider
from app.notifications.writing import Plan

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=10)
"""What goes so long after its time may have come into the quiet hours of its reader."""


def prepare(way: Way, claim: delivery.Claim) -> Any:
    """Return what the way sends (Any: as it composes it), or None when nothing is to be sent.

    It has a context of its own, so that no session and no post of another message is left over.
    """
    with current_app.app_context():
        message = delivery.find_claimed(claim.id, claim.fence)
        if message is None:
            return None
        try:
            _check(message, way.provider, _asked([message]))
            return way.compose(message)
        except Exception as error:
            # One message that cannot be written must not keep the others.
            _log(message, error)
            with transaction():
                _put_away(claim, error)
            if isinstance(error, SoftTimeLimitExceeded):
                raise
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message of a batch, and what its way sends (Any: as it composes it)."""

    message: Message
    letter: Any


def prepare_all(way: Broad, fence: str, messages: Sequence[Message]) -> list[Written]:
    """Return what the way sends for each message, without those for which nothing is to be sent.

    They have one context together, in which nothing is changed: a transaction would have
    everything read anew. What cannot be written is put away at the end.
    """
    written, failed = [], []
    with current_app.app_context():
        phones = way.recipients({one.account_id for one in messages if one.account_id})
        asked = _asked(messages)
        for message in _by_language(messages):
            try:
                _check(message, way.provider, asked)
                letter = way.compose(message, phones.get(message.account_id or 0))
                written.append(Written(message=message, letter=letter))
            except SoftTimeLimitExceeded:
                raise
            except Exception as error:
                _log(message, error)
                # Its frames would keep alive whatever it had at hand, such as all memory.
                lean = error.with_traceback(None)
                failed.append((delivery.Claim(id=message.id, fence=fence), lean))
        if failed:
            with transaction():
                for claim, reason in failed:
                    _put_away(claim, reason)
    order = {message.id: place for place, message in enumerate(messages)}
    return sorted(written, key=lambda one: order[one.message.id])


def _by_language(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield messages language by language, which is spoken meanwhile: changing it has a price."""
    for language in sorted({message.language for message in messages}):
        with i18n.speaking(language):
            yield from (message for message in messages if message.language == language)


def _log(message: Message, error: Exception) -> None:
    if type(error) not in _FORESEEN:
        logger.exception("message not written", extra={"message_uid": message.uid})


class _TooLate(Exception):
    """What the message says is worth nothing any more."""


class _Unwanted(Exception):
    """Nobody wants it any more, for the reason named."""


class _Quiet(Exception):
    """Its reader has quiet hours until the moment named."""


class _KeyForgotten(Exception):
    """It may have gone out, and its provider would not know it again."""


_ENDINGS: dict[type[Exception], str] = {
    _TooLate: "too_late",
    _KeyForgotten: "key_forgotten",
    Unreadable: "erased",
    NoAddress: "no_address",
}
_FORESEEN = {*_ENDINGS, _Unwanted, _Quiet}
_LASTING = (TemplateError, LookupError, ValueError, TypeError, AttributeError)
"""Faults of a message or of our own, which are the same at each try; all others may pass."""


def _put_away(claim: delivery.Claim, error: Exception) -> None:
    name = type(error).__name__
    if isinstance(error, Unreadable):
        delivery.drop(claim.id, claim.fence, _ENDINGS[Unreadable])
    elif isinstance(error, _Unwanted):
        delivery.drop(claim.id, claim.fence, *error.args)
    elif isinstance(error, _Quiet):
        delivery.hold_back(claim.id, claim.fence, *error.args)
    elif isinstance(error, NoAddress):
        delivery.pass_by(claim.id, claim.fence, _ENDINGS[NoAddress])
    elif type(error) in _ENDINGS or isinstance(error, _LASTING):
        delivery.bury(claim.id, claim.fence, _ENDINGS.get(type(error), name))
    elif isinstance(error, MemoryError):
        delivery.faint(claim.id, claim.fence)
    else:
        delivery.put_back(claim.id, claim.fence, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was asked of messages at once, before each is checked by itself."""

    unwanted: Mapping[int, str]
    """Why messages are not to be sent any more, by their keys."""
    plans: Mapping[int, Plan]
    """How accounts wish to be told of which a message was held up."""


def _asked(messages: Sequence[Message]) -> _Asked:
    # What waits for its first try is cancelled by the newer message itself (superseding).
    in_question = [one for one in messages if one.attempts or unwanted.topic_of(one)]
    now = clock.now()
    late = frozenset(one.account_id for one in messages if one.account_id and _is_late(one, now))
    return _Asked(
        unwanted=unwanted.among(in_question), plans=writing.plans_for(late) if late else {}
    )


def _is_late(message: Message, now: datetime) -> bool:
    """Return whether a message was held up, perhaps until it was quiet at its reader.

    Not one that may have gone out: its provider forgets it, and it may have rung already.
    """
    was_held_up = message.attempts > 0 or now - message.due_at > LATE
    return was_held_up and not message.in_doubt


def _check(message: Message, provider: Provider, asked: _Asked) -> None:
    now = clock.now()
    if message.id in asked.unwanted:
        raise _Unwanted(asked.unwanted[message.id])
    if now > rules.last_moment(message.created_at, message.not_after):
        raise _TooLate
    if message.in_doubt and not delivery.knows_key(provider, message, now):
        raise _KeyForgotten
    plan = asked.plans.get(message.account_id or 0)
    if plan is not None and _is_late(message, now):
        due_at = plan.due_again(message, now)
        if due_at > now:
            raise _Quiet(due_at)
