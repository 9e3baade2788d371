"""Two transactions at the same moment: the second one decides on what the first one wrote.

On SQLite the second waits for the first anyway; on PostgreSQL it does so only if it locks.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.accounts.models import Account, Person
from app.appointments import (
    moving,
    planning,
    queries,
    rules,
    schedule,
    services,
    together,
    visiting,
)
from app.appointments.models import Booking, BookingState, Claim, Pool, Slot
from app.cases import services as cases
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import DomainError
from tests.databases import somebody_waits
from tests.factories import seats
from tests.integration.appointments.test_together import Household
from tests.servers import wait_until

MORNING = datetime.fromisoformat("2026-12-03T05:00:00+00:00")
"""Eight o'clock in Moscow, on the day of the visits."""
AFTERNOON = MORNING + timedelta(hours=7)
"""Nobody came at 10:20 and by now it is noted as missed."""

pytestmark = pytest.mark.race


@dataclass(frozen=True)
class Scene:
    """A person with two cases of the same service, the first of which holds a seat."""

    app: Flask
    cases: list[int]
    slots: list[int]
    uid: str

    def owner(self, number: int = 0) -> Actor:
        """Return the citizen who filed a case."""
        account = db.session.get_one(Case, self.cases[number]).account_id
        return Actor(kind=ActorKind.CITIZEN, id=account)

    def officer(self) -> Actor:
        """Return somebody who works at the post."""
        post_id = db.session.get_one(Case, self.cases[0]).post_id
        return Actor(kind=ActorKind.STAFF, id=1, post_id=post_id, roles=frozenset({Role.OFFICER}))

    def reference(self) -> str:
        """Return the number of the first case."""
        return db.session.get_one(Case, self.cases[0]).reference

    def confirm(self) -> None:
        """Confirm the seat that is held."""
        services.confirm(self.uid, actor=self.owner())

    def hold(self, number: int, slot: int) -> None:
        """Have a case hold a slot."""
        case = db.session.get_one(Case, self.cases[number])
        services.hold(case, self.slots[slot], actor=self.owner(number))

    def states(self) -> list[BookingState]:
        """Return how all bookings stand, the oldest first."""
        return list(db.session.scalars(select(Booking.state).order_by(Booking.id)))

    def taken(self) -> list[int]:
        """Return the seats that are taken of each slot, which claims account for."""
        taken = list(db.session.scalars(select(Slot.taken).order_by(Slot.id)))
        assert sum(taken) == (db.session.scalar(select(func.sum(Claim.n))) or 0)
        return taken


@pytest.fixture
def scene(racing_app: Flask) -> Scene:
    """Be a post with two slots today, and a person who holds the first one."""
    with racing_app.app_context(), clock.pretend(MORNING), transaction():
        pool = seats.make_pool(seats.make_post())
        version = seats.make_version(pool.site.post)
        slots = [seats.make_slot(pool, on=MORNING.date(), at=at) for at in ("10:20", "10:40")]
        first = seats.make_case(version)
        second = seats.make_case(
            version,
            account=db.session.get_one(Account, first.account_id),
            person=db.session.get_one(Person, first.person_id),
        )
        owner = Actor(kind=ActorKind.CITIZEN, id=first.account_id)
        held = services.hold(first, slots[0].id, actor=owner)
        return Scene(racing_app, [first.id, second.id], [slot.id for slot in slots], held.uid)


Work = Callable[[], object]


def overlap(
    app: Flask,
    first: tuple[datetime, Work],
    second: tuple[datetime, Work],
    *,
    until: Callable[[], bool] = somebody_waits,
) -> str:
    """Do the second work, at its moment, before the first has committed; return how it ended.

    The first commits when the second waits for it or has ended, whichever comes first.
    """
    is_written, is_ended = threading.Event(), threading.Event()

    def stay_open() -> None:
        at, work = first
        with app.app_context(), clock.pretend(at), transaction():
            work()
            db.session.flush()
            is_written.set()
            wait_until(lambda: is_ended.is_set() or until(), what="the second transaction")

    other = threading.Thread(target=stay_open)
    other.start()
    assert is_written.wait(timeout=30)
    try:
        return carry_out(app, *second)
    finally:
        is_ended.set()
        other.join(timeout=30)


def carry_out(app: Flask, at: datetime, work: Work) -> str:
    """Do some work at a moment; return "done" or the name of the refusal."""
    with app.app_context(), clock.pretend(at):
        try:
            with transaction():
                work()
        except DomainError as refusal:
            return type(refusal).__name__
    return "done"


