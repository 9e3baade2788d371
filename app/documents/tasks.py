"""What the worker does with documents: look at each new one, and sweep what was left over."""

from datetime import datetime, timedelta

from app.core import clock
from app.core.db import db, transaction
from app.documents import proving, scanner, services
from app.jobs import handlers, ticks
from app.jobs import services as jobs
from app.jobs.models import Job


def check(job: Job) -> None:
    """Look at one document outside of any transaction, then write down what came of it.

    While the scanner gives no answer the document waits, and the job with it.
    """
    uid: str = job.arguments["document"]
    try:
        outcome = services.look_at(uid)
    except scanner.NoAnswer as silence:
        db.session.close()
        with transaction():
            services.note_trouble(uid, silence.trouble)
        raise jobs.NotYet(silence.trouble.value) from silence
    db.session.close()
    if outcome is None:
        return
    with transaction():
        services.conclude(uid, outcome)


def sweep(job: Job) -> None:
    """Remove what is left over in one folder of the store."""
    services.sweep(clock.now(), prefix=job.arguments["prefix"])


def prove(_job: Job) -> None:
    """Compare some of what is stored with what came."""
    proving.prove_some()


def check_again(_period_at: datetime) -> None:
    """Have documents looked at again that nobody could look at."""
    services.check_again(clock.now())


def register_jobs() -> None:
    """Register the work of this domain."""
    handlers.register_slow(services.CHECK, check)
    handlers.register_slow(services.SWEEP, sweep)
    handlers.register_slow(proving.PROVE, prove)
    # Ahead of the sweep and apart from it: somebody waits for these.
    ticks.every("documents.check_again", timedelta(hours=1), check_again)
    ticks.every(services.SWEEP, timedelta(hours=1), services.schedule_sweep)
    ticks.every(proving.PROVE, proving.PERIOD, proving.schedule)
