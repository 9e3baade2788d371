"""What a look at a time can tell before anything is locked, and what it leaves to the lock."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row

from app.appointments import claiming, glance, queries, rules, services
from app.appointments.models import BookingState, ClaimKind, Lane, Slot
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from tests.factories import seats

SITE = "moscow"


class Arena:
    """A time with one seat, and two citizens who want it."""

    def __init__(self) -> None:
        pool = seats.make_pool(seats.make_post())
        version = seats.make_version(pool.site.post)
        self.slot = seats.make_slot(pool)
        self.first, self.second = seats.make_case(version), seats.make_case(version)

    def is_gone(self, case: Case, *, actor: Actor | None = None, site: str = SITE) -> bool:
        return glance.is_gone(self.look(case, actor=actor, site=site))

    def look(
        self, case: Case, *, actor: Actor | None = None, site: str = SITE
    ) -> Sequence[Row[Any]]:
        who, now = actor or owner(case), clock.now()
        return glance.look(case.reference, self.slot.starts_at, site=site, actor=who, now=now)


def owner(case: Case) -> Actor:
    """Return the citizen whose request it is."""
    return Actor(kind=ActorKind.CITIZEN, id=case.account_id)


@pytest.fixture
def arena(app: Flask) -> Arena:
    """Be the arena, with its seat taken by the first of the two."""
    with app.app_context(), transaction():
        made = Arena()
        services.hold(made.first, made.slot.id, actor=owner(made.first))
    return made


def look(app: Flask, arena: Arena, act: Callable[[Arena], bool]) -> bool:
    """Look within the app, at rows as they are now."""
    with app.app_context(), transaction() as session:
        for row in (arena.slot, arena.first, arena.second):
            session.add(row)
        return act(arena)


def test_the_last_seat_is_gone_for_the_others_only(app: Flask, arena: Arena) -> None:
    assert look(app, arena, lambda one: one.is_gone(one.second))
    assert not look(app, arena, lambda one: one.is_gone(one.first))


def test_a_hold_that_is_over_is_a_seat(app: Flask, arena: Arena) -> None:
    with clock.pretend(clock.now() + rules.HOLD + timedelta(seconds=1)):
        assert not look(app, arena, lambda one: one.is_gone(one.second))


def test_a_seat_that_is_kept_for_a_move_which_is_over_is_one(app: Flask, arena: Arena) -> None:
    now = clock.now()

    def moved(one: Arena) -> bool:
        later = seats.make_slot(one.slot.pool, at="11:20")
        booking = seats.make_booking(one.first, later, state=BookingState.SERVED)
        booking.offer_starts_at, booking.offer_local_at = one.slot.starts_at, "2026-01-01T10:20"
        booking.offer_expires_at = now + timedelta(minutes=1)
        db.session.flush()
        held = queries.booking_of(one.first.id)
        assert held is not None
        services.call_off(held, now)
        claiming.take(booking, [one.slot.id], ClaimKind.OFFER)
        gone = one.is_gone(one.second)
        with clock.pretend(now + timedelta(minutes=2)):
            return gone and not one.is_gone(one.second)

    assert look(app, arena, moved)


def test_another_lane_may_have_room(app: Flask, arena: Arena) -> None:
    def with_priority(one: Arena) -> bool:
        slot = one.slot
        db.session.add(
            Slot(
                pool_id=slot.pool_id,
                lane=Lane.PRIORITY,
                starts_at=slot.starts_at,
                local_on=slot.local_on,
                planned=1,
                capacity=1,
            )
        )
        db.session.flush()
        return one.is_gone(one.second)

    assert not look(app, arena, with_priority)


def test_it_says_nothing_of_what_is_not_the_actors_or_not_there(app: Flask, arena: Arena) -> None:
    assert not look(app, arena, lambda one: one.is_gone(one.second, actor=owner(one.first)))
    assert not look(app, arena, lambda one: one.is_gone(one.second, site="elsewhere"))
