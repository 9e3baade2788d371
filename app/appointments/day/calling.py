"""Counters: opened for a day, calling whoever comes next, and ending or sending on a visit."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.appointments import claiming, visiting
from app.appointments.day import queries, rules
from app.appointments.day.models import Counter, Ticket, TicketCall
from app.appointments.day.refusals import (
    CalledAlready,
    CounterClosed,
    GiveThemTime,
    HasCounter,
    NobodyHere,
    NumberTaken,
    OtherCounters,
    SomebodyElse,
    StillCalled,
)
from app.appointments.day.rules import Outcome, TicketState, Waiting
from app.appointments.day.services import end_calls, lock_hall, lock_ticket, record
from app.appointments.models import BookingState, Pool
from app.cases import changing
from app.catalogue.models import Site
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import constraint_of, db
from app.core.errors import Conflict, NotFound

_REFUSALS: dict[str, type[Conflict] | type[NumberTaken]] = {
    "uq_counter_open_number": NumberTaken,
    "uq_counter_open_staff": HasCounter,
    "uq_ticket_call_ticket_id_turn": CalledAlready,
    "uq_ticket_at_counter": StillCalled,
}


def open_counter(site: Site, number: int, pool: Pool | None, *, actor: Actor) -> Counter:
    """Open a counter of a place for today; raise NumberTaken or HasCounter."""
    _close_forgotten(site, actor)
    counter = Counter(
        post_id=site.post_id,
        site_id=site.id,
        site=site,
        on_day=queries.today(site),
        number=number,
        pool_id=pool.id if pool else None,
        staff_id=actor.id,
        opened_at=clock.now(),
    )
    _write(counter)
    return counter


def _close_forgotten(site: Site, actor: Actor) -> None:
    """Close what the officer, or whoever had this number, left open on a day that is over."""
    is_past = Counter.on_day < queries.today(site), Counter.closed_at.is_(None)
    forgotten = (Counter.staff_id == actor.id) | (Counter.site_id == site.id)
    db.session.execute(update(Counter).where(*is_past, forgotten).values(closed_at=clock.now()))


def _write(row: Counter | TicketCall) -> None:
    try:
        db.session.add(row)
        db.session.flush()
    except IntegrityError as error:
        refusal = _REFUSALS.get(constraint_of(error) or "")
        if refusal is None:
            raise
        raise refusal() from None


def close_counter(uid: str, *, actor: Actor) -> None:
    """Close a counter where nobody is; who was sent to it waits for any. For its officer or a head.

    Raises StillCalled.
    """
    counter = queries.get_counter(actor.post_id or 0, uid)
    if counter.staff_id != actor.id and not actor.has_role(Role.HEAD):
        raise NotFound()
    lock_hall(counter.site)
    if queries.called_to(counter) is not None:
        raise StillCalled()
    db.session.execute(
        update(Ticket).where(Ticket.sent_to_id == counter.id).values(sent_to_id=None)
    )
    counter.closed_at = counter.closed_at or clock.now()


def call_next(uid: str, *, actor: Actor) -> Ticket | None:
    """Call whoever comes next to the officer's counter; None when nobody waits for it.

    Calls of a place follow one another, so that each number is called once and in order.
    Raises CounterClosed or StillCalled.
    """
    counter = _ready(uid, actor)
    for waiting in queries.list_waiting(counter.site):
        if may_call(counter, waiting):
            return _call(counter, waiting.id)
    return None


def call(uid: str, ticket_uid: str, *, actor: Actor) -> Ticket:
    """Call a certain number, and leave a trace when it was not the next.

    Raises CalledAlready, CounterClosed, StillCalled or OtherCounters.
    """
    counter = _ready(uid, actor)
    ticket = queries.get_ticket(actor.post_id or 0, ticket_uid)
    if ticket.site_id != counter.site_id or ticket.on_day != counter.on_day:
        raise NotFound()
    if not may_call(counter, ticket.as_waiting):
        raise OtherCounters()
    turn = [one.id for one in queries.list_waiting(counter.site) if may_call(counter, one)]
    _call(counter, ticket.id)
    if turn[0] != ticket.id:
        passed = db.session.get_one(Ticket, turn[0]).label
        fields = {"number": ticket.label, "passed": passed}
        record("ticket.out_of_turn", ticket, actor=actor, fields=fields)
    return ticket


def may_call(counter: Counter, waiting: Waiting) -> bool:
    """Return whether a ticket may be called to a counter."""
    return rules.may_call(waiting, counter_id=counter.id, pool_id=counter.pool_id)


def _ready(uid: str, actor: Actor) -> Counter:
    """Return the officer's counter, its hall locked, where somebody may be called to."""
    counter = _own(uid, actor)
    lock_hall(counter.site)
    db.session.refresh(counter)
    if counter.closed_at is not None or counter.on_day != queries.today(counter.site):
        raise CounterClosed()
    if queries.called_to(counter) is not None:
        raise StillCalled()
    return counter


def _own(uid: str, actor: Actor) -> Counter:
    counter = queries.get_counter(actor.post_id or 0, uid)
    if counter.staff_id != actor.id:
        raise NotFound()
    return counter


