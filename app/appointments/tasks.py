"""Due and periodic work on seats: reminders, holds that ended, missed visits, new slots."""

from datetime import datetime, timedelta

from app.appointments import counting, messages, planning, queries, schedule, services, visiting
from app.appointments.missed import services as missed
from app.appointments.models import BookingState
from app.core import clock
from app.jobs import handlers, ticks
from app.jobs.models import Job


def register_jobs() -> None:
    """Register what the worker does for this domain; called by the factory."""
    handlers.register(messages.REMIND, _remind)
    ticks.every("appointments.expire", timedelta(seconds=30), _expire)
    ticks.every("appointments.mark_missed", timedelta(minutes=15), _mark_missed)
    ticks.every("appointments.make_slots", timedelta(days=1), _make_slots)
    ticks.every("appointments.pass_on_seats", timedelta(minutes=15), _pass_on_seats)
    ticks.every("appointments.count_seats", timedelta(days=1), _count_seats)


def _remind(job: Job) -> None:
    booking = queries.get_booking(str(job.arguments["booking"]))
    is_same = booking.sequence == job.arguments["sequence"]
    is_coming = booking.state is BookingState.BOOKED and booking.starts_at > clock.now()
    if is_same and is_coming:
        messages.remind(booking, days=int(job.arguments["days"]))


def _expire(_period: datetime) -> None:
    services.expire(clock.now())


def _mark_missed(_period: datetime) -> None:
    missed.note(visiting.mark_missed(clock.now()))


def _make_slots(_period: datetime) -> None:
    schedule.make_all_slots()


def _count_seats(_period: datetime) -> None:
    counting.count_all()


def _pass_on_seats(_period: datetime) -> None:
    for pool in planning.list_passing_on():
        schedule.pass_on_seats(pool)
