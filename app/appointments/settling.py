"""Settling whose request is a person's own, where another account filed with the same number.

What was filed by somebody else frees the person at once: its seat and its places on the waiting
list and in a queue are given back, its wish in a draw and its missed visits are nobody's. It gets
no other time online until staff have seen who stands behind it, so that nobody holds two seats for
one person by two accounts.
"""

from collections.abc import Collection, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.accounts import identity
from app.accounts.models import Person
from app.appointments import claiming, services
from app.appointments.draw.models import EntryPerson
from app.appointments.line import joining
from app.appointments.missed.models import MissedVisit
from app.appointments.models import BookingPerson, BookingState
from app.appointments.rules import CancelReason
from app.appointments.waiting import services as waiting
from app.appointments.waiting.models import WaitingPerson
from app.cases import changing
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import Conflict, NotAllowed

JUDGES = (Role.OFFICER, Role.HEAD)
MOST = 50


class NotTheSamePerson(Conflict):
    """A request that was marked is not one of those that name the person."""

    message = _l("One of these requests names another person by now. Please look again.")


def list_others(case: Case) -> Sequence[Case]:
    """Return requests of other accounts at the post that name the same person, newest first."""
    same = (
        Person.fingerprint == case.person.fingerprint,
        Case.post_id == case.post_id,
        Case.account_id != case.account_id,
    )
    found = select(Case).join(Person, Person.id == Case.person_id).where(*same)
    return db.session.scalars(found.order_by(Case.id.desc()).limit(MOST)).all()


def settle(reference: str, foreign: Collection[str], *, actor: Actor) -> Case:
    """Note that staff saw who stands behind a request, and which others are not this person's.

    Raises NotFound, NotAllowed, or NotTheSamePerson for a request that names somebody else.
    """
    if not actor.has_role(*JUDGES):
        raise NotAllowed()
    case = cases.get_case(reference, actor)
    others = _locked_others(case)
    if set(foreign) - others.keys():
        raise NotTheSamePerson()
    for wrong in sorted(foreign):
        _disown(others[wrong], actor)
    identity.verify(case.person_id, actor=actor)
    return case


def _locked_others(case: Case) -> dict[str, Case]:
    """Return the others by their references; requests are locked first, as all who book do."""
    changing.lock_all([case.id, *(one.id for one in list_others(case))])
    claiming.lock_persons({case.person.fingerprint})
    return {one.reference: one for one in list_others(case)}


def _disown(case: Case, actor: Actor) -> None:
    _give_back(case, actor)
    waiting.forget(case, actor)
    joining.let_go(case, actor)
    mark = identity.disown(case.person_id, actor=actor)
    theirs = select(Case.id).where(Case.person_id == case.person_id)
    for model, named in (
        (BookingPerson, BookingPerson.person_id == case.person_id),
        (WaitingPerson, WaitingPerson.case_id.in_(theirs)),
        (EntryPerson, EntryPerson.case_id.in_(theirs)),
        (MissedVisit, MissedVisit.case_id.in_(theirs)),
    ):
        statement = update(model).where(named).values(fingerprint=mark)
        db.session.execute(statement, execution_options={"synchronize_session": False})


def _give_back(case: Case, actor: Actor) -> None:
    """Give back what is still to come; a visit that has begun is over with its hour."""
    booking = claiming.find_active(case.id)
    if booking is None:
        return
    if booking.can_be_changed(clock.now()):
        services.cancel(booking.uid, actor=actor, reason=CancelReason.OTHER)
    elif booking.state is BookingState.HELD:
        services.free_seats(case, actor)