def _call(counter: Counter, ticket_id: int) -> Ticket:
    ticket = db.session.get_one(Ticket, ticket_id)
    lock_ticket(ticket)
    if ticket.state is not TicketState.WAITING:
        raise CalledAlready()
    ticket.state, ticket.counter_id, ticket.counter = TicketState.CALLED, counter.id, counter
    ticket.sent_to_id, ticket.rung_at = None, clock.now()
    note_call(ticket.id, turn=ticket.turn, counter_id=counter.id)
    return ticket


def note_call(ticket_id: int, *, turn: int, counter_id: int) -> None:
    """Write a call down; its key raises CalledAlready for a second one in the same turn."""
    _write(TicketCall(ticket_id=ticket_id, turn=turn, counter_id=counter_id, called_at=clock.now()))


def recall(uid: str, *, actor: Actor, meant: str = "") -> Ticket:
    """Have the number that was called shown and heard once more.

    `meant`, here and below, is the ticket that the officer looked at: SomebodyElse is raised when
    the next one has been called meanwhile, NobodyHere when nobody is at the counter.
    """
    ticket = _current(_own(uid, actor), meant)
    ticket.rung_at = clock.now()
    return ticket


def finish(uid: str, *, seen: int | None, key: str, actor: Actor, meant: str = "") -> Ticket:
    """End the visit at a counter; that of an appointment is completed in its request.

    `seen` is the version of the request that the officer looked at. Raises NobodyHere, and what
    completing a visit raises.
    """
    counter = _own(uid, actor)
    called = queries.called_to(counter)
    _refuse_other(called, meant)
    if called is not None and called.booking is not None:
        # The request and its booking are locked before the ticket, as at check-in.
        case = called.booking.case
        wanted = case.version if seen is None else seen
        visiting.serve(case.reference, actor=actor, seen=wanted, key=key)
    return _end(_current(counter, meant), TicketState.SERVED, Outcome.SERVED)


def finish_unsettled(uid: str, *, actor: Actor, meant: str = "") -> Ticket:
    """End the visit of an appointment at which not everything could be done.

    The request stays at its step, and another time can be booked for it.
    """
    counter = _own(uid, actor)
    called = queries.called_to(counter)
    _refuse_other(called, meant)
    if called is not None and called.booking is not None:
        changing.lock(called.booking.case_id)
        booking = claiming.find_active(called.booking.case_id)
        if booking is not None and booking.state is BookingState.CHECKED_IN:
            visiting.end_visit(booking)
    return _end(_current(counter, meant), TicketState.SERVED, Outcome.SERVED)


def miss(uid: str, *, actor: Actor, meant: str = "") -> Ticket:
    """Note that nobody came to the counter; raise GiveThemTime right after a call."""
    ticket = _current(_own(uid, actor), meant)
    if ticket.rung_at is not None and not rules.may_be_missed(ticket.rung_at, clock.now()):
        raise GiveThemTime()
    return _end(ticket, TicketState.MISSED, Outcome.MISSED)


def put_back(uid: str, *, actor: Actor, meant: str = "") -> Ticket:
    """Let whoever is called wait again, in the place that their coming gives them."""
    return _wait_again(_current(_own(uid, actor), meant), Outcome.RETURNED)


def send_to_counter(uid: str, other_uid: str, *, actor: Actor, meant: str = "") -> Ticket:
    """Send whoever is called on to another open counter, which calls them next."""
    counter = _own(uid, actor)
    other = queries.get_counter(actor.post_id or 0, other_uid)
    lock_hall(counter.site)
    db.session.refresh(other)
    if other.site_id != counter.site_id or other.closed_at is not None or other.id == counter.id:
        raise CounterClosed()
    ticket = _wait_again(_current(counter, meant), Outcome.MOVED)
    ticket.sent_to_id = other.id
    return ticket


def send_to_pool(uid: str, pool: Pool, *, actor: Actor, meant: str = "") -> Ticket:
    """Send whoever is called on to the counters of a pool, in the place of their coming."""
    counter = _own(uid, actor)
    if pool.site_id != counter.site_id:
        raise NotFound()
    ticket = _wait_again(_current(counter, meant), Outcome.MOVED)
    ticket.pool_id = pool.id
    return ticket


def _current(counter: Counter, meant: str) -> Ticket:
    """Return, locked, who is at a counter; raise NobodyHere or SomebodyElse."""
    ticket = db.session.scalar(
        select(Ticket)
        .where(Ticket.counter_id == counter.id, Ticket.state == TicketState.CALLED)
        .with_for_update(of=Ticket)
        .execution_options(populate_existing=True)
    )
    if ticket is None:
        raise NobodyHere()
    _refuse_other(ticket, meant)
    return ticket


def _refuse_other(called: Ticket | None, meant: str) -> None:
    if called is not None and meant not in ("", called.uid):
        raise SomebodyElse()


def _wait_again(ticket: Ticket, outcome: Outcome) -> Ticket:
    end_calls([ticket.id], outcome)
    ticket.state, ticket.counter_id, ticket.rung_at = TicketState.WAITING, None, None
    ticket.turn += 1
    return ticket


def _end(ticket: Ticket, state: TicketState, outcome: Outcome) -> Ticket:
    end_calls([ticket.id], outcome)
    ticket.state, ticket.counter_id, ticket.ended_at = state, None, clock.now()
    return ticket
