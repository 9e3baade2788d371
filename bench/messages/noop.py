"""Celery at its quickest: tasks that do nothing, early acknowledged, without results.

Usage: celery -A bench.messages.noop worker
"""

import os
from pathlib import Path

from celery import Celery

celery = Celery("noop", broker=os.environ.get("NOOP_BROKER", "redis://127.0.0.1:9"))
celery.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64)


@celery.task(name="noop.nothing")  # type: ignore[untyped-decorator]  # Celery ships no types
def nothing() -> None:
    """Do nothing."""


@celery.task(name="noop.mark")  # type: ignore[untyped-decorator]  # Celery ships no types
def mark(path: str) -> None:
    """Say that the tasks before it have been carried out."""
    Path(path).touch()
