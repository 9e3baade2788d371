"""What happens to cases by themselves: corrections lapse, who is away hands over."""

from sqlalchemy import select

from app.cases import queries, services, teams, telling
from app.cases.models import CorrectionRound
from app.core.db import db
from app.jobs import handlers
from app.jobs.models import Job


def register_jobs() -> None:
    """Have the worker carry out what was scheduled for corrections."""
    handlers.register(telling.REMIND, remind)
    handlers.register(telling.LAPSE, lapse)
    handlers.register_slow(teams.HAND_OVER, teams.hand_over)


def remind(job: Job) -> None:
    """Remind the citizen of a correction that is still open."""
    asked = _round_of(job)
    if asked is None or asked.closed_at is not None:
        return
    telling.send(
        queries.get_by_id(asked.case_id),
        "correction_reminder",
        dedupe=f"correction/{asked.uid}/reminder",
        until_on=asked.until_on.isoformat(),
    )


def lapse(job: Job) -> None:
    """Close the case of a correction that nobody sent in time."""
    asked = _round_of(job)
    if asked is not None:
        services.lapse(asked)


def _round_of(job: Job) -> CorrectionRound | None:
    return db.session.scalar(
        select(CorrectionRound).where(CorrectionRound.uid == str(job.arguments["round"]))
    )
