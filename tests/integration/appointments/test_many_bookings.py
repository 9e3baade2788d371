"""One account books so many appointments by itself, whatever services and persons it names."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import identity
from app.accounts.models import Account
from app.appointments import together
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import ManyAlready
from app.cases.models import Case
from app.core.db import db, transaction
from tests.factories import seats
from tests.integration.appointments.test_bookings import NOW, Hall, hold, officer, owner

MOST = 2


@pytest.fixture(autouse=True)
def _a_morning(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings = replace(app.config["SETTINGS"], bookings_per_account=MOST)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    with time_machine.travel(NOW, tick=False), app.app_context():
        yield


def case_of(hall: Hall, account: Account) -> Case:
    """Return a request of an account for somebody else than the others."""
    return hall.case(account=account, person=seats.make_person(account))


def confirmed(hall: Hall, case: Case) -> None:
    """Have the owner of a request book the time of the hall that is free."""
    with transaction():
        uid = hold(case, db.session.merge(hall.free)).uid  # type: ignore[attr-defined]
        together.confirm(uid, actor=owner(case))


def filled(hall: Hall, account: Account) -> list[Case]:
    """Return the requests of an account that has as many appointments as it may have."""
    hall.free = hall.slot(seats=20)  # type: ignore[attr-defined]
    return [case_of(hall, account) for _number in range(MOST)]


def count_booked() -> int:
    booked = select(func.count(Booking.id)).where(Booking.state == BookingState.BOOKED)
    return db.session.scalar(booked) or 0


def test_one_more_than_the_limit_is_refused_and_another_account_goes_on() -> None:
    with transaction():
        hall, account = Hall(), seats.make_account()
        cases, another = filled(hall, account), case_of(hall, account)
        stranger = hall.case()
    for case in cases:
        confirmed(hall, case)

    with pytest.raises(ManyAlready) as refused:
        confirmed(hall, another)
    assert str(MOST) in refused.value.sentence()
    confirmed(hall, stranger)

    assert count_booked() == MOST + 1


def test_what_staff_give_and_whom_they_have_seen_is_not_counted() -> None:
    with transaction():
        hall, account = Hall(), seats.make_account()
        cases, another, third = (
            filled(hall, account),
            case_of(hall, account),
            case_of(hall, account),
        )
    for case in cases:
        confirmed(hall, case)
    with transaction():
        uid = hold(another, hall.free).uid  # type: ignore[attr-defined]
        together.confirm(uid, actor=officer(another))
    with pytest.raises(ManyAlready):
        confirmed(hall, third)

    with transaction():
        for seen in (cases[0], another):
            identity.verify(seen.person_id, actor=officer(seen))
    confirmed(hall, third)

    assert count_booked() == MOST + 2


def test_what_is_confirmed_twice_is_one_appointment() -> None:
    with transaction():
        hall, account = Hall(), seats.make_account()
        cases = filled(hall, account)
    for case in cases:
        confirmed(hall, case)

    booking = db.session.scalars(select(Booking).where(Booking.case_id == cases[0].id)).one()
    with transaction():
        together.confirm(booking.uid, actor=owner(cases[0]))

    assert count_booked() == MOST
