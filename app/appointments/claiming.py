"""Taking seats and giving them back: whatever writes claims or locks slots, but a plain hold.

Slots are always locked in the order of their keys, after the cases, the persons and the bookings.
A change locks all the slots that it touches in one statement: of locks taken one after another
none has an order.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Person
from app.appointments import overdue, queries, returning, rules
from app.appointments.models import (
    Booking,
    BookingPerson,
    BookingState,
    Claim,
    ClaimKind,
    Slot,
)
from app.appointments.refusals import AlreadyBooked, Clash, Drawn, HoldOver, Offered, OneAtATime
from app.appointments.returning import Had
from app.cases.models import Case
from app.core.db import constraint_of, db
from app.core.errors import DomainError, SlotTaken

FRESH = {"populate_existing": True}


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim as it is stored."""

    id: int
    booking_id: int
    slot_id: int
    kind: ClaimKind


def claims_of(booking_ids: Collection[int]) -> list[Taken]:
    """Return the claims of some bookings, in order of their slots."""
    if not booking_ids:
        return []
    rows = db.session.execute(
        select(Claim.id, Claim.booking_id, Claim.slot_id, Claim.kind)
        .where(Claim.booking_id.in_(booking_ids))
        .order_by(Claim.slot_id, Claim.id)
    )
    return [Taken(*row) for row in rows]


def lock_slots(ids: Collection[int]) -> Mapping[int, rules.Seats]:
    """Lock slots in the order of their keys, in which everybody locks them; return their seats."""
    if not ids:
        return {}
    rows = db.session.execute(
        select(Slot.id, Slot.planned, Slot.capacity, Slot.taken)
        .where(Slot.id.in_(ids))
        .order_by(Slot.id)
        .with_for_update()
    )
    return {id: rules.Seats(*seats) for id, *seats in rows}


def lock_days(pool_id: int, first: date, last: date | None = None) -> None:
    """Lock all slots of a pool from a local day on, in order, so that their seats stay counted."""
    query = select(Slot.id).where(Slot.pool_id == pool_id, Slot.local_on >= first)
    if last is not None:
        query = query.where(Slot.local_on <= last)
    db.session.execute(query.order_by(Slot.id).with_for_update()).all()


