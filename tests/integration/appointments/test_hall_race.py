"""Twenty counters call two hundred numbers at once: each is called once, and in order."""

import threading
from collections import Counter as Count
from collections.abc import Callable
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.appointments.day import calling, queries, services
from app.appointments.day.models import Ticket, TicketCall
from app.appointments.day.refusals import CalledAlready
from app.appointments.day.rules import TicketState
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from tests.factories import halls

COUNTERS, TICKETS = 20, 200
Result = TypeVar("Result")

pytestmark = pytest.mark.race


def arena(app: Flask) -> list[tuple[str, Actor]]:
    """Have two hundred people wait; return the counters and who works there."""
    with app.app_context(), transaction():
        pool = halls.make_hall()
        reception = halls.officer_of(pool, Role.RECEPTIONIST)
        for _ in range(TICKETS):
            services.give_walk_in(pool.site, services.WalkIn(), actor=reception)
        made = [halls.make_counter(number) for number in range(1, COUNTERS + 1)]
        return [(counter.uid, actor) for counter, actor in made]


def at_once(app: Flask, works: list[tuple[str, Actor]], work: Callable[[str, Actor], None]) -> None:
    """Have everybody begin at the same moment, each in a thread; fail when one of them did."""
    gate, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(uid: str, actor: Actor) -> None:
        try:
            with app.app_context():
                gate.wait()
                work(uid, actor)
        except BaseException as error:  # a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert failures == []


def patiently(work: Callable[[], Result]) -> Result:
    """Carry out one transaction, again when SQLite let nobody in, or no connection was left."""
    while True:
        try:
            with transaction():
                return work()
        except PoolTimeout:
            pass
        except OperationalError as error:
            if "locked" not in str(error):
                raise
        finally:
            db.session.close()


@pytest.mark.grid
def test_each_number_is_called_once_and_none_is_left(racing_app: Flask) -> None:
    called: list[str] = []

    def serve_all(uid: str, actor: Actor) -> None:
        while (label := patiently(lambda: call(uid, actor))) is not None:
            called.append(label)
            patiently(lambda: calling.finish_unsettled(uid, actor=actor))

    def call(uid: str, actor: Actor) -> str | None:
        ticket = calling.call_next(uid, actor=actor)
        return ticket.label if ticket else None

    at_once(racing_app, arena(racing_app), serve_all)

    assert len(called) == TICKETS
    assert set(Count(called).values()) == {1}
    with racing_app.app_context():
        assert db.session.scalar(select(func.count(TicketCall.id))) == TICKETS
        by_call = select(Ticket.number).join(TicketCall).order_by(TicketCall.id)
        assert list(db.session.scalars(by_call)) == list(range(1, TICKETS + 1))


def test_numbers_given_out_at_once_have_no_gap_and_no_twin(racing_app: Flask) -> None:
    works = arena(racing_app)[:8]

    def give(_uid: str, actor: Actor) -> None:
        for _ in range(5):
            with transaction():
                site = queries.get_site(actor.post_id or 0, "")
                services.give_walk_in(site, services.WalkIn(), actor=actor)
            db.session.close()

    at_once(racing_app, works, give)

    with racing_app.app_context():
        numbers = db.session.scalars(select(Ticket.number).order_by(Ticket.number)).all()
        assert list(numbers) == list(range(1, TICKETS + 41))


def test_without_the_lock_and_the_key_numbers_are_called_twice(racing_app: Flask) -> None:
    """Look, then write, as most systems do it: the control that shows what the guards are for."""
    works = arena(racing_app)
    everybody_has_looked = threading.Barrier(COUNTERS)

    def look_then_write(uid: str, actor: Actor) -> None:
        counter = queries.get_counter(actor.post_id or 0, uid)
        first = queries.list_waiting(counter.site)[0]
        found = counter.id
        db.session.rollback()
        everybody_has_looked.wait()
        with transaction():
            db.session.execute(
                update(Ticket)
                .where(Ticket.id == first.id)
                .values(state=TicketState.CALLED, counter_id=found)
            )
            db.session.execute(text(UNKEYED), {"counter": found})

    with racing_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE called_by (counter_id INTEGER)"))
    at_once(racing_app, works, look_then_write)

    with racing_app.app_context():
        calls = db.session.scalar(text("SELECT count(*) FROM called_by"))
        tickets = select(func.count(Ticket.id)).where(Ticket.state == TicketState.CALLED)
        assert calls == COUNTERS > (db.session.scalar(tickets) or 0)


UNKEYED = "INSERT INTO called_by (counter_id) VALUES (:counter)"


def test_the_key_alone_refuses_a_second_call(racing_app: Flask) -> None:
    works = arena(racing_app)
    with racing_app.app_context():
        first = select(Ticket.id).where(Ticket.number == 1)
        ticket_id = db.session.scalar(first) or 0
        ids = [queries.get_counter(actor.post_id or 0, uid).id for uid, actor in works]
    refused: list[int] = []

    def write(uid: str, _actor: Actor) -> None:
        number = [uid for uid, _ in works].index(uid)
        try:
            with transaction():
                calling.note_call(ticket_id, turn=1, counter_id=ids[number])
        except CalledAlready:
            refused.append(number)

    at_once(racing_app, works, write)

    assert len(refused) == COUNTERS - 1
