"""What the worker does about announcements: a message for each account, in parts."""

from app.jobs import handlers, parts
from app.jobs.models import Job
from app.notifications.announcements import services

TURNS = 20
"""So many transactions under one lease; then the next job goes on."""


def carry_out(job: Job) -> None:
    """Tell the next accounts of an announcement, and see to the rest."""
    parts.carry_out(job, turns=TURNS, step=services.tell_next, leave_out=services.leave_out)


def register_jobs() -> None:
    """Register the work of announcements."""
    handlers.register_slow(services.JOB, carry_out)