def lock_persons(fingerprints: Collection[str]) -> None:
    """Lock persons, whichever account knows them, so that nobody else holds a seat for them now.

    Whether a seat is held for a person is asked after this: an index of held seats would have to
    know the time, for a hold that is over counts no more.
    """
    db.session.execute(
        select(Person.id)
        .where(Person.fingerprint.in_(fingerprints))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()


def lock_bookings(ids: Collection[int]) -> Sequence[Booking]:
    """Return bookings as they stand now, locked in the order of their keys."""
    query = select(Booking).where(Booking.id.in_(ids)).order_by(Booking.id)
    locking = query.with_for_update(of=Booking)
    return db.session.scalars(locking, execution_options=FRESH).all()


def exchange(booking: Booking, slot_ids: Sequence[int]) -> None:
    """Have a booking hold just these slots; raises as exchange_all."""
    exchange_all({booking: slot_ids})


def exchange_all(wanted: Mapping[Booking, Collection[int]]) -> None:
    """Have bookings hold just these slots: what they lack is taken before anything is given up.

    Raises SlotTaken when a slot has no room; then none of them got any.
    """
    claims = claims_of([booking.id for booking in wanted])
    lock_slots({claim.slot_id for claim in claims}.union(*wanted.values()))
    # A seat that is kept by an offer stays ours: its slot is locked until we claim it for good.
    for booking, slots in wanted.items():
        give_up_offer(booking, claims, but=slots)
    main = [claim for claim in claims if claim.kind is ClaimKind.MAIN]
    had = {(claim.booking_id, claim.slot_id) for claim in main}
    kept = {(booking.id, slot) for booking, slots in wanted.items() for slot in slots}
    lacks = {
        booking: [slot for slot in slots if (booking.id, slot) not in had]
        for booking, slots in wanted.items()
    }
    _insert(lacks, ClaimKind.MAIN)
    _give_up_main(
        [claim for claim in main if (claim.booking_id, claim.slot_id) not in kept],
        wanted,
        {one.id: Had.BRIEFLY if one.state is BookingState.HELD else Had.BOOKED for one in wanted},
    )


def give_up_offer(booking: Booking, claims: Collection[Taken], *, but: Collection[int]) -> None:
    """Give back the other seats of a booking, which are among some claims.

    Those of slots in `but` it claims anew at once.
    """
    is_offer = (booking.id, ClaimKind.OFFER)
    offered = [claim for claim in claims if (claim.booking_id, claim.kind) == is_offer]
    if not offered:
        return
    rest = {claim.slot_id: booking.party for claim in offered if claim.slot_id not in but}
    had = Had.BRIEFLY if booking.waiting_id is None else Had.OFFERED
    kept = returning.keep_back(rest, had=had)
    give_back(claim.id for claim in offered)
    # The trigger leaves the seat of an offer to everybody: one is given up to be claimed for good.
    returning.withdraw(kept, booking.party)


def take(booking: Booking, slot_ids: Collection[int], kind: ClaimKind) -> None:
    """Take seats of slots for a booking; raise SlotTaken when one of them has no room."""
    _insert({booking: slot_ids}, kind)


def _insert(wanted: Mapping[Booking, Collection[int]], kind: ClaimKind) -> None:
    rows = [
        {"booking_id": booking.id, "slot_id": slot, "n": booking.party, "kind": kind}
        for booking, slots in wanted.items()
        for slot in sorted(slots)
    ]
    if rows:
        with refusing():
            db.session.execute(insert(Claim), rows)


def hand_out(slot_ids: Collection[int], seats: int) -> None:
    """Let so many of the seats that are withheld of locked slots be taken, at once."""
    db.session.execute(
        update(Slot)
        .where(Slot.id.in_(slot_ids), Slot.is_withheld, Slot.capacity < Slot.planned)
        .values(
            capacity=case(
                (Slot.capacity + seats < Slot.planned, Slot.capacity + seats),
                else_=Slot.planned,
            )
        )
        .execution_options(synchronize_session=False)
    )


def give_back(claim_ids: Iterable[int]) -> None:
    """Delete claims; the database counts their seats as free."""
    ids = list(claim_ids)
    if ids:
        db.session.execute(delete(Claim).where(Claim.id.in_(ids)))


@contextmanager
def refusing() -> Iterator[None]:
    """Say in a domain error which constraint refused a row."""
    try:
        yield
    except IntegrityError as error:
        refusal = _REFUSALS.get(constraint_of(error) or "")
        if refusal is None:
            raise
        raise refusal() from None


_REFUSALS: dict[str, type[DomainError]] = {
    "ck_slot_not_overbooked": SlotTaken,
    "tg_slot_taken_only_by_claim": SlotTaken,
    "uq_booking_person_active": Clash,
    "uq_booking_case_active": AlreadyBooked,
}


def bring(booking: Booking) -> None:
    """Write down who comes; the unique index finds the same person by another account."""
    db.session.add(
        BookingPerson(
            booking_id=booking.id,
            person_id=booking.case.person_id,
            post_id=booking.post_id,
            service_id=booking.service_id,
            fingerprint=booking.case.person.fingerprint,
            active=True,
        )
    )
    db.session.flush()


def sweep(now: datetime) -> int:
    """Give back everywhere what was held too long; return how many holds and offers ended."""
    return _give_back_ended(
        overdue.list_ended_holds(now), overdue.list_ended_offers(now), now, set()
    )


def make_room(
    bookings: Sequence[Booking],
    slot_ids: Collection[int],
    now: datetime,
    *,
    over: Sequence[Booking] = (),
) -> None:
    """Lock the slots that bookings have and want, and give back what was held on them too long.

    What the bookings hold themselves stays theirs. `over` are locked holds that end as well,
    wherever their seats are.
    """
    own = [booking.id for booking in bookings if booking.id is not None]
    holds = dict.fromkeys((*over, *overdue.list_ended_holds(now, slot_ids=slot_ids, but=own)))
    offers = overdue.list_ended_offers(now, slot_ids=slot_ids, but=own)
    touched = {claim.slot_id for claim in claims_of(own)} | set(slot_ids)
    _give_back_ended(list(holds), offers, now, touched)


def _give_back_ended(
    holds: Sequence[Booking], offers: Sequence[Booking], now: datetime, touched: Collection[int]
) -> int:
    """End locked holds and offers; the slots of their seats are locked with the touched ones."""
    claims = claims_of([booking.id for booking in (*holds, *offers)])
    lock_slots({claim.slot_id for claim in claims} | set(touched))
    end_offers(offers, now)
    if holds:
        end(holds, BookingState.EXPIRED, now)
    return len(holds) + len(offers)


def end_offers(bookings: Sequence[Booking], now: datetime) -> None:
    """Give back the other time that is kept for locked bookings; they themselves stay."""
    claims = claims_of([booking.id for booking in bookings])
    lock_slots({claim.slot_id for claim in claims})
    for booking in bookings:
        give_up_offer(booking, claims, but=())
        forget_offer(booking)
        booking.updated_at = now


def end(bookings: Sequence[Booking], state: BookingState, now: datetime) -> None:
    """End locked bookings and give all their seats back."""
    ids = [booking.id for booking in bookings]
    claims = claims_of(ids)
    lock_slots({claim.slot_id for claim in claims})
    for booking in bookings:
        give_up_offer(booking, claims, but=())
    _give_up_main(
        [claim for claim in claims if claim.kind is ClaimKind.MAIN],
        bookings,
        {booking.id: _how_had(booking) for booking in bookings},
    )
    for booking in bookings:
        booking.state, booking.expires_at, booking.updated_at = state, None, now
        forget_offer(booking)
    set_inactive(ids)


def _give_up_main(
    claims: Sequence[Taken], bookings: Collection[Booking], had: Mapping[int, Had]
) -> None:
    """Give back seats of bookings; `had` says how each of them had its own."""
    party = {booking.id: booking.party for booking in bookings}
    for how in Had:
        freed: Counter[int] = Counter()
        for claim in claims:
            if had[claim.booking_id] is how:
                freed[claim.slot_id] += party[claim.booking_id]
        returning.keep_back(freed, had=how)
    give_back(claim.id for claim in claims)


def _how_had(booking: Booking) -> Had:
    is_held = booking.state is BookingState.HELD
    if is_held and booking.waiting_id is not None:
        return Had.OFFERED
    return Had.BRIEFLY if is_brief(booking) else Had.BOOKED


def is_brief(booking: Booking) -> bool:
    """Return whether a time was kept for minutes only, so that nobody counted on it."""
    is_offer = booking.release_id is not None or booking.waiting_id is not None
    return booking.state is BookingState.HELD and not is_offer


def set_inactive(booking_ids: Collection[int]) -> None:
    """Let the persons of ended bookings book again."""
    db.session.flush()
    db.session.execute(
        update(BookingPerson)
        .where(BookingPerson.booking_id.in_(booking_ids))
        .values(active=False)
        .execution_options(synchronize_session=False)
    )


def forget_offer(booking: Booking) -> None:
    """Take the other time off a booking, and that somebody offers it."""
    booking.waiting_id = None
    booking.offer_starts_at = booking.offer_local_at = booking.offer_expires_at = None


def is_over(booking: Booking, now: datetime) -> bool:
    """Return whether a hold was not confirmed in time; a booking that stands has no such time."""
    return booking.expires_at is not None and booking.expires_at <= now


def find_active(case_id: int) -> Booking | None:
    """Return, locked, the active booking of a locked case as it stands now; None without one.

    The sweep and missed visits end a booking without its case, so what was read earlier is old.
    """
    query = queries.active_of(case_id).with_for_update(of=Booking)
    return db.session.scalar(query, execution_options=FRESH)


def find_unless_offered(case_id: int, now: datetime) -> tuple[Booking | None, list[Booking]]:
    """Return the active booking of a locked case, and apart from it an offer that is over.

    Raises Drawn or Offered while a time waits for an answer that a draw or the waiting list gave:
    neither takes it for another one. What its owner chooses does: see `replacing`.
    """
    booking = find_active(case_id)
    if booking is None or booking.expires_at is None or is_brief(booking):
        return booking, []
    if booking.expires_at > now:
        raise Drawn() if booking.waiting_id is None else Offered()
    return None, [booking]


def refuse_second(case: Case, now: datetime) -> list[Booking]:
    """Refuse a locked person who has a seat already; return, locked, a hold of theirs that is over.

    The unique index settles what this cannot see.
    """
    over = over_of(queries.other_booking(case), case, now)
    if queries.other_hold(case, now) is not None:
        raise OneAtATime()
    return over


def over_of(other: Booking | None, case: Case, now: datetime) -> list[Booking]:
    """Return, locked, the other booking of a person when it is a hold that is over.

    Raises AlreadyBooked or Clash when it stands.
    """
    if other is None:
        return []
    # Whoever confirms it at this moment has it locked: what counts is what they make of it.
    db.session.refresh(other, with_for_update={"of": Booking})
    if other.state not in queries.ACTIVE:
        return []
    if is_over(other, now):
        return [other]
    raise AlreadyBooked() if other.case.account_id == case.account_id else Clash()


def offered_slot(booking: Booking, starts_at: datetime) -> Slot:
    """Return the first slot of an offer; one that the booking has already is not claimed twice."""
    claims = claims_of([booking.id])
    for claim in sorted(claims, key=lambda each: each.kind is ClaimKind.MAIN):
        slot = db.session.get_one(Slot, claim.slot_id)
        if slot.starts_at == starts_at:
            return slot
    raise HoldOver()
