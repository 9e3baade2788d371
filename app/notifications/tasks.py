"""What the worker does with messages when it is rung or sweeps."""

import logging
import time
from datetime import timedelta
from email.message import EmailMessage

from celery.exceptions import SoftTimeLimitExceeded
from flask import current_app
from jinja2 import TemplateError

from app.core import clock
from app.core.celery import Task
from app.core.crypto import Unreadable
from app.core.db import db, transaction
from app.jobs import ticks
from app.notifications import letters, queries, rules, services
from app.notifications.channels.email import Line, Unreached
from app.notifications.models import Message, MessageState
from app.notifications.rules import Result

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
"""A drain leaves the rest to the next one, so that a worker can be stopped in time."""


def drain() -> int:
    """Send what is due, one after the other; return how many the mail server accepted."""
    until = time.monotonic() + DRAIN_SECONDS
    line = Line(current_app.config["SETTINGS"].smtp_url)
    accepted = 0
    try:
        while time.monotonic() < until and (claim := _claim_next()) is not None:
            accepted += _send(line, claim) is Result.ACCEPTED
    except Unreached:
        # The others fare no better; they wait for the next drain without a claim on them.
        logger.info("the rest of the messages waits for the mail server")
    finally:
        line.close()
        db.session.close()
    return accepted


def _claim_next() -> services.Claim | None:
    claim = None
    if queries.has_work(clock.now()):
        with transaction():
            claim = services.claim(clock.now())
    db.session.close()
    return claim


def _send(line: Line, claim: services.Claim) -> Result | None:
    letter = prepare(claim.id, claim.fence)
    if letter is None:
        return None
    _reach(line, claim)
    number = _mark(claim)
    if number is None:
        return None
    result = line.send(letter)
    _record(claim, number, result)
    return result


def _reach(line: Line, claim: services.Claim) -> None:
    try:
        line.ready()
    except (Unreached, SoftTimeLimitExceeded):
        with transaction():
            services.put_back(claim.id, claim.fence, Result.UNREACHED)
        raise


def prepare(message_id: int, fence: str) -> EmailMessage | None:
    """Return the mail, or None when there is nothing to send any more.

    It has a context of its own, so that no session and no post of another message is left over.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context():
        message = services.find_claimed(message_id, fence)
        if message is None:
            return None
        try:
            _check_time(message)
            return letters.compose(message)
        except Exception as error:
            # One message that cannot be written must not keep the others.
            if type(error) not in _ENDINGS:
                logger.exception("message not written", extra={"message_uid": message.uid})
            with transaction():
                _put_away(message_id, fence, error)
            if isinstance(error, SoftTimeLimitExceeded):
                raise
    return None


class _TooLate(Exception):
    """What the message says is worth nothing any more."""


_ENDINGS: dict[type[Exception], tuple[MessageState, str]] = {
    _TooLate: (MessageState.DEAD, "too_late"),
    Unreadable: (MessageState.CANCELLED, "erased"),
    letters.NoAddress: (MessageState.DEAD, "no_address"),
}
_LASTING = (TemplateError, LookupError, ValueError, TypeError, AttributeError)
"""Faults of a message or of our own, which are the same at each try; all others may pass."""


def _put_away(message_id: int, fence: str, error: Exception) -> None:
    name = type(error).__name__
    if type(error) in _ENDINGS:
        services.bury(message_id, fence, *_ENDINGS[type(error)])
    elif isinstance(error, _LASTING):
        services.bury(message_id, fence, MessageState.DEAD, name)
    else:
        services.put_back(message_id, fence, name)


def _check_time(message: Message) -> None:
    if clock.now() > rules.last_moment(message.created_at, message.not_after):
        raise _TooLate


def _mark(claim: services.Claim) -> int | None:
    with transaction():
        number = services.mark(claim.id, claim.fence)
    db.session.close()
    return number


def _record(claim: services.Claim, number: int, result: Result) -> None:
    with transaction():
        services.record(claim.id, claim.fence, number, result)
    db.session.close()


def register_jobs() -> None:
    """Register the periodic work; messages themselves have their own rows and drain."""
    ticks.every("notifications.forget_addressed", timedelta(hours=1), services.forget_addressed)


TASKS = (Task(name=services.DRAIN, run=drain, sweep_s=3.0),)
