"""Addresses that are asked for in vain: whoever tries one after the other is named in the log.

Counted in each process by itself, so that nothing is written for what is not there; whoever goes
on is noticed by one of them soon enough.
"""

import logging
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from flask import Flask, Response, request

from app.core import clock
from app.core.crypto import keyed_hash
from app.web.access import current_actor

logger = logging.getLogger(__name__)

MOST = 20
WINDOW = timedelta(minutes=1)
MOST_SUBJECTS = 2_000


class Misses:
    """The last misses of each subject; the subject that was idle for longest is forgotten first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, subject: str, now: datetime) -> bool:
        """Note a miss; return whether it is one too many, which begins the count anew."""
        with self._lock:
            times = self._of.setdefault(subject, deque(maxlen=MOST))
            self._of.move_to_end(subject)
            times.append(now)
            if len(self._of) > MOST_SUBJECTS:
                self._of.popitem(last=False)
            is_too_many = len(times) == MOST and now - times[0] <= WINDOW
            if is_too_many:
                times.clear()
            return is_too_many


def init_app(app: Flask) -> None:
    """Watch for whoever asks for what is not there, or not theirs, twenty times in a minute."""
    misses = Misses()

    @app.after_request
    def watch(response: Response) -> Response:
        if response.status_code == 404:
            _log_object()
            if misses.note(who_asks(), clock.now()):
                logger.warning(
                    "many addresses asked for in vain",
                    extra={"who": who_asks(), "endpoint": request.endpoint},
                )
        return response


def _log_object() -> None:
    """Log that somebody signed in asked for a thing that is not there or not theirs.

    Which one it was is not said: what was typed into an address may be anything.
    """
    named = (request.view_args or {}).keys() - {"lang"}
    if named and current_actor() is not None:
        logger.info(
            "thing asked for in vain",
            extra={"who": who_asks(), "endpoint": request.endpoint, "method": request.method},
        )


def who_asks() -> str:
    """Return who asks: a session, else where from, which is hashed."""
    actor = current_actor()
    if actor is not None:
        return f"{actor.kind.value}:{actor.id}"
    return f"network:{keyed_hash('miss', request.remote_addr or '')}"
