"""Runs that move or cancel bookings, for tests of one and of a thousand; inside transaction()."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, insert, select

from app.appointments import planning, schedule
from app.appointments.models import Booking, Claim, ClaimKind, Slot
from app.appointments.resettling import services as resettling
from app.appointments.resettling.models import ResettleItem, ResettleRun
from app.appointments.resettling.rules import Ground, Outcome, Way
from app.catalogue.models import Post
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db
from app.notifications.models import Message
from tests.factories import people, seats

SEATS = 50


def admin() -> Actor:
    """Return an admin of the only post."""
    post = db.session.scalars(select(Post)).one()
    member = people.staff([Role.ADMIN], at=post)
    return Actor(kind=ActorKind.STAFF, id=member.id, roles=frozenset({Role.ADMIN}), post_id=post.id)


def begin(number: int, first: date) -> ResettleRun:
    """Close the week from a day on, on which so many have appointments, and begin to move them."""
    pool = seats.make_pool(seats.make_post())
    seats.make_hours(pool, seats=SEATS)
    schedule.make_slots(pool)
    _book(number, first)

    post, last, scope = pool.site.post, first + timedelta(days=6), ClosureScope.ALL
    schedule.add_closure(post, first, last, scope=scope, title=seats.words("Feast"), actor=SYSTEM)
    hit = planning.list_excess(post.id, clock.now())
    return resettling.begin(post.id, hit, Way.MOVE, Ground.CLOSURE, actor=admin())


def _book(number: int, first: date) -> None:
    """Fill the slots from a day on, one after the other."""
    slots = db.session.scalars(
        select(Slot).where(Slot.local_on >= first).order_by(Slot.starts_at)
    ).unique()
    version = seats.make_version(db.session.scalars(select(Post)).one())
    for n, slot in zip(range(0, number, SEATS), slots, strict=False):
        for _ in range(min(SEATS, number - n)):
            booking = seats.make_booking(seats.make_case(version), slot)
            claim(booking, slot)


def claim(booking: Booking, slot: Slot) -> None:
    """Take a seat of a slot for a booking that has none."""
    row = {"booking_id": booking.id, "slot_id": slot.id, "n": 1, "kind": ClaimKind.MAIN}
    db.session.execute(insert(Claim), row)


def outcomes() -> dict[Outcome | None, int]:
    """Return how many bookings have which outcome."""
    rows = db.session.execute(
        select(ResettleItem.outcome, func.count()).group_by(ResettleItem.outcome)
    )
    return {outcome: number for outcome, number in rows}


def drift() -> int:
    """Return how many slots count otherwise than their claims."""
    claimed = select(func.coalesce(func.sum(Claim.n), 0)).where(Claim.slot_id == Slot.id)
    query = select(func.count(Slot.id)).where(Slot.taken != claimed.scalar_subquery())
    return db.session.scalar(query) or 0


def most_moved() -> int:
    """Return how often the booking that was moved most often was."""
    return db.session.scalar(select(func.max(Booking.sequence))) or 0


def messages(event: str) -> Sequence[Message]:
    """Return the messages of an event."""
    return db.session.scalars(select(Message).where(Message.event == event)).all()
