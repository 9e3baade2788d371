"""Finding requests whose time is over."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import exists, func, select

from app.cases.models import Case
from app.core.db import db
from app.core.errors import NotFound
from app.reporting.retention.models import Erasure, Retention

PAGE = 25


def list_unplanned(before: datetime, *, limit: int) -> Sequence[Case]:
    """Return requests that ended before a moment and have no plan yet, the oldest first."""
    planned = exists().where(Retention.case_id == Case.id)
    return db.session.scalars(
        select(Case)
        .where(Case.ended_at.is_not(None), Case.ended_at < before, Case.closed_at.is_(None))
        .where(~planned, ~exists().where(Erasure.reference == Case.reference))
        .order_by(Case.ended_at, Case.id)
        .limit(limit)
    ).all()


def list_to_announce(due_until: date, *, limit: int) -> Sequence[Retention]:
    """Return the plans whose day comes until then, and of which the citizen was not told."""
    return _going(Retention.due_on <= due_until, Retention.announced_at.is_(None), limit=limit)


def list_to_close(today: date, *, limit: int) -> Sequence[Retention]:
    """Return the plans whose last day has passed."""
    is_over = Retention.due_on < today
    return _going(
        is_over, Retention.announced_at.is_not(None), Case.closed_at.is_(None), limit=limit
    )


def list_to_erase(closed_before: datetime, *, limit: int) -> Sequence[Retention]:
    """Return the plans of requests that were closed before a moment."""
    return _going(Case.closed_at < closed_before, limit=limit)


def _going(*conditions: object, limit: int) -> Sequence[Retention]:
    """Return plans that nobody holds up, of requests that have ended and stand still."""
    stands = (Case.ended_at.is_not(None), Case.appealed_at.is_(None), Retention.held_at.is_(None))
    query = select(Retention).join(Retention.case).where(*stands)
    for condition in conditions:
        query = query.where(condition)  # type: ignore[arg-type]  # conditions
    return db.session.scalars(
        query.order_by(Retention.due_on, Retention.case_id).limit(limit)
    ).all()


def list_of_post(post_id: int, *, after: str | None = None) -> Sequence[Retention]:
    """Return what goes from a post or is held there, next first, one more than a page."""
    query = (
        select(Retention)
        .join(Retention.case)
        .where(Case.post_id == post_id, Case.submitted_at.is_not(None))
        .where(Retention.announced_at.is_not(None) | Retention.held_at.is_not(None))
    )
    start = _find(post_id, after) if after else None
    if start is not None:
        here = (Retention.due_on == start.due_on) & (Retention.case_id >= start.case_id)
        query = query.where((Retention.due_on > start.due_on) | here)
    ordered = query.order_by(Retention.due_on, Retention.case_id)
    return db.session.scalars(ordered.limit(PAGE + 1)).all()


def count_going(post_id: int) -> int:
    """Return how many requests of a post were announced and are not held."""
    of_post = Retention.case.has((Case.post_id == post_id) & Case.submitted_at.is_not(None))
    going = (Retention.announced_at.is_not(None), Retention.held_at.is_(None))
    return (
        db.session.scalar(select(func.count()).select_from(Retention).where(of_post, *going)) or 0
    )


def get_of_post(reference: str, post_id: int) -> Retention:
    """Return the plan for a request of a post, to decide about it; raise NotFound."""
    found = _find(post_id, reference)
    if found is None:
        raise NotFound()
    return found


def _find(post_id: int, reference: str) -> Retention | None:
    return db.session.scalar(
        select(Retention)
        .join(Retention.case)
        .where(Case.reference == reference, Case.post_id == post_id)
        .where(Case.submitted_at.is_not(None))
    )


def list_references() -> Sequence[str]:
    """Return the references of all requests that were erased, in the order in which they were."""
    return db.session.scalars(select(Erasure.reference).order_by(Erasure.id)).all()
