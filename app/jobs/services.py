"""Scheduling due work, and the three short steps by which a worker carries it out."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.db import add_once, count_changed, db, insert_new, new_uid
from app.core.errors import Conflict, NotFound
from app.jobs import queries, rules
from app.jobs.models import Job, JobState

DRAIN = "jobs.drain"


class NotYet(Exception):
    """A slow handler's word that nothing is wrong with its job, but what it needs is away.

    The job is due again after a while, as often as it takes; it is never given up for that.
    """


def schedule(kind: str, *, dedupe: str, due_at: datetime, arguments: Mapping[str, object]) -> Job:
    """Write a job into the open transaction; with a dedupe key that exists, return that job.

    `arguments` are keys of rows and plain figures, nothing personal.
    """
    now = clock.now()
    job = Job(
        kind=kind,
        dedupe_key=dedupe,
        arguments=dict(arguments),
        state=JobState.DUE,
        due_at=due_at,
        created_at=now,
    )
    if not add_once(job):
        job = db.session.scalars(select(Job).where(Job.dedupe_key == dedupe)).one()
    elif due_at <= now:
        current_app.extensions["doorbell"].after_commit(DRAIN)
    return job


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A job that is to be written: when, and with what; see schedule."""

    dedupe: str
    due_at: datetime
    arguments: Mapping[str, object]


def schedule_all(kind: str, wanted: Sequence[Due]) -> None:
    """Write jobs into the open transaction in one statement; those that are known stay as is."""
    now = clock.now()
    rows = [
        {
            "uid": new_uid(),
            "kind": kind,
            "dedupe_key": one.dedupe,
            "arguments": dict(one.arguments),
            "state": JobState.DUE,
            "due_at": one.due_at,
            "created_at": now,
        }
        for one in wanted
    ]
    if rows:
        db.session.execute(insert_new(Job, "dedupe_key"), rows)
    if any(one.due_at <= now for one in wanted):
        current_app.extensions["doorbell"].after_commit(DRAIN)


def schedule_anew(
    kind: str, *, dedupe: str, due_at: datetime, arguments: Mapping[str, object]
) -> Job:
    """Write a job, or have the one of this dedupe key that ended begin anew."""
    job = schedule(kind, dedupe=dedupe, due_at=due_at, arguments=arguments)
    if job.state in rules.ENDED:
        _begin_anew(job, due_at)
    return job


def run_again(uid: str, *, actor: Actor) -> Job:
    """Have a job that was given up begin anew; who asked for it goes on record.

    Raises NotFound for an unknown job, Conflict for one that was not given up (any more).
    """
    job = db.session.scalar(
        select(Job)
        .where(Job.uid == uid)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if job is None:
        raise NotFound()
    if job.state is not JobState.FAILED:
        raise Conflict(_l("Somebody has had this run again already."))
    fields = {"kind": job.kind, "error": job.last_error}
    _begin_anew(job, clock.now())
    audit.record("job.run_again", actor=actor, object_kind="job", object_uid=uid, fields=fields)
    return job


def _begin_anew(job: Job, due_at: datetime) -> None:
    job.state, job.due_at, job.ended_at = JobState.DUE, due_at, None
    job.attempts = job.deaths = 0
    db.session.flush()
    current_app.extensions["doorbell"].after_commit(DRAIN)


def cancel(*dedupes: str) -> None:
    """Call off jobs that have not begun; one that ran, or is running, stays as it is."""
    db.session.execute(
        update(Job)
        .where(Job.dedupe_key.in_(dedupes), Job.state == JobState.DUE)
        .values(state=JobState.CANCELLED, ended_at=clock.now())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that this worker may carry out, and the fence by which it proves it."""

    id: int
    fence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A job that was marked failed because its worker died over it each time."""

    id: int


def claim(now: datetime) -> Claim | GivenUp | None:
    """Take the job that is due longest under a lease, or give it up; None when nothing is due."""
    job = db.session.scalar(
        select(Job)
        .where(queries.is_claimable(now))
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        return None
    if job.state is JobState.CLAIMED:
        # Its worker vanished: one that raises says so, and its job is due again.
        job.deaths += 1
    if rules.is_poison(job.deaths):
        _end(job, JobState.FAILED, now, error="died")
        return GivenUp(id=job.id)
    job.state = JobState.CLAIMED
    job.attempts += 1
    job.fence = new_uid()
    job.lease_until = now + rules.LEASE
    return Claim(id=job.id, fence=job.fence)


def lock(claim: Claim) -> Job | None:
    """Return a claimed job, locked, or None when the lease went to somebody else."""
    return db.session.scalar(
        select(Job)
        .where(Job.id == claim.id, Job.fence == claim.fence, Job.state == JobState.CLAIMED)
        .with_for_update()
    )


def go_on(job: Job) -> bool:
    """Note that a claimed job has come further: its lease and its attempts begin anew.

    Return whether it is still this worker's. For work in parts, each committed by itself: only
    attempts without any progress count as poison.
    """
    noted = count_changed(
        update(Job)
        .where(Job.id == job.id, Job.fence == job.fence, Job.state == JobState.CLAIMED)
        .values(attempts=1, deaths=0, lease_until=clock.now() + rules.LEASE)
    )
    return noted == 1


def complete(job: Job) -> None:
    """Mark a job as done, in the transaction of its effect."""
    _end(job, JobState.DONE, clock.now(), error=None)


def fail(job: Job, error: str) -> None:
    """Note that a job raised: due again after a while, or failed for good."""
    now = clock.now()
    if rules.after_failure(job.attempts) is JobState.FAILED:
        _end(job, JobState.FAILED, now, error=error)
    else:
        put_off(job, error)


def put_off(job: Job, error: str) -> None:
    """Have a job that could not be carried out due again, later with every attempt."""
    # Spread in time, not a secret.
    wait = rules.backoff(job.attempts, jitter=random.random())  # noqa: S311
    job.state, job.due_at, job.lease_until = JobState.DUE, clock.now() + wait, None
    job.last_error = error[:64]


def _end(job: Job, state: JobState, now: datetime, *, error: str | None) -> None:
    job.state, job.ended_at, job.lease_until = state, now, None
    job.last_error = error[:64] if error else job.last_error
