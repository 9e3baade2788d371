"""The work of moving and cancelling many bookings."""

from app.appointments.resettling import services
from app.jobs import handlers


def register_jobs() -> None:
    """Register what the worker does for runs over bookings; called by the factory."""
    handlers.register_slow(services.JOB, services.carry_out)


TASKS = ()
