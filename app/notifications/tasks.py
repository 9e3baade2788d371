"""What the worker does with messages when it is rung or sweeps."""

import logging
import time
from datetime import timedelta
from email.message import EmailMessage

from flask import current_app

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
    """Send what is due; return how many messages the mail server accepted."""
    until = time.monotonic() + DRAIN_SECONDS
    line = Line(current_app.config["SETTINGS"].smtp_url)
    accepted, fence = 0, ""
    try:
        while time.monotonic() < until and _has_work():
            batch = _claim()
            if not batch.found:
                break
            fence = batch.fence
            accepted += _send_batch(line, batch)
    except Unreached:
        with transaction():
            services.put_back(fence)
    finally:
        line.close()
        db.session.close()
    return accepted


def _has_work() -> bool:
    found = queries.has_work(clock.now())
    db.session.close()
    return found


def _claim() -> services.Batch:
    with transaction():
        batch = services.claim(clock.now())
    db.session.close()
    return batch


def _send_batch(line: Line, batch: services.Batch) -> int:
    results = [_send_one(line, message_id, batch.fence) for message_id in batch.ids]
    return results.count(Result.ACCEPTED)


def _send_one(line: Line, message_id: int, fence: str) -> Result | None:
    letter = prepare(message_id, fence)
    if letter is None:
        return None
    line.ready()
    number = _mark(message_id, fence)
    if number is None:
        return None
    result = line.send(letter)
    _record(message_id, fence, number, result)
    return result


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
            ending = _ENDINGS.get(type(error))
            if ending is None:
                logger.exception("message not written", extra={"message_uid": message.uid})
            state, reason = ending or (MessageState.DEAD, type(error).__name__)
            with transaction():
                services.bury(message_id, fence, state, reason)
    return None


class _TooLate(Exception):
    """What the message says is worth nothing any more."""


_ENDINGS: dict[type[Exception], tuple[MessageState, str]] = {
    _TooLate: (MessageState.DEAD, "too_late"),
    Unreadable: (MessageState.CANCELLED, "erased"),
    letters.NoAddress: (MessageState.DEAD, "no_address"),
}


def _check_time(message: Message) -> None:
    if clock.now() > rules.last_moment(message.created_at, message.not_after):
        raise _TooLate


def _mark(message_id: int, fence: str) -> int | None:
    with transaction():
        number = services.mark(message_id, fence)
    db.session.close()
    return number


def _record(message_id: int, fence: str, number: int, result: Result) -> None:
    with transaction():
        services.record(message_id, fence, number, result)
    db.session.close()


def register_jobs() -> None:
    """Register the periodic work; messages themselves have their own rows and drain."""
    ticks.every("notifications.forget_addressed", timedelta(hours=1), services.forget_addressed)


TASKS = (Task(name=services.DRAIN, run=drain, sweep_s=3.0),)
