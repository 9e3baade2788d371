"""Who files with somebody else's number blocks nobody for long, and gains no second seat."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts import rules
from app.accounts import services as people
from app.appointments import settling
from app.appointments.line.rules import PlaceState
from app.appointments.missed import queries as missed
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import Clash
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.crypto import new_data_key
from app.core.db import db, transaction
from app.core.errors import NotAllowed, NotFound
from tests.factories import lines, seats
from tests.integration.appointments.test_bookings import NOW, Hall, book, hold


@pytest.fixture(autouse=True)
def _a_morning(app: Flask) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), app.app_context():
        yield


def officer(case: Case, *roles: Role) -> Actor:
    return Actor(
        kind=ActorKind.STAFF, id=1, post_id=case.post_id, roles=frozenset(roles or (Role.OFFICER,))
    )


def twins(hall: Hall) -> tuple[Case, Case]:
    """Return a stranger's request and that of the person whose number it names."""
    wrong = hall.case()
    owner = seats.make_account()
    true = hall.case(
        account=owner, person=seats.make_person(owner, fingerprint=wrong.person.fingerprint)
    )
    return wrong, true


def test_the_person_is_free_once_staff_saw_the_paper_and_the_stranger_is_not() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        slot = hall.slot(seats=5)
        booking = book(wrong, slot)
    with pytest.raises(Clash), transaction():
        hold(true, slot)

    with transaction():
        settling.settle(true.reference, [wrong.reference], actor=officer(true))

    with transaction():
        book(true, slot)
    assert db.session.get_one(Booking, booking.id).state is BookingState.CANCELLED
    with pytest.raises(Clash), transaction():
        hold(wrong, slot)


def test_a_broker_who_enters_the_number_again_gets_no_seat_beside_the_person() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        slot = hall.slot(seats=5)
        mark = true.person.fingerprint
        settling.settle(true.reference, [wrong.reference], actor=officer(true))
        third = seats.make_account()
        again = hall.case(account=third, person=seats.make_person(third, fingerprint=mark))

    with pytest.raises(Clash), transaction():
        hold(again, slot)
    with transaction():
        book(true, slot)


def test_two_accounts_cannot_hold_two_seats_for_one_person_before_anybody_looked() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        slot = hall.slot(seats=5)
        book(wrong, slot)
    with pytest.raises(Clash), transaction():
        hold(true, slot)


def test_both_parents_go_on_when_none_is_marked() -> None:
    with transaction():
        hall = Hall()
        father, mother = twins(hall)
        slot = hall.slot(seats=5)
        settling.settle(father.reference, [], actor=officer(father))
    with pytest.raises(Clash), transaction():
        hold(mother, slot)

    with transaction():
        settling.settle(mother.reference, [], actor=officer(mother))
        book(mother, slot)
    assert father.person.fingerprint == mother.person.fingerprint


def test_a_visit_of_the_stranger_that_has_begun_keeps_nobody_from_settling() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        booking = book(wrong, hall.slot(seats=5))
        free = hall.slot(at="16:20")
    with time_machine.travel(booking.starts_at + timedelta(minutes=5), tick=False):
        with transaction():
            settling.settle(true.reference, [wrong.reference], actor=officer(true))

        with transaction():
            book(true, free)
    assert db.session.get_one(Booking, booking.id).state is BookingState.BOOKED


def test_the_person_lines_up_once_the_stranger_stands_in_no_queue() -> None:
    with time_machine.travel(lines.IN_TIME, tick=False):
        with transaction():
            fair = lines.make()
            opening = lines.announce(fair)
            wrong, true = fair.case(), fair.case()
            true.person.fingerprint = wrong.person.fingerprint
            lines.join(wrong, opening)
        with pytest.raises(Clash), transaction():
            lines.join(true, opening)

        with transaction():
            settling.settle(true.reference, [wrong.reference], actor=officer(true))

        with transaction():
            assert lines.join(true, opening).state is PlaceState.WAITING
        assert lines.place(opening.id, wrong).state is PlaceState.LEFT


def test_visits_that_the_stranger_missed_do_not_count_for_the_person() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        booking = book(wrong, hall.slot(seats=5))
        db.session.add(
            MissedVisit(
                post_id=true.post_id,
                booking_id=booking.id,
                case_id=wrong.id,
                fingerprint=true.person.fingerprint,
                missed_at=clock.now(),
                blocked_until=(clock.now() + timedelta(days=30)).date(),
                state=MissedState.NOTED,
                data_key=new_data_key(clock.now()),
            )
        )
        db.session.flush()
        assert missed.block_of(true) is not None

        settling.settle(true.reference, [wrong.reference], actor=officer(true))

    assert missed.block_of(true) is None
    assert missed.block_of(wrong) is not None


def test_what_staff_correct_is_a_person_again() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        settling.settle(true.reference, [wrong.reference], actor=officer(true))
        details = rules.Details(first_ar="سامر", national_number="01010101010")
        people.correct_person(wrong.person_id, details, actor=officer(true))
        slot = hall.slot(seats=5)

    assert wrong.person.fingerprint == accounts.fingerprint(details)
    with transaction():
        book(wrong, slot)


def test_only_who_judges_papers_says_whose_a_request_is() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
    with pytest.raises(NotAllowed), transaction():
        settling.settle(true.reference, [], actor=officer(true, Role.RECEPTIONIST))
    with pytest.raises(settling.NotTheSamePerson), transaction():
        settling.settle(true.reference, ["JM-XXXX-XXXX-C"], actor=officer(true))
    elsewhere = Actor(
        kind=ActorKind.STAFF, id=1, post_id=true.post_id + 1, roles=frozenset({Role.OFFICER})
    )
    with pytest.raises(NotFound), transaction():
        settling.settle(true.reference, [wrong.reference], actor=elsewhere)


def test_it_is_on_record_without_a_number() -> None:
    with transaction():
        hall = Hall()
        wrong, true = twins(hall)
        settling.settle(true.reference, [wrong.reference], actor=officer(true))
    said = select(AuditEntry.action, AuditEntry.object_uid).where(
        AuditEntry.action.startswith("person.")
    )
    assert sorted(tuple(row) for row in db.session.execute(said)) == sorted(
        [("person.disowned", wrong.person.uid), ("person.verified", true.person.uid)]
    )
