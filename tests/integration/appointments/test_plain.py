"""A plain hold writes what the long way writes, and leaves to it whatever is not plain."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.appointments import claiming, glance, plain, queries, rules, services
from app.appointments.draw.models import ServiceMode
from app.appointments.draw.rules import ReleaseMode
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking, BookingPerson, BookingState, Claim, Pool, Slot
from app.appointments.rules import CancelReason
from app.cases.models import Case, CaseStep
from app.cases.rules import State, StepState
from app.catalogue import queries as catalogue
from app.catalogue.models import Closure, ServiceVersion
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db, new_uid, transaction
from app.core.errors import SlotTaken
from tests.factories import seats

OWN = {"id", "uid", "case_id", "booking_id", "person_id", "fingerprint"}


class Arena:
    """A time with a seat, and somebody who wants it."""

    def __init__(self, *, units: int = 1, buffers: tuple[int, int] = (0, 0)) -> None:
        self.pool: Pool = seats.make_pool(seats.make_post())
        self.version: ServiceVersion = seats.make_version(
            self.pool.site.post, units=units, buffers=buffers
        )
        self.slot: Slot = seats.make_slot(self.pool)
        self.case: Case = seats.make_case(self.version)
        catalogue.definition_of(self.version)  # every process has read it once

    def hold(self, case: Case | None = None, *, between: Callable[[], object] = int) -> bool:
        """Look, have something happen between, and keep the time the plain way."""
        case, now = case or self.case, clock.now()
        actor = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        at = self.slot.starts_at
        found = glance.look(case.reference, at, site="moscow", actor=actor, now=now)
        between()
        db.session.flush()
        return bool(plain.hold(found, now))

    def hold_the_long_way(self, case: Case) -> Booking:
        actor = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        return services.hold(case, self.slot.id, actor=actor)


def written(case: Case) -> list[dict[str, object]]:
    """Return all rows of the hold of a case, without what is the case's own."""
    booking = queries.booking_of(case.id)
    assert booking is not None
    rows = [
        booking,
        db.session.scalars(select(BookingPerson).filter_by(booking_id=booking.id)).one(),
        db.session.scalars(select(Claim).filter_by(booking_id=booking.id)).one(),
    ]
    return [
        {
            column.key: getattr(row, column.key)
            for column in row.__table__.columns
            if column.key not in OWN
        }
        for row in rows
    ]


def test_both_ways_write_the_same(app: Flask) -> None:
    with app.app_context(), transaction(), clock.pretend(clock.now()):
        one = Arena()
        one.slot.planned = one.slot.capacity = 2
        other = seats.make_case(one.version)

        assert one.hold()
        one.hold_the_long_way(other)

        assert written(one.case) == written(other)
        assert one.slot.id == db.session.scalars(select(Claim.slot_id)).first()


def stands(**more: object) -> Callable[[Arena], None]:
    """Have the case stand otherwise."""

    def change(one: Arena) -> None:
        db.session.execute(update(Case).where(Case.id == one.case.id).values(**more))

    return change


def goes_on(one: Arena) -> None:
    steps = update(CaseStep).where(CaseStep.case_id == one.case.id)
    db.session.execute(steps.values(state=StepState.DONE))


def holds_elsewhere(one: Arena) -> None:
    version = seats.make_version(one.pool.site.post, code="BIRTH")
    twin = seats.make_case(version, person=one.case.person)
    twin.account_id = one.case.account_id
    slot = seats.make_slot(one.pool, at="11:20")
    services.hold(twin, slot.id, actor=Actor(kind=ActorKind.CITIZEN, id=twin.account_id))


def missed_lately(one: Arena) -> None:
    past = seats.make_booking(one.case, one.slot, state=BookingState.NO_SHOW)
    db.session.add(
        MissedVisit(
            uid=new_uid(),
            post_id=one.case.post_id,
            booking_id=past.id,
            case_id=one.case.id,
            data_key_id=one.case.data_key_id,
            fingerprint=one.case.person.fingerprint,
            missed_at=clock.now(),
            blocked_until=clock.today(one.pool.site.zone),
            state=MissedState.NOTED,
        )
    )


def was_cancelled_by_post(one: Arena) -> None:
    past = seats.make_booking(one.case, one.slot, state=BookingState.CANCELLED)
    past.cancel_reason = CancelReason.BY_POST


def is_drawn(one: Arena) -> None:
    db.session.add(
        ServiceMode(service_id=one.case.service_id, mode=ReleaseMode.DRAW, changed_at=clock.now())
    )


def is_closed(one: Arena) -> None:
    day = one.slot.local_on
    db.session.add(
        Closure(
            post_id=one.case.post_id,
            first_on=day,
            last_on=day,
            scope=ClosureScope.PAID,
            title=seats.words("Year's end"),
        )
    )


@pytest.mark.parametrize(
    "meanwhile",
    [
        stands(state=State.WITHDRAWN),
        goes_on,
        holds_elsewhere,
        missed_lately,
        was_cancelled_by_post,
        is_drawn,
        is_closed,
    ],
)
def test_what_comes_between_the_look_and_the_lock_stands_in_the_way(
    app: Flask, meanwhile: Callable[[Arena], None]
) -> None:
    with app.app_context(), transaction():
        one = Arena()
        assert not one.hold(between=lambda: meanwhile(one))
        assert queries.booking_of(one.case.id) is None


def gated(one: Arena) -> None:
    one.slot.is_gated = True


def of_a_mission(one: Arena) -> None:
    one.pool.site.first_on = one.pool.site.last_on = one.slot.local_on


def beyond_the_horizon(one: Arena) -> None:
    one.pool.horizon_days = 2


def of_a_household(one: Arena) -> None:
    filing = seats.bind(seats.make_account(), one.version, 1)[0].filing_id
    one.case.filing_id = filing


@pytest.mark.parametrize("is_so", [gated, of_a_mission, beyond_the_horizon, of_a_household])
def test_what_the_look_sees_stands_in_the_way(app: Flask, is_so: Callable[[Arena], None]) -> None:
    with app.app_context(), transaction():
        one = Arena()
        is_so(one)
        db.session.flush()
        assert not one.hold()


@pytest.mark.parametrize("size", [{"units": 2}, {"buffers": (20, 0)}])
def test_a_visit_of_several_slots_goes_the_long_way(app: Flask, size: dict[str, object]) -> None:
    with app.app_context(), transaction():
        assert not Arena(**size).hold()  # type: ignore[arg-type]


def test_a_time_that_is_past_is_not_kept(app: Flask) -> None:
    with app.app_context(), transaction():
        one = Arena()
        with clock.pretend(one.slot.starts_at + timedelta(minutes=1)):
            assert not one.hold()


def test_the_last_seat_is_taken_once(app: Flask) -> None:
    with app.app_context(), pytest.raises(SlotTaken), transaction():
        one = Arena()
        one.hold(seats.make_case(one.version), between=one.hold)


def test_a_hold_ends_as_any_other(app: Flask) -> None:
    with app.app_context(), transaction():
        one = Arena()
        assert one.hold()
        with clock.pretend(clock.now() + rules.HOLD + timedelta(seconds=1)):
            assert claiming.sweep(clock.now()) == 1
            assert one.hold(seats.make_case(one.version))
