"""Periodic work of the hall: the days that are over are closed."""

from datetime import datetime, timedelta

from app.appointments.day import services
from app.core import clock
from app.jobs import ticks


def register_jobs() -> None:
    """Register what the worker does for the hall; called by the factory."""
    ticks.every("appointments.close_days", timedelta(minutes=30), _close_days)


def _close_days(_period: datetime) -> None:
    services.close_days(clock.now())