def test_hold_that_is_being_confirmed_is_not_ended_by_another_request(scene: Scene) -> None:
    in_time, too_late = MORNING + timedelta(minutes=9), MORNING + timedelta(minutes=11)

    outcome = overlap(
        scene.app, (in_time, scene.confirm), (too_late, lambda: scene.hold(1, slot=1))
    )

    assert outcome == "AlreadyBooked"
    with scene.app.app_context():
        assert scene.states() == [BookingState.BOOKED]
        assert scene.taken() == [1, 0]


def test_seats_for_two_services_are_not_held_for_one_person_at_once(scene: Scene) -> None:
    with scene.app.app_context(), clock.pretend(MORNING), transaction():
        services.expire(clock.now() + rules.HOLD)
        scene.cases.append(other_service(db.session.get_one(Case, scene.cases[0])).id)

    outcome = overlap(
        scene.app,
        (MORNING, lambda: scene.hold(1, slot=0)),
        (MORNING, lambda: scene.hold(2, slot=1)),
    )

    assert outcome == "OneAtATime"
    with scene.app.app_context():
        assert scene.taken() == [1, 0]


def other_service(case: Case) -> Case:
    """Return a case of the same person for another service, filed by another account."""
    account = seats.make_account()
    twin = seats.make_person(account, fingerprint=case.person.fingerprint)
    version = seats.make_version(case.pinned.service.post, code="PASS_LOST")
    return seats.make_case(version, account=account, person=twin)


def test_hold_that_is_over_gives_way_to_another_request(scene: Scene) -> None:
    too_late = MORNING + timedelta(minutes=11)

    assert carry_out(scene.app, too_late, lambda: scene.hold(1, slot=1)) == "done"

    with scene.app.app_context():
        assert scene.states() == [BookingState.EXPIRED, BookingState.HELD]
        assert scene.taken() == [0, 1]


@pytest.mark.parametrize("number", [0, 1])
def test_choosing_while_the_sweep_ends_the_hold_makes_a_new_one(scene: Scene, number: int) -> None:
    late = MORNING + timedelta(minutes=11)

    outcome = overlap(
        scene.app,
        (late, lambda: services.expire(clock.now())),
        (late, lambda: scene.hold(number, slot=1)),
    )

    assert outcome == "done"
    with scene.app.app_context():
        assert scene.states() == [BookingState.EXPIRED, BookingState.HELD]
        assert scene.taken() == [0, 1]


def test_confirming_while_the_sweep_ends_the_hold_is_too_late(scene: Scene) -> None:
    in_time, late = MORNING + timedelta(minutes=9), MORNING + timedelta(minutes=11)

    outcome = overlap(
        scene.app, (late, lambda: services.expire(clock.now())), (in_time, scene.confirm)
    )

    assert outcome == "HoldOver"
    with scene.app.app_context():
        assert scene.states() == [BookingState.EXPIRED]
        assert scene.taken() == [0, 0]


def test_withdrawing_while_the_sweep_ends_the_hold_leaves_it_ended(scene: Scene) -> None:
    late = MORNING + timedelta(minutes=11)

    def withdraw() -> None:
        cases.withdraw(scene.reference(), actor=scene.owner(), seen=1, key="w")

    outcome = overlap(scene.app, (late, lambda: services.expire(clock.now())), (late, withdraw))

    assert outcome == "done"
    with scene.app.app_context():
        assert scene.states() == [BookingState.EXPIRED]
        assert scene.taken() == [0, 0]


@pytest.mark.proves("booking-009")
def test_visit_that_is_noted_as_missed_cannot_be_checked_in(scene: Scene) -> None:
    assert carry_out(scene.app, MORNING, scene.confirm) == "done"

    outcome = overlap(
        scene.app,
        (AFTERNOON, lambda: visiting.mark_missed(clock.now())),
        (AFTERNOON, lambda: visiting.check_in(scene.reference(), actor=scene.officer())),
    )

    assert outcome == "NoAppointment"
    with scene.app.app_context():
        assert scene.states() == [BookingState.NO_SHOW]


def test_visit_that_is_noted_as_missed_is_not_served_with_it(scene: Scene) -> None:
    assert carry_out(scene.app, MORNING, scene.confirm) == "done"

    def complete() -> None:
        version = db.session.get_one(Case, scene.cases[0]).version
        reference = scene.reference()
        visiting.complete_visit(reference, actor=scene.officer(), seen=version, key="done")

    outcome = overlap(
        scene.app, (AFTERNOON, lambda: visiting.mark_missed(clock.now())), (AFTERNOON, complete)
    )

    assert outcome == "done"
    with scene.app.app_context():
        assert scene.states() == [BookingState.NO_SHOW]


