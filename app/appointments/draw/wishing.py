"""A citizen wishes for days in a draw, for one request or a household; changes it, withdraws it."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy.exc import IntegrityError

from app.appointments import queries as seats
from app.appointments import services, together
from app.appointments.draw import messages, offers, queries, rules
from app.appointments.draw import services as draws
from app.appointments.draw.models import Entry, EntryPerson, Release
from app.appointments.draw.refusals import AlreadyWished, NoSuchDays, NotOpen
from app.appointments.draw.rules import ReleaseState
from app.appointments.refusals import AlreadyBooked, Clash, NotYet
from app.cases import changing
from app.cases.competence import is_permitted
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor
from app.core.db import constraint_of, db
from app.core.errors import NotAllowed, NotFound


def wish(
    case: Case, release: Release, days: Collection[date], *, coming: Collection[str], actor: Actor
) -> Entry:
    """Register the wish of a case for some days, or change it; the same again is the same wish.

    `coming` are references of requests of its filing that come along. The ticket is made by
    chance, here and now: after the hash of the secret was published, and by nobody's choice.
    Raises NotFound for a draw of another service or of other counters, NotAllowed, NotOpen,
    NoSuchDays, NotYet, MissedBefore, AlreadyBooked, AlreadyWished or Clash.
    """
    if not is_permitted(Action.BOOKED, actor):
        raise NotAllowed()
    release = queries.lock_shared(release.id)
    _refuse_closed(release)
    if not draws.concerns(release, case):
        raise NotFound()
    party = _party(case, release, coming, actor)
    _refuse_days(release, days)
    entry = queries.find_entry(release.id, case.id)
    is_new = entry is None
    entry = entry or _new(release)
    entry.days = sorted(day.isoformat() for day in days)
    _bring(entry, release, party)
    if is_new:
        messages.tell_entered(release, entry.uid, case)
    return entry


def _refuse_closed(release: Release) -> None:
    if release.state is not ReleaseState.OPEN or clock.now() >= release.closes_at:
        raise NotOpen()


def companions(case: Case, release: Release, actor: Actor) -> list[Case]:
    """Return the other requests of a filing that a draw concerns and that have no seat yet."""
    others = [one for one in together.ready(case, actor) if one.id != case.id]
    return [one for one in others if draws.concerns(release, one)]


def _party(case: Case, release: Release, coming: Collection[str], actor: Actor) -> list[Case]:
    """Return, locked in the order of their keys, the cases that come; the own one always does."""
    others = [one.id for one in companions(case, release, actor) if one.reference in coming]
    party = [changing.lock(id) for id in sorted({case.id, *others})]
    for one in party:
        if not seats.is_at_appointment(one):
            raise NotYet()
        services.refuse_blocked(one, actor)
        booking = seats.booking_of(one.id)
        if booking is not None and booking.state in seats.CONFIRMED:
            raise AlreadyBooked()
    return party


def _refuse_days(release: Release, days: Collection[date]) -> None:
    if not days or not set(days) <= set(queries.offered_days(release)):
        raise NoSuchDays(field="days")


def _new(release: Release) -> Entry:
    entry = Entry(
        release=release,
        ticket=rules.new_ticket(),
        days=[],
        party=1,
        weight=1,
        created_at=clock.now(),
        persons=[],
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _bring(entry: Entry, release: Release, party: Sequence[Case]) -> None:
    """Write down who comes; the unique index finds the same person by another account."""
    known = {person.case_id: person for person in entry.persons}
    for case_id, person in known.items():
        person.active = case_id in {one.id for one in party}
    for one in party:
        if one.id not in known:
            _refuse_second(release, one)
            entry.persons.append(_person(entry, release, one))
    entry.party = len(party)
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_draw_person_active":
            raise
        raise Clash() from None


def _person(entry: Entry, release: Release, case: Case) -> EntryPerson:
    return EntryPerson(
        entry_id=entry.id,
        release_id=release.id,
        case_id=case.id,
        fingerprint=case.person.fingerprint,
        active=True,
    )


def _refuse_second(release: Release, case: Case) -> None:
    other = queries.other_wish(release.id, case)
    if other is not None:
        raise AlreadyWished() if other.case.account_id == case.account_id else Clash()


def withdraw(case: Case, release: Release, ticket: str, *, actor: Actor) -> None:
    """Take a wish back before the list is fixed, for all of its party; again changes nothing.

    Raises NotAllowed, NotOpen, or WrongTicket for a ticket that is not that of the wish.
    """
    if not is_permitted(Action.BOOKED, actor):
        raise NotAllowed()
    release = queries.lock_shared(release.id)
    _refuse_closed(release)
    changing.lock(case.id)
    entry = queries.find_entry(release.id, case.id)
    if entry is None:
        return
    offers.check_ticket(case, release, ticket)
    entry.withdrawn_at = clock.now()
    for person in entry.persons:
        person.active = False
