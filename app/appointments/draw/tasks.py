"""What the worker does for draws at their hours: open, close, assign, warn, pass on."""

import time
from datetime import datetime, timedelta

from app.appointments import queries as seats
from app.appointments.draw import assigning, messages, queries, services
from app.appointments.draw.rules import CONTINUES
from app.core import clock
from app.core.db import transaction
from app.jobs import handlers, ticks
from app.jobs import services as jobs
from app.jobs.models import Job

ON = "appointments.draw_on"
PART_S = 15.0
"""A worker gives seats for so long at once, so that it can be stopped in time."""


def register_jobs() -> None:
    """Register what the worker does for draws; called by the factory."""
    handlers.register(services.OPEN, _open)
    handlers.register(services.CLOSE, _close)
    handlers.register(messages.WARN, _warn)
    handlers.register_slow(services.RUN, _run)
    handlers.register_slow(ON, _pass_on)
    ticks.every("appointments.draw_pass_on", timedelta(minutes=5), _look_after)


def _open(job: Job) -> None:
    if _goes_on(job):
        services.open_(_release_of(job))


def _close(job: Job) -> None:
    if _goes_on(job):
        services.close(_release_of(job))


def _goes_on(job: Job) -> bool:
    """Return whether a draw was not called off meanwhile."""
    return queries.lock(_release_of(job)).state in CONTINUES


def _warn(job: Job) -> None:
    messages.tell_lapsing(seats.get_booking(str(job.arguments["booking"])))


def _run(job: Job) -> None:
    """Assign seats of a draw, each in a transaction of its own, and see to the rest."""
    until = time.monotonic() + PART_S
    with transaction():
        current = assigning.begin(_release_of(job))
    while current is not None:
        with transaction():
            is_more = jobs.go_on(job) and assigning.go_on(current)
            if is_more and time.monotonic() > until:
                services.schedule_part(current.release_id, part=str(current.settled))
                is_more = False
        if not is_more:
            return


def _pass_on(job: Job) -> None:
    """Offer what was given back to the next ones; the rest of it is taken up in five minutes."""
    until, is_more = time.monotonic() + PART_S, True
    while is_more and time.monotonic() < until:
        with transaction():
            is_more = jobs.go_on(job) and assigning.pass_on(_release_of(job))


def _look_after(period: datetime) -> None:
    """Have seats that were given back passed on, and go on with what somebody has left."""
    for release_id in assigning.list_unfinished():
        services.schedule_part(release_id, part=period.isoformat())
    for release_id in assigning.list_to_pass_on(clock.now()):
        jobs.schedule(
            ON,
            dedupe=f"{ON}:{release_id}:{period.isoformat()}",
            due_at=clock.now(),
            arguments={"release": release_id},
        )


def _release_of(job: Job) -> int:
    return int(job.arguments["release"])
