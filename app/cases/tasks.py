"""What happens to cases by themselves: corrections lapse, who is away hands over."""

from datetime import timedelta

from sqlalchemy import select

from app.cases import bulk, digest, queries, services, teams, telling
from app.cases.consents import asking
from app.cases.consents import queries as consents
from app.cases.models import CorrectionRound
from app.core.db import db
from app.jobs import handlers, ticks
from app.jobs.models import Job


def register_jobs() -> None:
    """Have the worker carry out what was scheduled for corrections."""
    handlers.register(telling.REMIND, remind)
    handlers.register(telling.LAPSE, lapse)
    handlers.register(asking.REMIND, remind_of_consent)
    handlers.register(digest.SEND, digest.send)
    ticks.every("cases.digest", timedelta(hours=1), digest.schedule)
    handlers.register_slow(bulk.JOB, bulk.carry_out)
    handlers.register_slow(teams.HAND_OVER, teams.hand_over)


def remind(job: Job) -> None:
    """Remind the citizen of a correction that is still open."""
    asked = _round_of(job)
    if asked is None or asked.closed_at is not None or not _is_of(job, asked):
        return
    telling.send(
        queries.get_by_id(asked.case_id),
        "correction_reminder",
        dedupe=f"correction/{asked.uid}/reminder/{asked.until_on.isoformat()}",
        until_on=asked.until_on.isoformat(),
    )


def remind_of_consent(job: Job) -> None:
    """Remind somebody whose consent is still asked for."""
    asking.remind(consents.get(str(job.arguments["consent"])))


def lapse(job: Job) -> None:
    """Close the case of a correction that nobody sent in time."""
    asked = _round_of(job)
    if asked is not None and _is_of(job, asked):
        services.lapse(asked)


def _is_of(job: Job, asked: CorrectionRound) -> bool:
    """Return whether a job was scheduled for the day until which the citizen has time now."""
    until_on = job.arguments.get("until_on")
    # Jobs of older rounds name no day: their deadline could not be changed.
    return until_on is None or until_on == asked.until_on.isoformat()


def _round_of(job: Job) -> CorrectionRound | None:
    return db.session.scalar(
        select(CorrectionRound).where(CorrectionRound.uid == str(job.arguments["round"]))
    )
