"""Finding runs, and how far they have come."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from app.appointments.resettling import rules
from app.appointments.resettling.models import ResettleItem, ResettleRun
from app.appointments.resettling.rules import Outcome
from app.cases.models import Case
from app.core.db import db
from app.core.errors import NotFound

LISTED = 200
RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one booking; outcome None while it waits."""

    reference: str
    old_local_at: str
    new_local_at: str | None
    outcome: Outcome | None


def get_run(post_id: int, uid: str) -> ResettleRun:
    """Return a run of a post; raise NotFound."""
    run = db.session.scalar(
        select(ResettleRun).where(ResettleRun.uid == uid, ResettleRun.post_id == post_id)
    )
    if run is None:
        raise NotFound()
    return run


def list_runs(post_id: int) -> Sequence[ResettleRun]:
    """Return the latest runs of a post, the newest first."""
    return db.session.scalars(
        select(ResettleRun)
        .where(ResettleRun.post_id == post_id)
        .order_by(ResettleRun.id.desc())
        .limit(RUNS)
    ).all()


def counts_of(run: ResettleRun) -> dict[Outcome | None, int]:
    """Return how many bookings of a run have which outcome; None stands for those that wait."""
    rows = db.session.execute(
        select(ResettleItem.outcome, func.count())
        .where(ResettleItem.run_id == run.id)
        .group_by(ResettleItem.outcome)
    )
    return {outcome: number for outcome, number in rows}


def list_results(run: ResettleRun) -> Sequence[Result]:
    """Return what became of the bookings of a run, those that need somebody first."""
    rows = db.session.execute(
        select(
            Case.reference,
            ResettleItem.old_local_at,
            ResettleItem.new_local_at,
            ResettleItem.outcome,
        )
        .join(Case, Case.id == ResettleItem.case_id)
        .where(ResettleItem.run_id == run.id)
        .order_by(
            case((ResettleItem.outcome.in_(rules.UNSETTLED), 0), else_=1),
            ResettleItem.old_local_at,
            ResettleItem.id,
        )
        .limit(LISTED)
    )
    return [
        Result(reference=reference, old_local_at=old, new_local_at=new, outcome=outcome)
        for reference, old, new, outcome in rows
    ]
