"""What the worker does for those who wait: offer, warn, pass on, give free, ask, remove."""

import time
from datetime import datetime, timedelta

from app.appointments import returning
from app.appointments.waiting import messages, offering, queries, rules, services
from app.appointments.waiting.models import WaitingOffer
from app.core import clock
from app.core.db import db, transaction
from app.jobs import handlers, ticks
from app.jobs import services as jobs
from app.jobs.models import Job

PART_S = 15.0
"""A worker offers seats for so long at once, so that it can be stopped in time."""


def register_jobs() -> None:
    """Register what the worker does for those who wait; called by the factory."""
    handlers.register_slow(returning.ON, _offer)
    handlers.register(messages.WARN, _warn)
    ticks.every("appointments.waiting", timedelta(minutes=5), _look_after)
    ticks.every("appointments.waiting_settle", timedelta(seconds=60), _settle)
    ticks.every("appointments.waiting_ask", timedelta(hours=1), _ask)


def _offer(job: Job) -> None:
    """Offer seats of a pool one after another, then give those free whose hour has come."""
    pool_id = int(job.arguments["pool"])
    until, is_more = time.monotonic() + PART_S, True
    while is_more and time.monotonic() < until:
        with transaction():
            is_more = jobs.go_on(job) and offering.offer_next(pool_id)
    with transaction():
        offering.give_free(pool_id)


def _warn(job: Job) -> None:
    """Tell once more of an offer, while it waits for an answer."""
    offer = db.session.get(WaitingOffer, int(job.arguments["offer"]))
    booking = queries.kept_for(offer.entry_id) if offer is not None else None
    if offer is None or offer.outcome is not None or booking is None:
        return
    messages.tell_lapsing(queries.lock(offer.entry_id), offer, booking)


def _settle(_period: datetime) -> None:
    for entry_id in queries.list_unkept_offers():
        offering.settle(entry_id)
    for entry_id in queries.list_needless():
        offering.end_needless(entry_id)


def _look_after(period: datetime) -> None:
    for pool_id in queries.pools_to_look_at(clock.now()):
        returning.look_in(pool_id, period)


def _ask(_period: datetime) -> None:
    now = clock.now()
    for entry_id in queries.to_ask(before=now - rules.CONFIRM_EVERY):
        services.ask(entry_id, now)
    for entry_id in queries.silent(before=now - rules.GRACE):
        services.remove_silent(entry_id, now)
