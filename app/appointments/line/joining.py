"""A citizen lines up for an opening, for one request or a household, and leaves its queue."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import throttle
from app.appointments import queries as seats
from app.appointments import services, together
from app.appointments.draw.rules import new_ticket
from app.appointments.line import queries, rules
from app.appointments.line.models import Opening, Place, PlacePerson
from app.appointments.line.refusals import AlreadyInLine, NotComeIn
from app.appointments.line.rules import PlaceState
from app.appointments.refusals import AlreadyBooked, Clash, NotYet
from app.cases import changing
from app.cases.competence import is_permitted
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor
from app.core.db import constraint_of, db
from app.core.errors import NotAllowed, NotFound

JOINED = throttle.Limit(name="queue", most=20, window=timedelta(hours=1))
"""Whoever leaves may come back, but not for ever: each time leaves a row."""


def concerns(opening: Opening, case: Case) -> bool:
    """Return whether an opening gives out what a case needs, at counters that serve it."""
    if (case.post_id, case.service_id) != (opening.post_id, opening.service_id):
        return False
    try:
        return opening.pool_id in {pool.id for pool in seats.visit_of(case).pools}
    except NotFound:
        return False


def can_come_in(opening: Opening, now: datetime) -> bool:
    """Return whether one can line up: from an hour before the opening until it is over."""
    return opening.state in rules.GOES_ON and now >= opening.opens_at - rules.LOBBY


def join(case: Case, opening: Opening, *, actor: Actor) -> Place:
    """Line up with a case and all that are booked with it; a second time is the same place.

    The ticket is made by chance, here and now. Who let their turn lapse stands at the end.
    Raises NotAllowed, NotFound for an opening of another service, NotComeIn, NotYet,
    MissedBefore, AlreadyBooked, AlreadyInLine, TooMany or Clash.
    """
    now = clock.now()
    if not is_permitted(Action.BOOKED, actor):
        raise NotAllowed()
    opening = queries.lock_shared(opening.id)
    if not concerns(opening, case):
        raise NotFound()
    if not can_come_in(opening, now):
        raise NotComeIn()
    party = _party(case, actor)
    place = queries.find_place(opening.id, case.id)
    if place is not None and place.state in rules.STANDS:
        if place.until is None or place.until > now:
            return place
        end([place.id], PlaceState.LAPSED)
    return _new(opening, case, party, now, actor=actor)


def _party(case: Case, actor: Actor) -> list[Case]:
    """Return, locked in the order of their keys, the cases that would come."""
    ids = sorted(one.id for one in together.ready(case, actor))
    party = [changing.lock(id) for id in ids]
    for one in party:
        if not seats.is_at_appointment(one):
            raise NotYet()
        services.refuse_blocked(one, actor)
        booking = seats.booking_of(one.id)
        if booking is not None and booking.state in seats.CONFIRMED:
            raise AlreadyBooked()
    return party


def _new(
    opening: Opening, case: Case, party: Sequence[Case], now: datetime, *, actor: Actor
) -> Place:
    throttle.count(JOINED, str(actor.id))
    place = Place(
        opening=opening,
        case_id=case.id,
        ticket=new_ticket(),
        party=len(party),
        state=PlaceState.WAITING,
        joined_at=now,
    )
    db.session.add(place)
    try:
        with db.session.begin_nested():
            db.session.flush()
            db.session.add_all(_person(place, one) for one in party)
            db.session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_queue_person_active":
            raise
        raise _second(opening.id, case, party) from None
    return place


def _person(place: Place, case: Case) -> PlacePerson:
    return PlacePerson(
        place_id=place.id,
        opening_id=place.opening_id,
        case_id=case.id,
        fingerprint=case.person.fingerprint,
        active=True,
    )


def _second(opening_id: int, case: Case, party: Sequence[Case]) -> Exception:
    """Return why somebody cannot stand in a queue twice: an own request, or another account."""
    others = [queries.other_place(opening_id, one) for one in party]
    own = any(one is not None and one.account_id == case.account_id for one in others)
    return AlreadyInLine() if own else Clash()


def leave(case: Case, opening: Opening, *, actor: Actor) -> None:
    """Give a place up; without one nothing changes. Raises NotAllowed."""
    if not is_permitted(Action.BOOKED, actor):
        raise NotAllowed()
    queries.lock_shared(opening.id)
    changing.lock(case.id)
    place = queries.find_place(opening.id, case.id)
    if place is not None and place.state in rules.STANDS:
        end([place.id], PlaceState.LEFT)


def let_go(case: Case, _actor: Actor) -> None:
    """Give up the place of a case that ended; of a household the others keep theirs.

    Runs in the transaction of its end, so that nobody waits for the turn of somebody gone.
    """
    rows = db.session.scalars(
        select(PlacePerson).where(PlacePerson.case_id == case.id, PlacePerson.active)
    ).all()
    for person in rows:
        place = db.session.get_one(Place, person.place_id, with_for_update={"of": Place})
        if place.case_id == case.id or place.party == 1:
            end([place.id], PlaceState.LEFT)
        else:
            person.active = False
            place.party -= 1


def end(place_ids: Collection[int], state: PlaceState) -> None:
    """End places; their persons may line up again."""
    if not place_ids:
        return
    db.session.execute(
        update(Place)
        .where(Place.id.in_(place_ids), Place.state.in_(rules.STANDS))
        .values(state=state)
        .execution_options(synchronize_session="fetch")
    )
    db.session.execute(
        update(PlacePerson)
        .where(PlacePerson.place_id.in_(place_ids))
        .values(active=False)
        .execution_options(synchronize_session=False)
    )
