"""Long runs in parts: short transactions under one lease, then the rest as the next job.

Each transaction writes what it did with its effect. So a worker that dies takes at most one of
them back, and the next one goes on behind it.
"""

from collections.abc import Callable

from app.core import clock
from app.core.db import transaction
from app.jobs import services
from app.jobs.models import Job

MOST_ATTEMPTS = 3
"""At this attempt what is next is left out; a job lives through two deaths of workers."""


def schedule(kind: str, uid: str, part: int = 0) -> None:
    """Have a part of a run, named by its uid, begin at once."""
    services.schedule(
        kind,
        dedupe=f"{kind}/{uid}/{part}",
        due_at=clock.now(),
        arguments={"run": uid, "part": part},
    )


def carry_out(
    job: Job,
    *,
    turns: int,
    step: Callable[[str], bool],
    leave_out: Callable[[str], None],
) -> None:
    """Take so many steps of a run, a transaction for each, and see to the rest.

    `step` returns whether there was anything to do. What failed, or killed its worker, at every
    attempt is left out by `leave_out`, so that it does not hold up the others.
    """
    uid, part = str(job.arguments["run"]), int(job.arguments["part"])
    if job.attempts >= MOST_ATTEMPTS:
        with transaction():
            leave_out(uid)
    for _turn in range(turns):
        with transaction():
            if not (step(uid) and services.go_on(job)):
                return
    with transaction():
        schedule(job.kind, uid, part + 1)
