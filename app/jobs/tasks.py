"""What the worker does when it is rung or sweeps: carry out due jobs and periodic work."""

import logging
import time
from datetime import datetime, timedelta

from sqlalchemy import delete

from app.core import clock, places
from app.core.celery import Task
from app.core.db import add_once, db, transaction
from app.jobs import handlers, queries, rules, services, ticks
from app.jobs.models import Job, JobState, Tick

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
"""A drain leaves the rest to the next one, so that a worker can be stopped in time."""
KEPT = timedelta(days=30)


def drain() -> int:
    """Carry out what is due, one transaction for each job; return how many were handled.

    Nothing while others of this machine do: jobs never hold the worker that a message needs.
    """
    with places.hold_for_drain("jobs") as is_held:
        return _drain() if is_held else 0


def _drain() -> int:
    until = time.monotonic() + DRAIN_SECONDS
    handled = 0
    while time.monotonic() < until and _run_next():
        handled += 1
    return handled


def _run_next() -> bool:
    if not queries.has_due(clock.now()):
        db.session.close()
        return False
    with transaction():
        claimed = services.claim(clock.now())
    if claimed is None:
        return False
    if isinstance(claimed, services.GivenUp):
        logger.error("job given up: its worker died each time", extra={"job": claimed.id})
        return True
    _run(claimed)
    return True


def _run(claim: services.Claim) -> None:
    try:
        _carry_out(claim)
    except services.NotYet as reason:
        logger.warning("job put off", extra={"job": claim.id, "reason": str(reason)})
        with transaction():
            job = services.lock(claim)
            if job is not None:
                services.put_off(job, str(reason))
    except Exception as error:
        # Whatever a handler raises, the other jobs go on; the row says what became of it.
        logger.exception("job raised", extra={"job": claim.id})
        with transaction():
            job = services.lock(claim)
            if job is not None:
                services.fail(job, type(error).__name__)
    finally:
        db.session.close()


def _carry_out(claim: services.Claim) -> None:
    job = db.session.get_one(Job, claim.id)
    handler = handlers.get(job.kind)
    db.session.expunge(job)
    db.session.close()
    if not handler.in_transaction:
        handler.run(job)
    with transaction():
        locked = services.lock(claim)
        if locked is None:
            return
        if handler.in_transaction:
            handler.run(locked)
        services.complete(locked)


def tick() -> int:
    """Run the periodic work whose present period nobody has taken on; return how much that was."""
    return sum(_run_period(periodic, clock.now()) for periodic in ticks.list_periodic())


def _run_period(periodic: ticks.Periodic, now: datetime) -> bool:
    period_at = rules.period_start(now, periodic.period)
    if queries.was_taken(periodic.name, period_at):
        db.session.close()
        return False
    try:
        with transaction():
            if not add_once(Tick(job=periodic.name, period_at=period_at, taken_at=now)):
                return False
            periodic.run(period_at)
    except Exception:
        # The row went with the work, so the next tick tries again; the other work goes on.
        logger.exception("periodic work raised", extra={"work": periodic.name})
        return False
    finally:
        db.session.close()
    return True


def forget_old(now: datetime) -> None:
    """Delete the rows of work that ended long ago; failed jobs stay."""
    before = now - KEPT
    db.session.execute(delete(Tick).where(Tick.period_at < before))
    ended = (JobState.DONE, JobState.CANCELLED)
    db.session.execute(delete(Job).where(Job.state.in_(ended), Job.ended_at < before))


def register_jobs() -> None:
    """Register the periodic work of this domain."""
    ticks.every("jobs.forget_old", timedelta(days=1), forget_old)


TASKS = (
    Task(name=services.DRAIN, run=drain, sweep_s=5.0),
    Task(name="jobs.tick", run=tick, sweep_s=30.0),
)
