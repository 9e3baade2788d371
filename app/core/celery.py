"""Celery as a doorbell: tasks carry nothing, drain what is due, and may be lost without harm."""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from celery import Celery
from celery import Task as CeleryTask
from celery.exceptions import InvalidTaskError
from celery.signals import worker_init
from flask import Flask
from kombu.exceptions import OperationalError

# Loaded at the start as well, because the first ring would wait 0.4 s for it.
from kombu.transport.redis import QoS

from app.core import memory
from app.core.db import ring_after_commit

logger = logging.getLogger(__name__)

SILENCE_AFTER_FAILURE_S = 5.0
GAP_S = 0.1
"""Rings of one task within this time are one: where a crowd commits, a worker is woken once."""
WEB_TRANSPORT = {
    "max_retries": 0,
    "socket_connect_timeout": 0.2,
    "socket_timeout": 0.2,
}
"""A request that has committed waits for one try of one connection, and not for long."""
WORKER_TRANSPORT = {
    "visibility_timeout": 600,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
}


_workers: dict[str, int] = {}


def workers_here() -> int:
    """Return how many tasks the worker that runs here carries out side by side."""
    return _workers.get("count", 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A function without arguments that drains what is due, and how often it sweeps unasked."""

    name: str
    run: Callable[[], object]
    sweep_s: float


def init_app(app: Flask, *, broker_url: str) -> Celery:
    """Return the Celery app of a Flask app; every task runs inside the app's context."""

    class ContextTask(CeleryTask):  # type: ignore[misc]  # Celery ships no types
        Strategy = "app.core.celery:careful_strategy"

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery("jaliya", task_cls=ContextTask, set_as_current=False)
    celery.conf.update(
        broker_url=broker_url,
        broker_transport_options=WEB_TRANSPORT,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry=False,
        task_ignore_result=True,
        # A ring is worth nothing once it was heard: the sweep repeats what got lost.
        task_acks_late=False,
        task_serializer="json",
        accept_content=["json"],
        task_soft_time_limit=60,
        task_time_limit=90,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_max_tasks_per_child=500,
        enable_utc=True,
        timezone="UTC",
        task_create_missing_queues=True,
    )
    if broker_url.startswith("rediss:"):
        # Whatever the address forgets to say: a broker that cannot prove its name is not rung.
        celery.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    app.extensions["celery"] = celery
    app.extensions["doorbell"] = Doorbell(celery)
    return celery


def careful_strategy(*arguments: Any, **named: Any) -> Callable[..., None]:
    """Return how the worker receives a message of a task: one that is none is refused.

    Celery ends the whole worker over a body such as `[]`, which then comes back and ends the
    next one (seen with Celery 5.7). Any: Celery ships no types.
    """
    from celery.worker import strategy  # Of the worker alone: it takes the web a tenth of a second.

    receive = strategy.default(*arguments, **named)

    def careful(*message: Any, **more: Any) -> None:
        try:
            receive(*message, **more)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidTaskError(type(error).__name__) from error

    return careful


def register(celery: Celery, tasks: Iterable[Task]) -> None:
    """Have the worker know tasks, and beat send them out as a sweep for lost rings."""
    for task in tasks:
        celery.task(name=task.name)(task.run)
        celery.conf.beat_schedule[task.name] = {
            "task": task.name,
            "schedule": task.sweep_s,
            # Sweeps that no worker took are worth nothing later.
            "options": {"expires": task.sweep_s},
        }


@worker_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _give_patience(sender: Any, **_arguments: Any) -> None:
    # A worker waits where a web request must not (Any: Celery's signals are untyped).
    sender.app.conf.broker_transport_options = WORKER_TRANSPORT
    if isinstance(sender.concurrency, int):
        _workers["count"] = sender.concurrency
    # Giving rings back to a broker that has just died ends the whole worker (seen with kombu 5.7).
    QoS.restore_at_shutdown = False
    memory.settle()


class Doorbell:
    """Rings tasks by name; after a failure it keeps silent a while, the sweep does the work.

    Then one alone tries again for all of its process, so that no crowd waits for a broker that
    takes connections and says nothing.
    """

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._silent_until = 0.0
        self._is_away = False
        self._lock = threading.Lock()
        self._rings: dict[str, Callable[[], None]] = {}
        self._due: dict[str, float] = {}
        """When each task was rung last, or will be with whatever commits until then."""

    def after_commit(self, task: str) -> None:
        """Ring `task` once when the open transaction has committed."""
        ring = self._rings.setdefault(task, lambda: self.ring(task))
        ring_after_commit(ring)

    def ring(self, task: str) -> None:
        """Ring now, or soon together with others; a ring that is lost the sweep makes up for.

        A broker that is away costs 0.2 s at most, once in a while, and is no error.
        """
        with self._lock:
            now, due = time.monotonic(), self._due.get(task, 0.0)
            if now < due:
                return
            self._due[task] = max(now, due + GAP_S)
            wait = self._due[task] - now
        if wait > 0:
            late = threading.Timer(wait, self._send, (task,))
            late.daemon = True
            late.start()
        else:
            self._send(task)

    def _send(self, task: str) -> None:
        if not self._may_try():
            return
        try:
            self._celery.send_task(task, expires=60)
            self._is_away = False
        except OperationalError:
            self._is_away = True
            self._silent_until = time.monotonic() + SILENCE_AFTER_FAILURE_S
            logger.warning("doorbell not rung", extra={"task": task})

    def _may_try(self) -> bool:
        """Return whether to ring; where the last ring failed, to one caller at a time."""
        if not self._is_away:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._silent_until:
                return False
            self._silent_until = now + SILENCE_AFTER_FAILURE_S
            return True
