"""What the worker does with documents: look at each new one, and sweep what was left over."""

from datetime import datetime, timedelta

from app.core import clock
from app.core.db import db, transaction
from app.documents import services
from app.jobs import handlers, ticks
from app.jobs import services as jobs
from app.jobs.models import Job

TIDY = "documents.tidy"


def check(job: Job) -> None:
    """Look at one document outside of any transaction, then write down what came of it."""
    uid: str = job.arguments["document"]
    outcome = services.look_at(uid)
    db.session.close()
    if outcome is None:
        return
    with transaction():
        services.conclude(uid, outcome)


def tidy(_job: Job) -> None:
    """Remove left-over files and have documents looked at again that nobody could look at."""
    services.sweep(clock.now())
    db.session.close()
    with transaction():
        services.check_again(clock.now())


def schedule_tidy(period_at: datetime) -> None:
    """Make the hourly tidying a job, because listing a store takes long."""
    jobs.schedule(TIDY, dedupe=f"{TIDY}/{period_at:%Y%m%d%H}", due_at=period_at, arguments={})


def register_jobs() -> None:
    """Register the work of this domain."""
    handlers.register_slow(services.CHECK, check)
    handlers.register_slow(TIDY, tidy)
    ticks.every(TIDY, timedelta(hours=1), schedule_tidy)
