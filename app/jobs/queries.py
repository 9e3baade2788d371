"""Finding work that is due."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.core.db import db
from app.jobs.models import Job, JobState, Tick


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


def count_by_state() -> dict[JobState, int]:
    """Return how many jobs stand in each state."""
    rows = db.session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {state: count for state, count in rows}
