"""Finding work that is due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.jobs.models import Job, JobState, Tick

PAGE = 20


def is_claimable(now: datetime) -> ColumnElement[bool]:
    """Return the condition of a job that a worker may take: due, or its lease has run out."""
    return or_(
        and_(Job.state == JobState.DUE, Job.due_at <= now),
        and_(Job.state == JobState.CLAIMED, Job.lease_until < now),
    )


def has_due(now: datetime) -> bool:
    """Return whether any job can be taken; reads only, so that an idle sweep locks nothing."""
    return bool(db.session.scalar(select(exists().where(is_claimable(now)))))


def was_taken(name: str, period_at: datetime) -> bool:
    """Return whether somebody has taken on this period of a periodic job."""
    return db.session.get(Tick, (name, period_at)) is not None


def count_failed() -> int:
    """Return how many jobs were given up and wait for somebody to look."""
    return db.session.scalar(select(func.count(Job.id)).where(Job.state == JobState.FAILED)) or 0


def list_failed(*, before: int | None = None, limit: int = PAGE) -> Sequence[Job]:
    """Return the jobs that were given up, newest first, one more than the limit if there is."""
    rows = select(Job).where(Job.state == JobState.FAILED).order_by(Job.id.desc())
    if before is not None:
        rows = rows.where(Job.id < before)
    return db.session.scalars(rows.limit(limit + 1)).all()


def get_job(uid: str) -> Job:
    """Return a job; raise NotFound for an unknown one."""
    job = db.session.scalar(select(Job).where(Job.uid == uid))
    if job is None:
        raise NotFound()
    return job


def is_under_way(dedupe: str) -> bool:
    """Return whether a job is due or being carried out; false for one that ended or never was."""
    waiting = (JobState.DUE, JobState.CLAIMED)
    query = exists().where(Job.dedupe_key == dedupe, Job.state.in_(waiting))
    return bool(db.session.scalar(select(query)))
