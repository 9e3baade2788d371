"""Offering free seats to those who wait, in their order; each step is one transaction.

A worker that dies between two steps is followed by one that reads where things stand: a seat that
was kept is kept until its hour, and an offer is a held booking like any other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.appointments import claiming, moving, returning, services, together
from app.appointments import queries as seats
from app.appointments import rules as times
from app.appointments.draw import queries as draws
from app.appointments.missed import queries as missed_visits
from app.appointments.models import Booking, BookingState, Lane, Pool, Slot
from app.appointments.queries import Visit
from app.appointments.refusals import AlreadyBooked, Clash, Drawn, Offered
from app.appointments.rules import Start
from app.appointments.waiting import history, messages, queries, rules
from app.appointments.waiting import services as waiting
from app.appointments.waiting.models import WaitingEntry, WaitingOffer
from app.appointments.waiting.rules import Answer, EntryState, Return, Wish
from app.cases import changing
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound, SlotTaken


def offer_next(pool_id: int) -> bool:
    """Offer a seat that is kept of a pool to the first who waits and whom it fits; False for none.

    What everybody can have is offered to nobody. True also for one who was found to need no seat
    any more. With False it is written down why the seats that are kept fit nobody.
    """
    pool = db.session.get_one(Pool, pool_id)
    now = clock.now()
    entries = queries.list_waiting(pool_id)
    wishes = _wishes(entries, pool_id)
    supply = _Supply(pool, now)
    tried: list[tuple[Wish, Sequence[Start]]] = []
    for entry in entries:
        wish = wishes.get(entry.id)
        starts = supply.starts_for(entry) if wish else []
        wish = wish and replace(wish, public=supply.public_among(starts, wish.party))
        fit = wish and rules.first_fit(wish, starts, zone=pool.site.zone, now=now)
        if fit and _offer(entry.id, pool, fit):
            return True
        if wish:
            tried.append((wish, starts))
    _note_reasons(pool, tried, now)
    return False


def _wishes(entries: Sequence[WaitingEntry], pool_id: int) -> Mapping[int, Wish]:
    passed = history.passed_of([entry.id for entry in entries], pool_id)
    case_ids = [entry.case_id for entry in entries]
    booked, lost = history.booked_at(case_ids), history.lost_of(case_ids, pool_id)
    resting = history.resting_of(case_ids, clock.now())
    return {
        entry.id: Wish(
            first=entry.first_on,
            last=entry.last_on,
            part=entry.part,
            notice=timedelta(hours=entry.notice_hours),
            party=sum(person.active for person in entry.persons),
            before=booked.get(entry.case_id),
            passed=passed.get(entry.id, frozenset()) | lost.get(entry.case_id, frozenset()),
            rests=entry.case_id in resting,
        )
        for entry in entries
        if any(person.active for person in entry.persons)
    }


class _Supply:
    """The free seats of a pool, read once, as visits of different lengths see them."""

    def __init__(self, pool: Pool, now: datetime) -> None:
        self._pool = pool
        self._visits: dict[int, Visit | None] = {}
        self._starts: dict[Visit, list[Start]] = {}
        self._slots = _free_slots(pool, now)
        self._public = {free.id: room for free, _is_given_out, room in self._slots}
        first, last = seats.span(pool)
        self._closures = catalogue.closed_days(pool.site.post_id, first, last)

    def starts_for(self, entry: WaitingEntry) -> list[Start]:
        """Return the times at which the visit of an entry could begin, the soonest first."""
        visit = self._visit_of(entry.case)
        if visit is None:
            return []
        if visit not in self._starts:
            self._starts[visit] = self._find(visit)
        return self._starts[visit]

    def public_among(self, starts: Sequence[Start], party: int) -> frozenset[datetime]:
        """Return those of some times at which everybody can have so many seats."""
        return frozenset(
            start.starts_at
            for start in starts
            if all(self._public[id] >= party for id in start.slot_ids)
        )

    def _visit_of(self, case: Case) -> Visit | None:
        if case.version_id not in self._visits:
            try:
                self._visits[case.version_id] = seats.visit_of(case)
            except NotFound:
                self._visits[case.version_id] = None
        return self._visits[case.version_id]

    def _find(self, visit: Visit) -> list[Start]:
        if self._pool.id not in {pool.id for pool in visit.pools}:
            return []
        open_ = [
            free
            for free, is_given_out, _room in self._slots
            if (is_given_out or not visit.needs_release)
            and not seats.closes(free.local_on, self._closures, visit)
        ]
        length = visit.length(self._pool)
        return times.starts(open_, length, unit_minutes=self._pool.unit_minutes)


def _free_slots(pool: Pool, now: datetime) -> list[tuple[times.FreeSlot, bool, int]]:
    """Return the slots of a pool with seats for those who wait, with two facts of each.

    Whether a draw or a queue left it over (what people still line up for is theirs), and how many
    seats of it everybody can have.
    """
    first, last = seats.span(pool)
    rows = db.session.scalars(
        select(Slot)
        .where(
            Slot.pool_id == pool.id,
            Slot.lane == Lane.PUBLIC,
            Slot.is_gated.is_(False),
            Slot.starts_at > now,
            Slot.local_on.between(first, last),
            Slot.taken < Slot.planned,
        )
        .order_by(Slot.starts_at)
        .execution_options(populate_existing=True)
    ).all()
    of_draws = draws.continuing({slot.release_id for slot in rows if slot.release_id})
    found = []
    for slot in rows:
        free = _free(slot, is_of_draw=slot.release_id in of_draws)
        if free > 0:
            one = times.FreeSlot(
                id=slot.id, starts_at=slot.starts_at, local_on=slot.local_on, free=free
            )
            is_given_out = slot.release_id is not None or slot.opening_id is not None
            found.append((one, is_given_out, slot.capacity - slot.taken))
    return found


def _free(slot: Slot, *, is_of_draw: bool) -> int:
    """Return how many seats those who wait can have: the free ones and those that are kept."""
    kept = slot.planned - slot.capacity if slot.is_withheld and not is_of_draw else 0
    return slot.capacity - slot.taken + max(kept, 0)


def _offer(entry_id: int, pool: Pool, start: Start) -> bool:
    """Keep a time for all of an entry, or end it where nobody needs one; False for neither.

    Then none of its locks is left: those of the next who is tried have no order with them.
    """
    with db.session.begin_nested() as attempt:
        is_done = _try(entry_id, pool, start)
        if not is_done:
            attempt.rollback()
    return is_done


def _try(entry_id: int, pool: Pool, start: Start) -> bool:
    cases = changing.lock_all(queries.case_ids_of(entry_id))
    if not cases:
        return False
    claiming.lock_persons({case.person.fingerprint for case in cases})
    entry = queries.lock(entry_id)
    if entry.state is not EntryState.WAITING:
        return False
    needing = [case for case in cases if _needs(entry, case, start)]
    if not needing:
        return _end_without_need(entry, cases)
    if any(missed_visits.block_of(case) or _chooses(case) for case in needing):
        return False
    together.lock_party(needing, start.slot_ids)
    claiming.lock_slots(start.slot_ids)
    first = _first(start, len(needing))
    notice = timedelta(hours=entry.notice_hours)
    until = rules.offer_until(clock.now(), start.starts_at, notice, zone=pool.site.zone)
    if first is None or until is None:
        return False
    booking = _keep(entry, needing, first, start.slot_ids, until)
    if booking is None:
        return False
    _note_offer(entry, pool, start, until, booking)
    return True


def _needs(entry: WaitingEntry, case: Case, start: Start) -> bool:
    if not seats.is_at_appointment(case):
        return False
    booking = claiming.find_active(case.id)
    if booking is None or booking.state is BookingState.HELD:
        return True
    is_later = booking.state is BookingState.BOOKED and booking.starts_at > start.starts_at
    return entry.keeps_seat and is_later


def _chooses(case: Case) -> bool:
    """Return whether the owner of a locked case keeps a time of their own choice just now."""
    booking = claiming.find_active(case.id)
    return (
        booking is not None
        and booking.state is BookingState.HELD
        and not claiming.is_over(booking, clock.now())
    )


def _end_without_need(entry: WaitingEntry, cases: Sequence[Case]) -> bool:
    """End an entry all of whose cases have a seat, or wait for none; False for one that goes on."""
    if entry.keeps_seat and any(seats.booking_of(case.id) for case in cases):
        return False
    waiting.end(entry, EntryState.ENDED)
    return True


def _first(start: Start, party: int) -> Slot | None:
    """Return the slot with which a visit begins, None when those that are locked have no room."""
    run = db.session.scalars(
        select(Slot).where(Slot.id.in_(start.slot_ids)).execution_options(populate_existing=True)
    ).all()
    of_draws = draws.continuing({slot.release_id for slot in run if slot.release_id})
    if any(_free(slot, is_of_draw=slot.release_id in of_draws) < party for slot in run):
        return None
    return next(slot for slot in run if slot.id == start.slot_id)


def _keep(
    entry: WaitingEntry,
    cases: Sequence[Case],
    first: Slot,
    slot_ids: Sequence[int],
    until: datetime,
) -> Booking | None:
    """Keep the slots for all of a party or for nobody; return the booking of the first."""
    try:
        with db.session.begin_nested():
            kept = [_keep_one(entry, case, first, slot_ids, until) for case in cases]
            db.session.flush()
    except (AlreadyBooked, Clash, Drawn, Offered, SlotTaken):
        return None
    return kept[0]


def _keep_one(
    entry: WaitingEntry, case: Case, first: Slot, slot_ids: Sequence[int], until: datetime
) -> Booking:
    booking = claiming.find_active(case.id)
    if booking is None or booking.state is BookingState.HELD:
        return services.keep_for(case, first, slot_ids, until, waiting_id=entry.id)
    moving.keep_beside(booking, first, slot_ids, until, clock.now(), waiting_id=entry.id)
    return booking


def _note_offer(
    entry: WaitingEntry, pool: Pool, start: Start, until: datetime, booking: Booking
) -> None:
    offer = WaitingOffer(
        entry_id=entry.id,
        pool_id=pool.id,
        pool=pool,
        starts_at=start.starts_at,
        offered_at=clock.now(),
        until=until,
    )
    db.session.add(offer)
    entry.state = EntryState.OFFERED
    _close_used_up(start.slot_ids)
    db.session.flush()
    messages.tell_offered(entry, offer, booking)


def _close_used_up(slot_ids: Sequence[int]) -> None:
    """Close the rows of slots that keep nothing any more: their seat is offered."""
    slots = db.session.scalars(
        select(Slot).where(Slot.id.in_(slot_ids)).execution_options(populate_existing=True)
    )
    used_up = [slot.id for slot in slots if slot.capacity >= slot.planned]
    rows = queries.kept_of(used_up).values()
    for row in rows:
        row.returned_at, row.outcome = clock.now(), Return.OFFERED
    _unwithhold([row.slot_id for row in rows])


def _unwithhold(slot_ids: Sequence[int]) -> None:
    db.session.execute(
        update(Slot)
        .where(Slot.id.in_(slot_ids))
        .values(is_withheld=False)
        .execution_options(synchronize_session=False)
    )


def _note_reasons(pool: Pool, tried: Sequence[tuple[Wish, Sequence[Start]]], now: datetime) -> None:
    """Write down at each kept seat why it fits nobody, for the staff."""
    for row in queries.list_kept(pool.id):
        counts: Counter[str] = Counter()
        for wish, starts in tried:
            counts.update(rules.tally([wish], starts, row.slot_id, zone=pool.site.zone, now=now))
        row.reasons, row.looked_at = dict(counts), now
        if row.due_at <= row.freed_at + returning.LOOK:
            # It was kept only to be looked at.
            row.due_at = now


def give_free(pool_id: int) -> int:
    """Let everybody have the kept seats of a pool whose hour has come; return how many slots."""
    now = clock.now()
    due = queries.due_slots(pool_id, now)
    claiming.lock_slots(due)
    rows = queries.kept_of(due)
    of_draws = draws.continuing(
        {row.slot.release_id for row in rows.values() if row.slot.release_id}
    )
    own = [id for id, row in rows.items() if row.slot.release_id not in of_draws]
    db.session.execute(
        update(Slot)
        .where(Slot.id.in_(own), Slot.capacity < Slot.planned)
        .values(capacity=Slot.planned)
        .execution_options(synchronize_session=False)
    )
    _unwithhold(own)
    for id, row in rows.items():
        row.returned_at = now
        row.outcome = Return.PUBLIC if id in own else Return.DRAW
    return len(own)


def end_needless(entry_id: int) -> None:
    """End an entry that waits for any seat, when all who come have booked one themselves."""
    cases = changing.lock_all(queries.case_ids_of(entry_id))
    entry = queries.lock(entry_id)
    bookings = [seats.booking_of(case.id) for case in cases]
    have_time = all(one is not None and one.state in seats.CONFIRMED for one in bookings)
    if entry.state is EntryState.WAITING and not entry.keeps_seat and have_time:
        waiting.end(entry, EntryState.ENDED)


def settle(entry_id: int) -> None:
    """Note what became of an offer that nothing is kept for any more: taken, or lapsed.

    Who let one lapse keeps the place, and is asked whether they still wait.
    """
    now = clock.now()
    cases = changing.lock_all(queries.case_ids_of(entry_id))
    entry, offer = queries.lock(entry_id), queries.open_offer(entry_id)
    if offer is None or queries.kept_for(entry_id) is not None:
        return
    taken = any(_is_taken(case, offer) for case in cases)
    waiting.settle(entry, Answer.ACCEPTED if taken else Answer.LAPSED)
    if taken:
        waiting.end(entry, EntryState.SERVED)
    elif entry.state is EntryState.OFFERED:
        entry.state, entry.asked_at = EntryState.WAITING, now
        messages.tell_confirm(entry, now)


def _is_taken(case: Case, offer: WaitingOffer) -> bool:
    booking = seats.booking_of(case.id)
    return (
        booking is not None
        and booking.state in seats.CONFIRMED
        and (booking.pool_id, booking.starts_at) == (offer.pool_id, offer.starts_at)
    )
