"""Visits that nobody came to: noted once, followed by a notice or a wait, objected to, lifted."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account
from app.appointments import queries as seat_queries
from app.appointments import services as appointments
from app.appointments import visiting
from app.appointments.missed import queries, services
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import MissedBefore
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound
from app.jobs import tasks as jobs
from app.notifications.models import Message
from tests.factories import halls, people, seats
from tests.visitor import Visitor

NOW = "2026-12-03T07:00:00+00:00"


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def owner_of(case: Case) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, id=case.account_id)


def miss(hand: time_machine.Traveller, times: int = 1, case: Case | None = None) -> Case:
    """Return a case whose person missed so many visits, one a day; the last was today."""
    pool = halls.make_hall()
    case = case or halls.make_visit()
    for turn in range(times):
        if turn or seat_queries.booking_of(case.id) is None:
            slot = seats.make_slot(pool, on=clock.today(pool.site.zone), at="10:20")
            staff = halls.officer_of(pool, Role.RECEPTIONIST)
            with clock.pretend(slot.starts_at - timedelta(days=2)):
                booked = appointments.hold(case, slot.id, actor=staff)
                appointments.confirm(booked.uid, actor=staff)
        hand.shift(timedelta(hours=5))
        services.note(visiting.mark_missed(clock.now()))
        if turn < times - 1:
            hand.shift(timedelta(hours=19))
    return case


def told(event: str) -> list[str]:
    """Return the payloads of what was told."""
    rows = db.session.scalars(select(Message).where(Message.event == event).order_by(Message.id))
    return [str((row.payload or {}).get("until_on", "")) for row in rows]


def test_first_is_a_notice_and_the_next_ones_a_wait(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        case = miss(hand, times=3)
        rows = db.session.scalars(select(MissedVisit).order_by(MissedVisit.id)).all()

        assert [row.blocked_until for row in rows] == [
            None,
            date(2026, 12, 4) + timedelta(days=14),
            date(2026, 12, 5) + timedelta(days=30),
        ]
        assert told("visit_missed") == ["", "2026-12-18", "2027-01-04"]
        assert queries.block_of(case) == date(2027, 1, 4)


def test_who_waits_books_nothing_online_and_the_reception_still_gives_a_time(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        pool = halls.make_hall()
        case = miss(hand, times=2)
        slot = seats.make_slot(pool, on=clock.today(pool.site.zone) + timedelta(days=3))

        with pytest.raises(MissedBefore, match="MissedBefore"):
            appointments.hold(case, slot.id, actor=owner_of(case))
        staff = halls.officer_of(pool, Role.RECEPTIONIST)
        assert appointments.hold(case, slot.id, actor=staff).state is BookingState.HELD


def test_wait_ends_by_itself(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context(), transaction():
        case = miss(hand, times=2)
        assert queries.block_of(case) is not None
        hand.shift(timedelta(days=14, hours=12))

        assert queries.block_of(case) is None


def test_same_person_by_another_account_waits_as_well(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        case = miss(hand, times=2)
        same = seats.make_person(seats.make_account(), fingerprint="f" * 32)
        other = seats.make_case(case.pinned, person=same)
        for row in db.session.scalars(select(MissedVisit)):
            row.fingerprint = "f" * 32
        db.session.flush()

        assert queries.block_of(other) is not None
        assert queries.block_of(seats.make_case(case.pinned)) is None


def test_emergencies_never_wait(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context(), transaction():
        case = miss(hand, times=2)
        case.service.category = "emergency"
        db.session.flush()

        assert queries.block_of(case) is None


def test_half_a_year_later_it_is_forgotten(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context(), transaction():
        case = miss(hand)
        hand.shift(timedelta(days=181))

        miss(hand, case=case)

        assert told("visit_missed") == ["", ""]


def test_the_job_notes_each_visit_once(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context(), transaction():
        halls.make_visit()
    hand.shift(timedelta(hours=5))
    with app.app_context():
        jobs.tick()
        hand.shift(timedelta(minutes=16))
        jobs.tick()

        assert len(db.session.scalars(select(MissedVisit)).all()) == 1
        assert len(told("visit_missed")) == 1
        with transaction():
            booking = db.session.scalars(select(Booking)).one()
            assert services.note([booking]) == []


def test_who_was_here_and_went_has_missed_nothing(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context(), transaction():
        halls.check_in(halls.make_visit())
    hand.shift(timedelta(days=1))
    with app.app_context():
        jobs.tick()

        assert db.session.scalar(select(Booking.state)) is BookingState.LEFT
        assert db.session.scalars(select(MissedVisit)).all() == []


def test_objection_is_taken_once_and_only_from_its_owner(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        case = miss(hand)
        stranger = Actor(kind=ActorKind.CITIZEN, id=seats.make_account().id)
        with pytest.raises(NotFound):
            services.object_to(case.reference, "I was there", actor=stranger)

        missed = services.object_to(case.reference, "I was there", actor=owner_of(case))

        assert (missed.state, missed.words) == (MissedState.OBJECTED, "I was there")
        assert b"there" not in (missed.sealed_words or b"")
        with pytest.raises(Conflict):
            services.object_to(case.reference, "again", actor=owner_of(case))
        assert queries.count_objections(case.post_id) == 1


def test_lifting_takes_back_what_followed_from_it(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context(), transaction():
        case = miss(hand, times=2)
        head = halls.officer_of(halls.make_hall(), Role.HEAD)
        first, second = db.session.scalars(select(MissedVisit).order_by(MissedVisit.id)).all()
        with pytest.raises(NotAllowed):
            services.lift(first.uid, "x", actor=halls.officer_of(halls.make_hall()))

        services.lift(first.uid, "The door was shut", actor=head)

        assert (second.blocked_until, queries.block_of(case)) == (None, None)
        assert told("missed_decided") == [""]
        with pytest.raises(Conflict):
            services.uphold(first.uid, "y", actor=head)
        actions = db.session.scalars(select(AuditEntry.action)).all()
        assert "missed.lifted" in actions


def signed_in(app: Flask, case_id: int) -> Visitor:
    """Return the browser of the owner of a case."""
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, db.session.get_one(Case, case_id).account_id)
        token = sessions.begin(account=account)
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def test_citizen_reads_what_follows_objects_and_reads_the_decision(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        case = miss(hand, times=2)
        case_id, reference = case.id, case.reference
    with app.test_request_context(), transaction():
        token = sessions.begin(staff=people.staff([Role.HEAD], at=halls.make_hall().site.post))
    citizen = signed_in(app, case_id)
    page = citizen.open(f"/en/requests/{reference}/book")
    assert page.heading == "Missed appointment"
    assert "No new time can be booked online until" in page.text
    assert citizen.submit({"text": " "}).status == 422
    citizen.submit({"text": "I was in hospital"})
    assert "Your objection was received." in citizen.page.text

    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    head = Visitor(client)
    assert "Objections to decide1" in head.open("/en/desk").text
    head.open("/en/desk/missed")
    head.follow(reference)
    assert "I was in hospital" in head.page.text
    head.submit({"answer": "Get well"}, button="It does not count")
    assert "No objection waits" in head.page.text

    page = citizen.open(f"/en/requests/{reference}/missed")
    assert "Get well" in page.text
    assert "Another time can be booked." in page.text


def test_pages_of_what_was_not_missed_are_not_found(app: Flask) -> None:
    with app.app_context(), transaction():
        case = halls.make_visit()
        case_id, reference = case.id, case.reference

    citizen = signed_in(app, case_id)

    assert citizen.open(f"/en/requests/{reference}/missed").status == 404
