"""Holding, confirming, moving and cancelling a booking; the database keeps count."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import update

from app.accounts import queries as accounts
from app.appointments import claiming, kept, messages, queries, replacing, rules, standing
from app.appointments.kept import Seen
from app.appointments.line import admitting
from app.appointments.missed import queries as missed_visits
from app.appointments.models import (
    Booking,
    BookingState,
    ClaimKind,
    Lane,
    Slot,
)
from app.appointments.queries import Visit
from app.appointments.refusals import (
    AlreadyBooked,
    Clash,
    HoldOver,
    MissedBefore,
    NotOffered,
    NotYet,
    TooLate,
    Withheld,
)
from app.appointments.rules import CancelReason
from app.cases import changing
from app.cases import services as cases
from app.cases.competence import is_permitted
from app.cases.models import Case
from app.cases.rules import Action
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.core.db import count_changed, db
from app.core.errors import NotAllowed, SlotTaken


def hold(
    case: Case, slot_id: int, *, actor: Actor, visit: Visit | None = None, admission: str = ""
) -> Booking:
    """Keep the slots from this one on for a case, ten minutes long; return the hold.

    A case has one hold: another choice exchanges its seats, the same choice changes nothing. It
    goes before a time that the waiting list offers, which is declined with it.
    `visit` is what its visit takes, where that is known already; `admission` is the token of a
    queue, without which none of its seats is kept. Raises NotAllowed, NotYet, MissedBefore,
    NotOffered, NotAdmitted, TurnOver, Withheld, SlotTaken, AlreadyBooked, Clash or OneAtATime.
    """
    now = clock.now()
    refuse_not_permitted(Action.BOOKED, actor)
    changing.lock_row(case)
    claiming.lock_persons([case.person.fingerprint])
    if not queries.is_at_appointment(case):
        raise NotYet()
    refuse_blocked(case, actor)
    booking, lapsed = replacing.find_for_choice(case.id, now)
    visit = visit or queries.visit_of(case)
    first, wanted = find_run(visit, slot_id, now, actor=actor)
    admitting.refuse_without(first, case, admission, now, actor=actor)
    if booking is None:
        booking = new_hold(case, visit, now)
    elif booking.state is not BookingState.HELD:
        return _already(booking, first)
    elif is_at(booking, first) and booking.expires_at is not None and booking.expires_at > now:
        return booking
    refuse_withheld(first, booking)

    over = [*lapsed, *claiming.refuse_second(case, now)]
    give_time(booking, visit, first, now)
    booking.expires_at = now + rules.HOLD
    _take(booking, wanted, now, over=over)
    return booking


def confirm(uid: str, *, actor: Actor) -> Booking:
    """Make a hold a booking, if its time is not over; a second confirmation changes nothing."""
    booking, is_new = make_firm(uid)
    announce([booking] if is_new else [], Action.BOOKED, actor=actor)
    return booking


def make_firm(uid: str, seen: Seen | None = None) -> tuple[Booking, bool]:
    """Make a hold a booking without telling, and say whether it was none yet.

    `seen` is what its owner read on the page where a time of one's own choice is confirmed.
    Raises HoldOver or ClosedMeanwhile, and with `seen` as kept.refuse_other.
    """
    now = clock.now()
    booking = locked(uid)
    if seen is not None:
        kept.refuse_other(booking, seen, now)
    if booking.state is BookingState.HELD:
        standing.refuse_closed(booking)
    done = count_changed(
        update(Booking)
        .where(
            Booking.id == booking.id,
            Booking.state == BookingState.HELD,
            Booking.expires_at > now,
            Booking.starts_at > now,
        )
        .values(state=BookingState.BOOKED, expires_at=None, waiting_id=None, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(booking)
    if done == 1 or booking.state is BookingState.BOOKED:
        return booking, done == 1
    raise HoldOver()


def keep_for(
    case: Case,
    first: Slot,
    slot_ids: Sequence[int],
    until: datetime,
    *,
    release_id: int | None = None,
    waiting_id: int | None = None,
) -> Booking:
    """Keep seats that are withheld, or free, for a locked case until a moment; return the hold.

    The visit begins with the first slot. For a draw and for the waiting list, which name
    themselves. Raises SlotTaken, AlreadyBooked, Clash, Drawn or Offered.
    """
    now = clock.now()
    if accounts.is_doubted(case.person):
        raise Clash()
    booking, lapsed = claiming.find_unless_offered(case.id, now)
    if booking is not None and booking.state is not BookingState.HELD:
        raise AlreadyBooked()
    over = [*lapsed, *claiming.over_of(queries.other_booking(case), case, now)]
    visit = queries.visit_of(case)
    booking = booking or new_hold(case, visit, now)
    give_time(booking, visit, first, now)
    booking.expires_at, booking.release_id = until, release_id
    booking.waiting_id = waiting_id
    is_new = booking.id is None
    claiming.make_room([booking], slot_ids, now, over=over)
    claiming.hand_out(slot_ids, booking.party)
    if is_new:
        write(booking)
    claiming.exchange(booking, slot_ids)
    return booking


def cancel(uid: str, *, actor: Actor, reason: CancelReason | None = None) -> Booking:
    """Give a booking up; its seats are free at once. A second time changes nothing."""
    booking, is_new = give_up(uid, reason)
    announce([booking] if is_new else [], Action.BOOKING_CANCELLED, actor=actor)
    return booking


def give_up(uid: str, reason: CancelReason | None = None) -> tuple[Booking, bool]:
    """Give a booking up without telling, and say whether it stood until now; TooLate."""
    now = clock.now()
    booking = locked(uid)
    if booking.state is BookingState.CANCELLED:
        return booking, False
    refuse_change(booking, now)
    claiming.end([booking], BookingState.CANCELLED, now)
    booking.cancel_reason = reason
    booking.sequence += 1
    return booking, True


def free_seats(case: Case, _actor: Actor) -> None:
    """Give back what a case holds, because it ended; runs in the transaction of its end."""
    booking = claiming.find_active(case.id)
    if booking is not None:
        call_off(booking, clock.now())


def call_off(booking: Booking, now: datetime) -> None:
    """Give back the seats of a locked booking; who still was to come is told and not reminded."""
    was_booked = booking.state is BookingState.BOOKED
    claiming.end([booking], BookingState.CANCELLED, now)
    if was_booked:
        booking.sequence += 1
        messages.tell([booking], Action.BOOKING_CANCELLED)
        messages.tell_who_still_comes(booking)


def expire(now: datetime) -> int:
    """Give back the seats of holds and of offered moves whose time is over; return how many."""
    return claiming.sweep(now)


def locked(uid: str) -> Booking:
    booking = queries.get_booking(uid)
    changing.lock(booking.case_id)
    db.session.refresh(booking, with_for_update={"of": Booking})
    return booking


def refuse_not_permitted(action: Action, actor: Actor) -> None:
    """Refuse at once who could not confirm later: a hold leaves no event that would ask."""
    if not is_permitted(action, actor):
        raise NotAllowed()


def refuse_blocked(case: Case, actor: Actor) -> None:
    """Refuse whoever missed visits and has to wait, or is not known to be who they say they are;
    the staff may still give them a time.

    Raises MissedBefore or Clash.
    """
    if actor.kind is not ActorKind.CITIZEN:
        return
    if accounts.is_doubted(case.person):
        raise Clash()
    until = missed_visits.block_of(case)
    if until is not None:
        raise MissedBefore(day=i18n.until_day(until))


def find_run(visit: Visit, slot_id: int, now: datetime, *, actor: Actor) -> tuple[Slot, list[int]]:
    """Return the slot with which a visit begins, and all that it takes with its buffers.

    Staff may give a time that is near. Raises NotOffered or SlotTaken when it has no place.
    """
    slot = db.session.get(Slot, slot_id)
    after = now + rules.LATEST if actor.kind is ActorKind.CITIZEN else now
    if slot is None or not _is_offered(slot, visit, after):
        raise NotOffered()
    length = visit.length(slot.pool)
    run = queries.list_run(slot, length)
    if len(run) < length.total:
        raise SlotTaken()
    return slot, [each.id for each in run]


def _is_offered(slot: Slot, visit: Visit, after: datetime) -> bool:
    if slot.pool_id not in {pool.id for pool in visit.pools} or slot.lane not in visit.lanes:
        return False
    first, last = queries.span(slot.pool)
    if slot.starts_at <= after or not first <= slot.local_on <= last:
        return False
    is_given_out = slot.release_id is not None or slot.opening_id is not None
    if visit.needs_release and slot.lane is Lane.PUBLIC and not is_given_out:
        return False
    closures = catalogue.closed_days(slot.pool.site.post_id, slot.local_on, slot.local_on)
    return not queries.closes(slot.local_on, closures, visit)


def refuse_withheld(slot: Slot, booking: Booking) -> None:
    """Refuse a seat that a draw, a queue or the waiting list gives out; raises Withheld."""
    if not slot.is_withheld or slot.taken < slot.capacity:
        return
    own = claiming.claims_of([booking.id]) if booking.id is not None else []
    if slot.id not in {claim.slot_id for claim in own}:
        raise Withheld()


def is_at(booking: Booking, slot: Slot) -> bool:
    return (booking.pool_id, booking.starts_at) == (slot.pool_id, slot.starts_at)


def _already(booking: Booking, slot: Slot) -> Booking:
    if is_at(booking, slot):
        return booking
    raise AlreadyBooked()


def refuse_change(booking: Booking, now: datetime) -> None:
    if not booking.can_be_changed(now):
        raise TooLate()


def new_hold(case: Case, visit: Visit, now: datetime) -> Booking:
    """Return a hold for a case that has neither a time nor a place in the database yet."""
    return Booking(
        post_id=case.post_id,
        case_id=case.id,
        case=case,
        service_id=case.service_id,
        party=visit.party,
        state=BookingState.HELD,
        created_at=now,
    )


def give_time(booking: Booking, visit: Visit, slot: Slot, now: datetime) -> None:
    """Write on a booking when and where the visit is that begins with a slot."""
    booking.pool_id, booking.pool = slot.pool_id, slot.pool
    booking.starts_at, booking.local_at = slot.starts_at, slot.local_at
    booking.minutes = visit.minutes(slot.pool)
    booking.updated_at = now


def _take(
    booking: Booking, slot_ids: Sequence[int], now: datetime, *, over: Sequence[Booking]
) -> None:
    """Write a hold with its person and its claims, seats that nobody confirmed given back first."""
    is_new = booking.id is None
    claiming.make_room([booking], slot_ids, now, over=over)
    if is_new:
        write(booking)
        claiming.take(booking, slot_ids, ClaimKind.MAIN)
    else:
        claiming.exchange(booking, slot_ids)


def write(booking: Booking) -> None:
    """Store a new booking and who comes; raises Clash or AlreadyBooked."""
    db.session.add(booking)
    with claiming.refusing():
        db.session.flush()
        claiming.bring(booking)


def announce(party: Sequence[Booking], action: Action, *, actor: Actor) -> None:
    """Write what happened to bookings of one visit: an event for each case, one message for all."""
    announce_all([party], action, actor=actor, event=messages.EVENTS[action])


def announce_all(
    visits: Sequence[Sequence[Booking]],
    action: Action,
    *,
    actor: Actor,
    event: str,
    more: Sequence[Mapping[str, str]] = (),
) -> None:
    """Write what happened to several visits; `event` and `more`: see messages.tell_all."""
    bookings = [booking for party in visits for booking in party]
    if not bookings:
        return
    whole = {case.id: case for case in changing.lock_all([one.case_id for one in bookings])}
    for booking in bookings:
        cases.note_booking(
            whole[booking.case_id],
            action,
            actor=actor,
            key=f"{action.value}-{booking.uid}-{booking.sequence}",
            details={"local_at": booking.local_at, "site": booking.pool.site.code},
        )
    messages.tell_all(visits, action, event=event, more=more)
