"""Writing what was claimed, and what becomes of a message that cannot be written."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from flask import current_app
from jinja2 import TemplateError

from app.core import clock, i18n
from app.core.crypto import Unreadable
from app.core.db import transaction
from app.notifications import delivery, rules
from app.notifications.announcements import queries as announced
from app.notifications.announcements.rules import STOPPED
from app.notifications.channels.protocol import Broad, NoAddress, Way
from app.notifications.models import Message
from app.notifications.rules import Provider

logger = logging.getLogger(__name__)


def prepare(way: Way, claim: delivery.Claim) -> Any:
    """Return what the way sends (Any: as it composes it), or None when nothing is to be sent.

    It has a context of its own, so that no session and no post of another message is left over.
    """
    with current_app.app_context():
        message = delivery.find_claimed(claim.id, claim.fence)
        if message is None:
            return None
        try:
            is_stopped = announced.is_stopped(message.announcement_id)
            _check(message, way.provider, is_stopped=is_stopped)
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
        ids = {one.announcement_id for one in messages}
        stopped = {one for one in ids if announced.is_stopped(one)}
        for message in _by_language(messages):
            try:
                is_stopped = message.announcement_id in stopped
                _check(message, way.provider, is_stopped=is_stopped)
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
    if type(error) not in _ENDINGS:
        logger.exception("message not written", extra={"message_uid": message.uid})


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
    elif isinstance(error, MemoryError):
        delivery.faint(claim.id, claim.fence)
    else:
        delivery.put_back(claim.id, claim.fence, name)


def _check(message: Message, provider: Provider, *, is_stopped: bool) -> None:
    now = clock.now()
    if now > rules.last_moment(message.created_at, message.not_after):
        raise _TooLate
    if message.in_doubt and not delivery.knows_key(provider, message, now):
        raise _KeyForgotten
    if is_stopped and not message.in_doubt:
        raise _Stopped
