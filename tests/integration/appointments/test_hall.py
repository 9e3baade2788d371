"""The hall: numbers given out, called once and in order, ended, sent on, and the day closed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import queries as seats_queries
from app.appointments import visiting
from app.appointments.day import calling, queries, rules, services
from app.appointments.day.models import Counter, Ticket, TicketCall
from app.appointments.day.refusals import (
    AtCounter,
    CounterClosed,
    GiveThemTime,
    HasCounter,
    NobodyHere,
    NothingToBringBack,
    NumberTaken,
    OtherCounters,
    StillCalled,
)
from app.appointments.day.rules import Ground, Outcome, TicketState
from app.appointments.models import Booking, BookingState
from app.audit.models import AuditEntry
from app.cases.models import CaseStep
from app.cases.rules import StepKind, StepState
from app.core import clock
from app.core.crypto import DataKey
from app.core.db import db, transaction
from app.core.errors import NotFound
from tests.factories import halls, seats

NOW = "2026-12-03T07:00:00+00:00"
"""Ten in the morning in Moscow."""


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(app: Flask) -> Iterator[None]:
    """Work in one transaction at a post that has a hall."""
    with app.app_context(), transaction():
        halls.make_hall()
        yield


@pytest.mark.usefixtures("hall")
def test_numbers_run_by_lane() -> None:
    visits = [halls.make_visit(at=at) for at in ("10:20", "10:40")]

    given = [halls.check_in(visits[0]), halls.walk_in(), halls.walk_in(ground=Ground.INFANT)]
    given += [halls.check_in(visits[1]), halls.walk_in()]

    assert [ticket.label for ticket in given] == ["A01", "K01", "M01", "A02", "K02"]


@pytest.mark.usefixtures("hall")
def test_numbers_begin_anew_with_the_day(hand: time_machine.Traveller) -> None:
    halls.walk_in()
    hand.shift(timedelta(days=1))

    assert halls.walk_in().label == "K01"


@pytest.mark.usefixtures("hall")
def test_checking_in_twice_gives_the_same_number() -> None:
    case = halls.make_visit()

    first, second = halls.check_in(case), halls.check_in(case)

    assert first.id == second.id
    assert db.session.scalars(select(Booking.state)).all() == [BookingState.CHECKED_IN]


@pytest.mark.usefixtures("hall")
def test_number_goes_with_an_arrival_that_is_taken_back() -> None:
    case = halls.make_visit()
    halls.check_in(case)
    counter, actor = halls.make_counter()

    for _ in range(2):
        halls.take_back(case)

    ticket = db.session.scalars(select(Ticket)).one()
    assert ticket.state is TicketState.LEFT
    assert calling.call_next(counter.uid, actor=actor) is None
    assert queries.list_missed(ticket.site) == []
    with pytest.raises(NothingToBringBack):
        services.bring_back(ticket.uid, actor=actor)


@pytest.mark.usefixtures("hall")
def test_arrival_of_who_stands_at_a_counter_is_not_taken_back() -> None:
    case = halls.make_visit()
    halls.check_in(case)
    counter, actor = halls.make_counter()
    calling.call_next(counter.uid, actor=actor)

    with pytest.raises(AtCounter), db.session.begin_nested():
        halls.take_back(case)

    assert calling.finish(counter.uid, seen=None, key="k", actor=actor).state is TicketState.SERVED


@pytest.mark.usefixtures("hall")
def test_calling_out_of_turn_leaves_a_trace() -> None:
    first, second = halls.walk_in(), halls.walk_in()
    counter, actor = halls.make_counter()

    calling.call(counter.uid, second.uid, actor=actor)
    calling.put_back(counter.uid, actor=actor)
    calling.call(counter.uid, first.uid, actor=actor)

    traces = select(AuditEntry).where(AuditEntry.action == "ticket.out_of_turn")
    trace = db.session.scalars(traces).one()
    assert (trace.object_uid, trace.actor_id) == (second.uid, actor.id)
    assert trace.fields == {"number": second.label, "passed": first.label}


@pytest.mark.usefixtures("hall")
def test_number_that_waits_for_other_counters_is_not_called() -> None:
    hall = halls.make_hall()
    ticket = halls.walk_in(pool=hall)
    other = seats.make_pool(hall.site.post, code="other")
    counter, actor = halls.make_counter(pool=other)

    with pytest.raises(OtherCounters):
        calling.call(counter.uid, ticket.uid, actor=actor)


@pytest.mark.usefixtures("hall")
def test_who_comes_after_all_has_the_same_number_again() -> None:
    case = halls.make_visit()
    first = halls.check_in(case).label
    halls.take_back(case)

    again = halls.check_in(case)

    assert (again.label, again.state) == (first, TicketState.WAITING)
    counter, actor = halls.make_counter()
    assert calling.call_next(counter.uid, actor=actor) is not None


@pytest.mark.usefixtures("hall")
def test_next_is_whose_turn_it_is() -> None:
    late, soon = halls.make_visit(at="11:40"), halls.make_visit(at="10:05")
    for case in (late, soon):
        halls.check_in(case)
    halls.walk_in()
    counter, actor = halls.make_counter()

    called = []
    for _ in range(4):
        ticket = calling.call_next(counter.uid, actor=actor)
        called.append(ticket.label if ticket else "")
        if ticket:
            calling.finish_unsettled(counter.uid, actor=actor)

    assert called == ["A02", "K01", "A01", ""]


@pytest.mark.usefixtures("hall")
def test_finishing_completes_the_visit_in_the_request() -> None:
    case = halls.make_visit()
    halls.check_in(case)
    counter, actor = halls.make_counter()
    calling.call_next(counter.uid, actor=actor)

    ticket = calling.finish(counter.uid, seen=None, key="k", actor=actor)

    assert ticket.state is TicketState.SERVED
    assert db.session.scalars(select(Booking.state)).all() == [BookingState.SERVED]
    current = select(CaseStep.kind).where(
        CaseStep.case_id == case.id, CaseStep.state == StepState.CURRENT
    )
    assert db.session.scalar(current) is StepKind.PRODUCTION


@pytest.mark.usefixtures("hall")
def test_unsettled_visit_leaves_the_request_and_frees_the_person() -> None:
    case = halls.make_visit()
    halls.check_in(case)
    counter, actor = halls.make_counter()
    calling.call_next(counter.uid, actor=actor)

    calling.finish_unsettled(counter.uid, actor=actor)

    assert seats_queries.is_at_appointment(case)
    assert seats_queries.booking_of(case.id) is None


@pytest.mark.usefixtures("hall")
def test_one_at_a_time_and_nobody_twice() -> None:
    halls.walk_in()
    halls.walk_in()
    counter, actor = halls.make_counter()
    calling.call_next(counter.uid, actor=actor)

    with pytest.raises(StillCalled):
        calling.call_next(counter.uid, actor=actor)
    calling.finish_unsettled(counter.uid, actor=actor)
    with pytest.raises(NobodyHere):
        calling.finish_unsettled(counter.uid, actor=actor)


@pytest.mark.usefixtures("hall")
def test_recall_rings_again_and_is_the_same_call(hand: time_machine.Traveller) -> None:
    halls.walk_in()
    counter, actor = halls.make_counter()
    first = calling.call_next(counter.uid, actor=actor)
    assert first is not None
    hand.shift(timedelta(minutes=1))

    again = calling.recall(counter.uid, actor=actor)

    assert again.rung_at == clock.now()
    assert len(db.session.scalars(select(TicketCall)).all()) == 1


@pytest.mark.usefixtures("hall")
def test_who_does_not_come_is_given_time_and_may_be_brought_back(
    hand: time_machine.Traveller,
) -> None:
    halls.walk_in()
    counter, actor = halls.make_counter()
    calling.call_next(counter.uid, actor=actor)
    with pytest.raises(GiveThemTime):
        calling.miss(counter.uid, actor=actor)
    hand.shift(rules.CALL_LASTS)

    ticket = calling.miss(counter.uid, actor=actor)
    assert ticket.state is TicketState.MISSED
    services.bring_back(ticket.uid, actor=actor)

    assert halls.waiting(halls.make_hall()) == ["K01"]
    again = calling.call_next(counter.uid, actor=actor)
    assert again is not None
    assert again.turn == 2
    with pytest.raises(NothingToBringBack):
        services.bring_back(again.uid, actor=actor)


@pytest.mark.usefixtures("hall")
def test_sent_on_to_a_counter_is_called_there_first_and_nowhere_else() -> None:
    first, second = halls.walk_in(), halls.walk_in()
    one, rana = halls.make_counter(1)
    two, maher = halls.make_counter(2)
    calling.call_next(one.uid, actor=rana)

    calling.send_to_counter(one.uid, two.uid, actor=rana)

    mine = calling.call_next(one.uid, actor=rana)
    theirs = calling.call_next(two.uid, actor=maher)
    assert (mine and mine.id, theirs and theirs.id) == (second.id, first.id)


@pytest.mark.usefixtures("hall")
def test_sent_on_to_other_counters_of_the_place() -> None:
    passports = halls.make_hall()
    papers = seats.make_pool(passports.site.post, code="papers")
    halls.walk_in(pool=passports)
    one, rana = halls.make_counter(1, pool=passports)
    two, maher = halls.make_counter(2, pool=papers)
    assert calling.call_next(two.uid, actor=maher) is None
    calling.call_next(one.uid, actor=rana)

    calling.send_to_pool(one.uid, papers, actor=rana)

    assert calling.call_next(one.uid, actor=rana) is None
    assert calling.call_next(two.uid, actor=maher) is not None
    outcomes = db.session.scalars(select(TicketCall.outcome).order_by(TicketCall.id)).all()
    assert outcomes == [Outcome.MOVED, None]


@pytest.mark.usefixtures("hall")
def test_closing_a_counter_frees_those_who_were_sent_to_it() -> None:
    halls.walk_in()
    one, rana = halls.make_counter(1)
    two, maher = halls.make_counter(2)
    calling.call_next(one.uid, actor=rana)
    with pytest.raises(StillCalled):
        calling.close_counter(one.uid, actor=rana)
    calling.send_to_counter(one.uid, two.uid, actor=rana)
    assert calling.call_next(one.uid, actor=rana) is None

    calling.close_counter(two.uid, actor=maher)

    assert calling.call_next(one.uid, actor=rana) is not None
    with pytest.raises(CounterClosed):
        calling.call_next(two.uid, actor=maher)


@pytest.mark.usefixtures("hall")
def test_put_back_keeps_its_place() -> None:
    halls.walk_in()
    halls.walk_in()
    counter, actor = halls.make_counter()
    calling.call_next(counter.uid, actor=actor)

    calling.put_back(counter.uid, actor=actor)

    assert halls.waiting(halls.make_hall()) == ["K01", "K02"]


def test_a_counter_has_one_number_and_one_officer(app: Flask) -> None:
    with app.app_context(), transaction():
        pool = halls.make_hall()
        counter, actor = halls.make_counter(1)
        uid, other = counter.uid, halls.officer_of(pool)
    with app.app_context(), pytest.raises(HasCounter), transaction():
        calling.open_counter(halls.make_hall().site, 2, None, actor=actor)
    with app.app_context(), pytest.raises(NumberTaken), transaction():
        halls.make_counter(1)
    with app.app_context(), pytest.raises(NotFound), transaction():
        calling.call_next(uid, actor=other)


@pytest.mark.usefixtures("hall")
def test_counter_of_yesterday_is_out_of_the_way(hand: time_machine.Traveller) -> None:
    old, actor = halls.make_counter(1)
    hand.shift(timedelta(days=1))
    with pytest.raises(CounterClosed):
        calling.call_next(old.uid, actor=actor)

    new = calling.open_counter(halls.make_hall().site, 1, None, actor=actor)

    assert new.closed_at is None
    assert db.session.get_one(Counter, old.id, populate_existing=True).closed_at is not None


def test_end_of_the_day_leaves_nothing_open_and_no_note(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context(), transaction():
        halls.make_hall()
        case = halls.make_visit()
        case_id = case.id
        halls.check_in(case)
        keys = len(db.session.scalars(select(DataKey.id)).all())
        walk_in = halls.walk_in(note="with a pram")
        assert walk_in.note == "with a pram"
        counter, actor = halls.make_counter()
        calling.call_next(counter.uid, actor=actor)
    hand.shift(timedelta(days=1))

    with app.app_context(), transaction():
        ended = services.close_days(clock.now())
        visiting.mark_missed(clock.now())

    with app.app_context():
        tickets = db.session.scalars(select(Ticket)).all()
        assert ended == 2
        assert {ticket.state for ticket in tickets} == {TicketState.LEFT}
        assert {ticket.sealed_note for ticket in tickets} == {None}
        assert db.session.scalars(select(TicketCall.outcome)).all() == [Outcome.LEFT]
        assert db.session.scalar(select(Counter.closed_at)) is not None
        assert db.session.scalar(select(Booking.state)) is BookingState.LEFT
        # Those of staff stay, that of the note has gone with it.
        assert len(db.session.scalars(select(DataKey.id)).all()) <= keys + 2
        assert seats_queries.booking_of(case_id) is None


@pytest.mark.usefixtures("hall")
def test_visits_are_measured_from_call_to_end(hand: time_machine.Traveller) -> None:
    counter, actor = halls.make_counter()
    for minutes in (5, 7):
        halls.walk_in()
        calling.call_next(counter.uid, actor=actor)
        hand.shift(timedelta(minutes=minutes))
        calling.finish_unsettled(counter.uid, actor=actor)

    measured = queries.served_lately(halls.make_hall().site)

    assert sorted(measured) == [timedelta(minutes=5), timedelta(minutes=7)]
