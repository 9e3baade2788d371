"""A hall: people with a booking of today, walk-ins, and officers at counters; in a transaction."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.appointments import services as appointments
from app.appointments.day import calling, queries, services
from app.appointments.day.models import Counter, Ticket
from app.appointments.models import Pool
from app.cases.models import Case
from app.catalogue.models import Post, ServiceVersion, Site
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db
from tests.factories import people, seats


def make_hall() -> Pool:
    """Return the counters of the one post that there is, made with it and a service."""
    pool = db.session.scalar(select(Pool))
    if pool is None:
        pool = seats.make_pool(db.session.scalar(select(Post)) or seats.make_post())
        seats.make_version(pool.site.post)
    return pool


def make_visit(*, at: str = "10:20", days: int = 0, pool: Pool | None = None) -> Case:
    """Return a case with a confirmed appointment today, or some days later."""
    pool = pool or make_hall()
    case = seats.make_case(db.session.scalars(select(ServiceVersion)).all()[0])
    owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
    on = clock.today(pool.site.zone) + timedelta(days=days)
    with clock.pretend(clock.now() - timedelta(days=2)):
        slot = _slot(pool, at, on)
        appointments.confirm(appointments.hold(case, slot, actor=owner).uid, actor=owner)
    return case


def _slot(pool: Pool, at: str, on: date) -> int:
    slot = seats.make_slot(pool, on=on, at=at, seats=1)
    return slot.id


def officer_of(pool: Pool, *roles: Role) -> Actor:
    """Return a new member of staff of a post, an officer when no role is named."""
    held = roles or (Role.OFFICER,)
    row = people.staff(held, at=pool.site.post)
    return Actor(kind=ActorKind.STAFF, id=row.id, post_id=pool.site.post_id, roles=frozenset(held))


def make_counter(
    number: int = 1, *, pool: Pool | None = None, site: Site | None = None
) -> tuple[Counter, Actor]:
    """Return an open counter, for everybody when no pool is named, and its officer."""
    hall = pool or make_hall()
    actor = officer_of(hall)
    return calling.open_counter(site or hall.site, number, pool, actor=actor), actor


def walk_in(**wish: Any) -> Ticket:
    """Return the number of somebody without an appointment.  (Any: what a walk-in has.)"""
    pool = make_hall()
    known = services.WalkIn(**wish)
    return services.give_walk_in(pool.site, known, actor=officer_of(pool, Role.RECEPTIONIST))


def check_in(case: Case) -> Ticket:
    """Return the number of somebody with a booking of today, taken in at the desk."""
    pool = make_hall()
    return services.check_in(case.reference, actor=officer_of(pool, Role.RECEPTIONIST))


def take_back(case: Case) -> None:
    """Take back at the desk that somebody has come."""
    services.undo_check_in(case.reference, actor=officer_of(make_hall(), Role.RECEPTIONIST))


def waiting(pool: Pool) -> list[str]:
    """Return the numbers that wait, in the order in which they are called."""
    ids = [one.id for one in queries.list_waiting(pool.site)]
    labels = {row.id: row.label for row in db.session.scalars(select(Ticket))}
    return [labels[id] for id in ids]
