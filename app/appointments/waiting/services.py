"""Joining the waiting list, staying on it, leaving it, and coming back to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError

from app.appointments import claiming, returning, together
from app.appointments import queries as seats
from app.appointments import services as appointments
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import Clash, NotYet
from app.appointments.waiting import messages, queries, rules
from app.appointments.waiting.models import WaitingEntry, WaitingPerson, WaitingPlace
from app.appointments.waiting.refusals import (
    AlreadyWaiting,
    NoPlace,
    NotOnList,
    NoWayBack,
    PastDays,
    TooFar,
)
from app.appointments.waiting.rules import ON_LIST, EntryState, PartOfDay
from app.cases import changing
from app.cases.competence import is_permitted
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor
from app.core.db import constraint_of, db
from app.core.errors import NotAllowed

FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody waits for; `places` are keys of pools, `coming` references of a filing."""

    places: frozenset[int]
    first: date
    last: date
    part: PartOfDay
    notice_hours: int
    coming: frozenset[str] = frozenset()


def join(case: Case, wanted: Wanted, *, actor: Actor) -> WaitingEntry:
    """Put a case on the waiting list, or change what it waits for: its place stays.

    With an appointment it waits for an earlier one and keeps what it has. Raises NotAllowed,
    NotYet, MissedBefore, NoPlace, PastDays, TooFar, AlreadyWaiting or Clash.
    """
    if not is_permitted(Action.BOOKED, actor):
        raise NotAllowed()
    party = _locked_party(case, wanted.coming, actor)
    _refuse_wish(case, wanted)
    known = queries.find_on_list(case.id)
    entry = _new(case, wanted) if known is None else queries.lock(known.id)
    entry.first_on, entry.last_on = wanted.first, wanted.last
    entry.part, entry.notice_hours = wanted.part, wanted.notice_hours
    entry.keeps_seat = _keeps(party)
    entry.confirmed_at, entry.asked_at = clock.now(), None
    _place(entry, wanted.places)
    _bring(entry, party)
    look(entry)
    return entry


def enter(case: Case, wanted: Wanted, party: Sequence[Case]) -> WaitingEntry:
    """Put locked cases without a seat on the list, as one entry in the name of one; Clash."""
    entry = _new(case, wanted)
    _place(entry, wanted.places)
    _bring(entry, party)
    return entry


def companions(case: Case, actor: Actor) -> list[Case]:
    """Return the other requests of a filing that have no seat yet and need a visit like this."""
    visit = seats.visit_of(case)
    others = [one for one in together.ready(case, actor) if one.id != case.id]
    return [one for one in others if replace(seats.visit_of(one), lanes=visit.lanes) == visit]


def _locked_party(case: Case, coming: Collection[str], actor: Actor) -> list[Case]:
    """Return, locked in the order of their keys, the cases that come; the own one always does."""
    booking = seats.booking_of(case.id)
    if booking is not None and booking.state is BookingState.BOOKED:
        others = [one.case_id for one in together.at_one_time(booking, actor)]
    else:
        others = [one.id for one in companions(case, actor) if one.reference in coming]
    party = list(changing.lock_all({case.id, *others}))
    if not all(seats.is_at_appointment(one) for one in party):
        raise NotYet()
    claiming.lock_persons({one.person.fingerprint for one in party})
    for one in party:
        appointments.refuse_blocked(one, actor)
    return party


def _refuse_wish(case: Case, wanted: Wanted) -> None:
    known = {pool.id for pool in seats.visit_of(case).pools}
    if not wanted.places or not wanted.places <= known:
        raise NoPlace(field="places")
    today = clock.now().date()
    if wanted.last < max(wanted.first, today):
        raise PastDays(field="last_on")
    if wanted.last > today + FARTHEST:
        raise TooFar(field="last_on")


def _keeps(party: Sequence[Case]) -> bool:
    booking = seats.booking_of(party[0].id)
    return booking is not None and booking.state is BookingState.BOOKED


