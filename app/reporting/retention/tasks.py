"""The nightly work: what is over is announced, closed and erased, some at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.core import clock
from app.core.db import transaction
from app.jobs import handlers, ticks
from app.jobs import services as jobs
from app.jobs.models import Job
from app.reporting.retention import erasing, services

RETAIN = "reporting.retain"
MOST = 200
"""So many transactions of one kind are one night's work."""


def register_jobs() -> None:
    """Register the nightly work."""
    handlers.register_slow(RETAIN, carry_out)
    ticks.every("reporting.retain", timedelta(days=1), schedule)


def schedule(period_at: datetime) -> None:
    """Schedule the work of one night."""
    jobs.schedule(RETAIN, dedupe=f"{RETAIN}/{period_at:%Y%m%d}", due_at=clock.now(), arguments={})


def carry_out(job: Job) -> None:
    """Take all steps, each in short transactions; what a dead worker left is found again."""
    for step in (services.plan, services.announce, services.close):
        if not _repeat(job, step):
            return
    for _turn in range(MOST):
        with transaction():
            files = services.erase_next()
            if not jobs.go_on(job) or files is None:
                return
        erasing.remove_files(files)


def _repeat(job: Job, step: Callable[[], int]) -> bool:
    """Take a step until nothing is left; return whether the job is still this worker's."""
    for _turn in range(MOST):
        with transaction():
            done = step()
            if not jobs.go_on(job):
                return False
        if not done:
            break
    return True


def replay(references: list[str]) -> int:
    """Erase again what came back with an older copy; return how many requests that were."""
    count = 0
    for reference in references:
        with transaction():
            found = services.find_to_replay(reference)
            files = services.erase(found) if found is not None else []
        erasing.remove_files(files)
        count += found is not None
    return count
