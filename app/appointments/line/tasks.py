"""What the worker does for openings: opens them at their hour and lets people in."""

from datetime import datetime, timedelta

from app.appointments.line import queries, rules, services
from app.core import clock
from app.jobs import handlers, ticks
from app.jobs.models import Job


def register_jobs() -> None:
    """Register what the worker does for openings; called by the factory."""
    handlers.register(services.OPEN, _open)
    handlers.register(services.STEP, _step)
    ticks.every("appointments.queue_look_after", timedelta(minutes=1), _look_after)


def _open(job: Job) -> None:
    services.open_(int(job.arguments["opening"]))


def _step(job: Job) -> None:
    services.step(int(job.arguments["opening"]), int(job.arguments["step"]))


def _look_after(period: datetime) -> None:
    """Go on with an opening whose next step was given up or lost."""
    now = clock.now()
    for opening in queries.list_behind(now - rules.CATCH_UP):
        services.schedule_step(opening, due_at=now, part=f":{period.isoformat()}")
