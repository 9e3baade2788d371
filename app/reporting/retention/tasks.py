"""The nightly work: what is over is announced, closed and erased, some at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.core import clock
from app.core.db import transaction
from app.jobs import handlers, ticks
from app.jobs import services as jobs
from app.jobs.models import Job
from app.reporting.retention import erasing, idling, leaving, services

RETAIN = "reporting.retain"
ACCOUNT = "account:"
"""In front of the uid of an account in the list of what was erased."""
STEPS = (
    idling.drop_outdated,
    services.plan,
    services.announce,
    services.close,
    idling.announce_drafts,
    idling.announce_accounts,
    idling.warn_accounts,
    leaving.finish_shells,
)
ERASING = (services.erase_next, idling.discard_next, idling.erase_next_account)
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
    for step in STEPS:
        if not _repeat(job, step):
            return
    for erase_next in ERASING:
        if not _erase(job, erase_next):
            return


def _erase(job: Job, erase_next: Callable[[], list[str] | None]) -> bool:
    """Erase one by one until nothing is left; return whether the job is still this worker's."""
    for _turn in range(MOST):
        with transaction():
            files = erase_next()
            if not jobs.go_on(job):
                return False
        if files is None:
            break
        erasing.remove_files(files)
    return True


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


def replay(names: list[str]) -> int:
    """Erase again what came back with an older copy; return how many requests and accounts.

    Requests come first in the list, so that an account takes along its drafts only.
    """
    count = 0
    for name in names:
        if name.startswith(ACCOUNT):
            uid = name.removeprefix(ACCOUNT)
            count += _erase_again(leaving.find_to_replay, leaving.erase_whole, uid)
        else:
            count += _erase_again(services.find_to_replay, services.erase, name)
    return count


def _erase_again(
    find: Callable[[str], int | None], erase: Callable[[int], list[str]], name: str
) -> int:
    """Erase what has a name, if it came back; return how many that were."""
    with transaction():
        found = find(name)
        files = erase(found) if found is not None else []
    erasing.remove_files(files)
    return int(found is not None)