def _new(case: Case, wanted: Wanted) -> WaitingEntry:
    now = clock.now()
    entry = WaitingEntry(
        post_id=case.post_id,
        service_id=case.service_id,
        case_id=case.id,
        case=case,
        state=EntryState.WAITING,
        first_on=wanted.first,
        last_on=wanted.last,
        part=wanted.part,
        notice_hours=wanted.notice_hours,
        keeps_seat=False,
        joined_at=now,
        confirmed_at=now,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _place(entry: WaitingEntry, pool_ids: Collection[int]) -> None:
    db.session.refresh(entry, ["places", "persons"])
    entry.places = [
        next((one for one in entry.places if one.pool_id == id), None)
        or WaitingPlace(entry_id=entry.id, pool_id=id)
        for id in sorted(pool_ids)
    ]


def _bring(entry: WaitingEntry, party: Sequence[Case]) -> None:
    """Write down who comes; the unique index finds the same person by another account."""
    known = {person.case_id: person for person in entry.persons}
    for case_id, person in known.items():
        person.active = case_id in {one.id for one in party}
    for one in party:
        if one.id not in known:
            _refuse_second(one)
            entry.persons.append(_person(entry, one))
    _written()


def _person(entry: WaitingEntry, case: Case) -> WaitingPerson:
    return WaitingPerson(
        entry_id=entry.id,
        case_id=case.id,
        post_id=entry.post_id,
        service_id=entry.service_id,
        fingerprint=case.person.fingerprint,
        active=True,
    )


def _refuse_second(case: Case) -> None:
    other = queries.other_of(case)
    if other is None:
        return
    account_id = db.session.get_one(Case, other.case_id).account_id
    raise AlreadyWaiting() if account_id == case.account_id else Clash()


def _written() -> None:
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_waiting_person_active":
            raise
        raise Clash() from None


def look(entry: WaitingEntry) -> None:
    """Have the worker look at once whether something free fits already."""
    db.session.refresh(entry, ["places"])
    for place in entry.places:
        returning.look_now(place.pool_id)


def stay(uid: str) -> WaitingEntry:
    """Note that somebody still waits; a second time changes nothing. Raises NotOnList."""
    entry = locked(uid)
    if entry.state not in ON_LIST:
        raise NotOnList()
    entry.confirmed_at, entry.asked_at = clock.now(), None
    return entry


def leave(uid: str) -> WaitingEntry:
    """Take an entry off the list; a time that is offered to it goes to the next. Again is fine."""
    entry = locked(uid)
    if entry.state in ON_LIST:
        give_up_kept(entry)
        end(entry, EntryState.LEFT)
    return entry


def come_back(uid: str) -> WaitingEntry:
    """Give somebody who was removed in silence the place that they had; raise NoWayBack."""
    entry = locked(uid)
    if entry.state in ON_LIST:
        return entry
    now = clock.now()
    is_in_time = rules.may_come_back(entry.ended_at, now)
    if entry.state is not EntryState.SILENT or not is_in_time:
        raise NoWayBack()
    party = [db.session.get_one(Case, person.case_id) for person in entry.persons]
    for one in party:
        _refuse_second(one)
    entry.state, entry.ended_at = EntryState.WAITING, None
    entry.confirmed_at, entry.asked_at = now, None
    for person in entry.persons:
        person.active = True
    _written()
    look(entry)
    return entry


def locked(uid: str) -> WaitingEntry:
    """Return an entry, locked after its cases and persons, in the order in which all do."""
    entry = queries.get(uid)
    db.session.refresh(entry, ["places", "persons"])
    cases = changing.lock_all([person.case_id for person in entry.persons])
    claiming.lock_persons({case.person.fingerprint for case in cases})
    entry = queries.lock(entry.id)
    db.session.refresh(entry, ["places", "persons"])
    return entry


def end(entry: WaitingEntry, state: EntryState) -> None:
    """End a locked entry: its persons may join again."""
    entry.state, entry.ended_at, entry.asked_at = state, clock.now(), None
    db.session.refresh(entry, ["persons"])
    for person in entry.persons:
        person.active = False
    db.session.flush()


def give_up_kept(entry: WaitingEntry) -> None:
    """Give back what is kept for a locked entry whose cases are locked; its booking stays."""
    ids = [person.case_id for person in entry.persons]
    kept = [one for one in _bookings(ids) if one.waiting_id == entry.id]
    now = clock.now()
    held = [one for one in kept if one.state is BookingState.HELD]
    claiming.end(held, BookingState.CANCELLED, now)
    claiming.end_offers([one for one in kept if one not in held], now)
    settle(entry, rules.Answer.DECLINED)


def settle(entry: WaitingEntry, outcome: rules.Answer) -> None:
    """Note what became of the offer that an entry has."""
    offer = queries.open_offer(entry.id)
    if offer is not None:
        offer.outcome, offer.ended_at = outcome, clock.now()
        db.session.flush()


def _bookings(case_ids: Collection[int]) -> Sequence[Booking]:
    found = [seats.booking_of(id) for id in case_ids]
    return claiming.lock_bookings([one.id for one in found if one is not None])


def forget(case: Case, _actor: Actor) -> None:
    """Take a case off the list, because it ended; the others of its entry stay."""
    entry = queries.find_on_list(case.id)
    if entry is None:
        return
    entry = queries.lock(entry.id)
    db.session.refresh(entry, ["persons"])
    for person in entry.persons:
        if person.case_id == case.id:
            person.active = False
    db.session.flush()
    if not any(person.active for person in entry.persons):
        settle(entry, rules.Answer.LAPSED)
        end(entry, EntryState.ENDED)


def ask(entry_id: int, now: datetime) -> None:
    """Ask whether somebody still waits, once."""
    entry = queries.lock(entry_id)
    if entry.state is EntryState.WAITING and rules.is_to_be_asked(
        entry.confirmed_at, entry.asked_at, now
    ):
        entry.asked_at = now
        messages.tell_confirm(entry, now)


def remove_silent(entry_id: int, now: datetime) -> None:
    """Take somebody off the list who did not answer for days, and tell the way back."""
    entry = queries.lock(entry_id)
    if entry.state is EntryState.WAITING and rules.is_silent(entry.asked_at, now):
        end(entry, EntryState.SILENT)
        messages.tell_removed(entry, now)