@pytest.mark.parametrize(
    ("act", "home_of", "step"), [("cancel", services, "give_up"), ("confirm_move", moving, "move")]
)
def test_household_and_the_officer_of_one_of_them_do_not_wait_for_each_other(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch, act: str, home_of: ModuleType, step: str
) -> None:
    with racing_app.app_context(), clock.pretend(MORNING), transaction():
        home = Household(size=2)
        uid, last, owner = home.book().uid, home.cases[-1], home.actor
        together.offer_move(uid, home.late.id, actor=owner)
        reference, seen, post_id = last.reference, last.version, last.post_id
    is_half_done, is_ended = threading.Event(), threading.Event()
    one, ends = getattr(home_of, step), list[str]()

    def one_and_a_pause(*uid_and_more: object) -> object:
        done: object = one(*uid_and_more)
        if not is_half_done.is_set():
            is_half_done.set()
            wait_until(lambda: is_ended.is_set() or somebody_waits(), what="the officer")
        return done

    def complete() -> None:
        officer = Actor(
            kind=ActorKind.STAFF, id=1, post_id=post_id, roles=frozenset({Role.OFFICER})
        )
        visiting.complete_visit(reference, actor=officer, seen=seen, key="done")

    def all_of_them() -> None:
        ends.append(
            carry_out(racing_app, MORNING, lambda: getattr(together, act)(uid, actor=owner))
        )

    monkeypatch.setattr(home_of, step, one_and_a_pause)
    household = threading.Thread(target=all_of_them)
    household.start()
    assert is_half_done.wait(timeout=30)
    try:
        ends.append(carry_out(racing_app, MORNING, complete))
    finally:
        is_ended.set()
        household.join(timeout=30)

    assert sorted(ends) == ["Conflict", "done"]


@pytest.fixture
def pool_id(racing_app: Flask) -> int:
    """Be a pool with hours on Thursdays, and its slots."""
    with racing_app.app_context(), clock.pretend(MORNING), transaction():
        pool = seats.make_pool(seats.make_post())
        seats.make_hours(pool, weekdays=(4,))
        schedule.make_slots(pool)
        return pool.id


def pool_of(pool_id: int) -> Pool:
    """Return a pool by its key."""
    return db.session.get_one(Pool, pool_id)


def test_the_same_hours_added_twice_at_once_are_refused_once(
    racing_app: Flask, pool_id: int
) -> None:
    wanted = rules.Hours(
        weekday=5, opens=wall_time(9), closes=wall_time(10), lane="public", seats=2
    )

    def add() -> None:
        schedule.add_hours(pool_of(pool_id), wanted, actor=SYSTEM)

    assert overlap(racing_app, (MORNING, add), (MORNING, add)) == "HoursOverlap"

    with racing_app.app_context():
        assert len(queries.list_hours([pool_id])) == 2


def test_hours_removed_while_slots_are_made_stay_removed(
    racing_app: Flask, pool_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_been_read, is_removed = threading.Event(), threading.Event()
    known_slots = planning.known_slots

    def slow(pool_id: int, first: date, last: date | None = None) -> list[rules.KnownSlot]:
        if not have_been_read.is_set():
            have_been_read.set()
            wait_until(lambda: is_removed.is_set() or somebody_waits(), what="the removal")
        return known_slots(pool_id, first, last)

    def remove() -> None:
        (row,) = queries.list_hours([pool_id])
        schedule.remove_hours(pool_of(pool_id), row.uid, actor=SYSTEM)

    monkeypatch.setattr(planning, "known_slots", slow)
    tick = threading.Thread(target=carry_out, args=(racing_app, MORNING, schedule.make_all_slots))
    tick.start()
    assert have_been_read.wait(timeout=30)
    assert carry_out(racing_app, MORNING, remove) == "done"
    is_removed.set()
    tick.join(timeout=30)

    with racing_app.app_context():
        assert db.session.scalar(select(func.sum(Slot.capacity))) == 0


def test_seats_are_held_while_slots_are_made(racing_app: Flask, pool_id: int) -> None:
    with racing_app.app_context(), clock.pretend(MORNING), transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            pytest.skip("one transaction writes at a time in any case")
        case_id = seats.make_case(seats.make_version(pool_of(pool_id).site.post)).id
        slot_id = session.scalars(select(Slot.id).order_by(Slot.id.desc())).first() or 0

    def choose() -> None:
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        case = db.session.get_one(Case, case_id)
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        services.hold(case, slot_id, actor=owner)

    # If it waited, it would do so until its lock_timeout: nobody commits to please it.
    soon = MORNING + timedelta(days=7)
    first, second = (MORNING, schedule.make_all_slots), (soon, choose)
    outcome = overlap(racing_app, first, second, until=lambda: False)

    assert outcome == "done"
