"""The periodic counting and watching."""

from datetime import timedelta

from app.jobs import ticks
from app.notifications.figures import services


def register_jobs() -> None:
    """Register the periodic work of the figures."""
    ticks.every("notifications.count_hours", timedelta(minutes=10), services.count_hours)
    ticks.every("notifications.watch", timedelta(minutes=1), services.watch)
