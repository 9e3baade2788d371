"""Taking people in: a number for a booking at the desk or a kiosk, and for a walk-in.

The hall of a place is locked by the row of its site, after case and booking and before a ticket.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from app.appointments import claiming, visiting
from app.appointments import queries as seats
from app.appointments.day import queries, rules
from app.appointments.day.models import Counter, Device, Ticket, TicketCall
from app.appointments.day.refusals import (
    AtCounter,
    IsOver,
    NoSuchAppointment,
    NothingToBringBack,
    OtherDay,
    OtherPlace,
    TooEarly,
    WasCancelled,
)
from app.appointments.day.rules import DeviceKind, Ground, Outcome, TicketState
from app.appointments.models import Booking, BookingState, Pool
from app.appointments.refusals import TooLate
from app.audit import services as audit
from app.cases import changing, finding
from app.catalogue.models import Service, Site
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.crypto import DataKey, new_data_key
from app.core.db import db
from app.core.errors import NotFound

LONGEST_NOTE = 300
CLOSED_AT_ONCE = 500


def note_coming(uid: str) -> None:
    """Note that the owner of a booking has said that they come; raise TooLate once it began."""
    booking = seats.get_booking(uid)
    changing.lock(booking.case_id)
    db.session.refresh(booking, with_for_update={"of": Booking})
    now = clock.now()
    if not booking.can_be_changed(now):
        raise TooLate()
    booking.coming_at = booking.coming_at or now


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn:
    """What the reception knows of somebody who came without an appointment."""

    ground: Ground | None = None
    service: Service | None = None
    pool: Pool | None = None
    note: str = ""


def check_in(reference: str, *, actor: Actor) -> Ticket:
    """Take somebody in at the desk whose booking is of today; a second time changes nothing.

    Raises as visiting.check_in.
    """
    return _issue(visiting.check_in(reference, actor=actor), by=actor.id)


def undo_check_in(reference: str, *, actor: Actor) -> None:
    """Take back that somebody has come, and with it their number; twice changes nothing.

    Raises AtCounter while they are called, and as visiting.undo_check_in.
    """
    booking = visiting.undo_check_in(reference, actor=actor)
    lock_hall(booking.pool.site)
    ticket = queries.find_by_booking(booking.id)
    if ticket is not None:
        lock_ticket(ticket)
        if ticket.state is TicketState.CALLED:
            raise AtCounter()
        _end_open([ticket], clock.now())


def check_in_at(device: Device, typed: str) -> Ticket:
    """Take somebody in at a kiosk by what they typed or scanned; twice gives the same number.

    Raises NoSuchAppointment, WasCancelled, IsOver, OtherDay, OtherPlace or TooEarly, none of
    which tells when or where the appointment is.
    """
    reference = finding.reference_in(typed)
    try:
        case = changing.lock_named(reference, SYSTEM)
    except NotFound:
        raise NoSuchAppointment() from None
    booking = claiming.find_active(case.id) or _last_booking(case.id)
    if case.post_id != device.post_id or booking is None:
        raise NoSuchAppointment()
    _refuse_at_kiosk(booking, device.site)
    if booking.state is BookingState.BOOKED:
        visiting.check_in(case.reference, actor=SYSTEM)
    return _issue(booking, by=None)


def _last_booking(case_id: int) -> Booking | None:
    """Return the newest booking of a case, also one that was cancelled."""
    return db.session.scalar(
        select(Booking)
        .where(Booking.case_id == case_id, Booking.state != BookingState.HELD)
        .order_by(Booking.id.desc())
        .limit(1)
    )


def _refuse_at_kiosk(booking: Booking, site: Site) -> None:
    zone, now = booking.pool.site.zone, clock.now()
    if booking.state is BookingState.HELD:
        raise NoSuchAppointment()
    if booking.state is BookingState.CANCELLED:
        raise WasCancelled()
    on, today = clock.local(booking.starts_at, zone).date(), clock.today(zone)
    if on < today:
        # Long past: whoever holds no more than a number learns nothing of what once was.
        raise NoSuchAppointment()
    if on > today:
        raise OtherDay()
    if booking.pool.site_id != site.id:
        raise OtherPlace()
    if booking.state not in seats.CONFIRMED:
        raise IsOver()
    if booking.state is BookingState.BOOKED and rules.is_too_early(booking.starts_at, now):
        raise TooEarly()


def _issue(booking: Booking, *, by: int | None) -> Ticket:
    """Return the ticket of somebody who is here: made when there is none, or open again."""
    site = booking.pool.site
    lock_hall(site)
    known = queries.find_by_booking(booking.id)
    if known is not None:
        lock_ticket(known)
        if known.state is TicketState.LEFT:
            _open_again(known)
        return known
    ticket = Ticket(
        pool_id=booking.pool_id,
        service_id=booking.service_id,
        booking_id=booking.id,
        booked_at=booking.starts_at,
    )
    return _add(ticket, site, by=by)


def give_walk_in(site: Site, wish: WalkIn, *, actor: Actor) -> Ticket:
    """Give a number to somebody without an appointment."""
    lock_hall(site)
    ticket = Ticket(
        ground=wish.ground,
        pool_id=wish.pool.id if wish.pool else None,
        service_id=wish.service.id if wish.service else None,
    )
    _add(ticket, site, by=actor.id)
    _write_note(ticket, wish.note)
    fields = {"number": ticket.label, "ground": wish.ground.value if wish.ground else ""}
    record("ticket.walk_in", ticket, actor=actor, fields=fields)
    return ticket


def _add(ticket: Ticket, site: Site, *, by: int | None) -> Ticket:
    """Write a ticket under the next number of its lane; for a hall that is locked."""
    lane = rules.lane_of(is_booked=ticket.booked_at is not None, ground=ticket.ground)
    ticket.post_id, ticket.site_id, ticket.site = site.post_id, site.id, site
    ticket.on_day, ticket.arrived_at = queries.today(site), clock.now()
    ticket.lane, ticket.number = lane, queries.last_number(site, lane) + 1
    ticket.code, ticket.made_by = secrets.token_urlsafe(16), by
    ticket.state, ticket.turn = TicketState.WAITING, 1
    db.session.add(ticket)
    db.session.flush()
    return ticket


def lock_hall(site: Site) -> None:
    """Have nobody else give out or call a number at a place until this transaction ends."""
    # Not the whole row: what only refers to the site need not wait.
    db.session.execute(
        select(Site.id).where(Site.id == site.id).with_for_update(key_share=True)
    ).all()


def lock_ticket(ticket: Ticket) -> None:
    """Lock a ticket and read it as it stands now."""
    db.session.refresh(ticket, with_for_update={"of": Ticket})


def write_note(uid: str, text: str, *, actor: Actor) -> Ticket:
    """Keep what staff should know of a ticket until the day is over; empty takes it away."""
    ticket = queries.get_ticket(actor.post_id or 0, uid)
    lock_ticket(ticket)
    _write_note(ticket, text)
    return ticket


def _write_note(ticket: Ticket, text: str) -> None:
    if not text.strip():
        ticket.note = None
        return
    if ticket.data_key is None:
        ticket.data_key = ticket.booking.case.data_key if ticket.booking else _own_key()
    ticket.note = text.strip()[:LONGEST_NOTE]


def _own_key() -> DataKey:
    key = new_data_key(clock.now())
    db.session.add(key)
    db.session.flush()
    return key


def set_ground(uid: str, ground: Ground | None, *, actor: Actor) -> Ticket:
    """Note why somebody should not wait like the others, None when nothing speaks for it."""
    ticket = queries.get_ticket(actor.post_id or 0, uid)
    lock_ticket(ticket)
    ticket.ground = ground
    fields = {"number": ticket.label, "ground": ground.value if ground else ""}
    record("ticket.ground", ticket, actor=actor, fields=fields)
    return ticket


def bring_back(uid: str, *, actor: Actor) -> Ticket:
    """Let somebody wait again who did not come when called; raise NothingToBringBack."""
    ticket = queries.get_ticket(actor.post_id or 0, uid)
    lock_ticket(ticket)
    is_today = ticket.on_day == queries.today(ticket.site)
    is_here = ticket.booking is None or ticket.booking.state is BookingState.CHECKED_IN
    is_gone = ticket.state in (TicketState.MISSED, TicketState.LEFT)
    if not (is_today and is_here and is_gone):
        raise NothingToBringBack()
    _open_again(ticket)
    record("ticket.back", ticket, actor=actor, fields={"number": ticket.label})
    return ticket


def _open_again(ticket: Ticket) -> None:
    ticket.state, ticket.ended_at = TicketState.WAITING, None
    ticket.turn += 1


def leave(uid: str, *, actor: Actor) -> Ticket:
    """Note that somebody who waited has gone; a second time changes nothing."""
    ticket = queries.get_ticket(actor.post_id or 0, uid)
    lock_ticket(ticket)
    if ticket.state is TicketState.WAITING:
        ticket.state, ticket.ended_at = TicketState.LEFT, clock.now()
        record("ticket.left", ticket, actor=actor, fields={"number": ticket.label})
    return ticket


def close_days(now: datetime) -> int:
    """End what was left open on days that are over, and forget its notes; return how many tickets.

    The bookings of these days end by themselves: see visiting.mark_missed.
    """
    closed = 0
    for site in db.session.scalars(select(Site).order_by(Site.id)).unique().all():
        closed += _close_before(site, now)
    return closed


def _close_before(site: Site, now: datetime) -> int:
    today = clock.local(now, site.zone).date()
    is_open = Ticket.state.in_((TicketState.WAITING, TicketState.CALLED))
    past = Ticket.site_id == site.id, Ticket.on_day < today
    rows = db.session.scalars(
        select(Ticket)
        .where(*past, is_open | Ticket.sealed_note.is_not(None))
        .order_by(Ticket.id)
        .limit(CLOSED_AT_ONCE)
        .with_for_update(of=Ticket, skip_locked=True)
    ).all()
    left = _end_open(rows, now)
    _forget_notes(rows)
    db.session.execute(
        update(Counter)
        .where(Counter.site_id == site.id, Counter.on_day < today, Counter.closed_at.is_(None))
        .values(closed_at=now)
    )
    return len(left)


def _end_open(tickets: Collection[Ticket], now: datetime) -> list[Ticket]:
    """Have those leave who wait or are called; return them."""
    left = [ticket for ticket in tickets if ticket.ended_at is None]
    for ticket in left:
        ticket.state, ticket.ended_at, ticket.counter_id = TicketState.LEFT, now, None
    end_calls([ticket.id for ticket in left], Outcome.LEFT)
    return left


def end_calls(ticket_ids: Collection[int], outcome: Outcome) -> None:
    """Note how the open calls of tickets have ended; each has one at the most."""
    db.session.flush()
    db.session.execute(
        update(TicketCall)
        .where(TicketCall.ticket_id.in_(ticket_ids), TicketCall.ended_at.is_(None))
        .values(ended_at=clock.now(), outcome=outcome)
    )


def _forget_notes(tickets: Collection[Ticket]) -> None:
    own = [t.data_key_id for t in tickets if t.booking_id is None and t.data_key_id is not None]
    for ticket in tickets:
        ticket.sealed_note = None
        if ticket.booking_id is None:
            ticket.data_key_id = None
    db.session.flush()
    db.session.execute(delete(DataKey).where(DataKey.id.in_(own)))


def add_device(site: Site, kind: DeviceKind, name: str, *, actor: Actor) -> Device:
    """Return a new board or kiosk of a place."""
    device = Device(
        post_id=site.post_id,
        site_id=site.id,
        kind=kind,
        name=name.strip()[:60],
        made_at=clock.now(),
    )
    db.session.add(device)
    db.session.flush()
    _record_device(queries.DEVICE_ADDED, device, actor)
    return device


def revoke_device(uid: str, *, actor: Actor) -> None:
    """Have an address show nothing any more; a second time changes nothing."""
    device = queries.get_device(actor.post_id or 0, uid)
    if device.revoked_at is None:
        device.revoked_at = clock.now()
        _record_device("device.revoked", device, actor)


def _record_device(action: str, device: Device, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind=queries.DEVICE,
        object_uid=device.uid,
        post_id=device.post_id,
        fields={"kind": device.kind.value},
    )


def record(action: str, ticket: Ticket, *, actor: Actor, fields: dict[str, str]) -> None:
    """Leave a trace of what was done to a number by hand, for who looks after the hall."""
    audit.record(
        action,
        actor=actor,
        object_kind="ticket",
        object_uid=ticket.uid,
        post_id=ticket.post_id,
        fields=fields,
    )
