"""The control of F01: Celery alone as the queue, acknowledging late, killed in its own claim.

Usage: celery -A tests.faults.plain_celery:celery worker -P solo. A task appends its number to a
file. The settings are the safest that Celery's documents name for Redis.
"""

import os
import signal
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.transport import redis as transport

BROKER, LEDGER, DIE_AT = "PLAIN_BROKER", "PLAIN_LEDGER", "PLAIN_DIE_AT"

celery = Celery("plain", broker=os.environ.get(BROKER, "redis://127.0.0.1:9"))
celery.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 2},
)


@celery.task(name="plain.send")  # type: ignore[untyped-decorator]  # Celery ships no types
def send(number: int) -> None:
    """Take a message to its provider, which is a file."""
    with Path(os.environ[LEDGER]).open("a", encoding="ascii") as ledger:
        ledger.write(f"{number}\n")


def _die_at(turn: int) -> None:
    """Have the process die where it alone has a task: taken off the list, not noted yet (M2)."""
    note = transport.QoS.append
    taken = 0

    def noted(self: Any, message: Any, delivery_tag: Any) -> Any:
        # Any: kombu ships no types.
        nonlocal taken
        taken += 1
        if taken == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return note(self, message, delivery_tag)  # type: ignore[no-untyped-call]

    transport.QoS.append = noted  # type: ignore[method-assign]


if turn := os.environ.get(DIE_AT):
    _die_at(int(turn))
