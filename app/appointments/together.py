"""One visit for a household: the requests of a filing at the same time, all or none.

Each request has its booking, so that each person is checked in and served by themselves; what is
done to one here is done to those that come with it, and told in one message. Every function works
in the caller's transaction, and what is refused for one is refused for all.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from app.appointments import claiming, limits, moving, queries, services
from app.appointments.kept import Seen
from app.appointments.models import Booking, BookingState, Lane, Slot
from app.appointments.queries import Visit
from app.appointments.refusals import NotForAll
from app.appointments.rules import CancelReason
from app.cases import changing
from app.cases.family import queries as families
from app.cases.models import Case
from app.cases.rules import Action, State, StepKind, StepState
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Conflict, DomainError


def ready(case: Case, actor: Actor) -> list[Case]:
    """Return the cases that are booked with this one, itself among them, in order of their keys.

    Those of its filing whose papers are accepted and that have no appointment yet.
    """
    if case.filing_id is None:
        return [case]
    members = families.members_of(case, actor)
    booked = {
        booking.case_id
        for booking in queries.list_active([one.id for one in members])
        if booking.state is not BookingState.HELD
    }
    others = [one for one in members if _is_at_appointment(one) and one.id not in booked]
    return others if any(one.id == case.id for one in others) else [case]


def waiting(case: Case, actor: Actor) -> list[Case]:
    """Return the others of a filing whose papers are still being looked at."""
    looked_at = {State.SUBMITTED, State.IN_REVIEW, State.ACTION_NEEDED}
    return [one for one in families.others_of(case, actor) if one.state in looked_at]


def visit_of(case: Case, party: Collection[Case]) -> Visit:
    """Return what the visit of several takes: as many seats at one time; raises as for one."""
    return replace(queries.visit_of(case), party=max(len(party), 1))


def at_one_time(booking: Booking, actor: Actor) -> list[Booking]:
    """Return the bookings of a filing at the time of one, itself among them, in order of cases."""
    if booking.case.filing_id is None:
        return [booking]
    members = families.members_of(booking.case, actor)
    found = [
        other
        for other in queries.list_active([one.id for one in members])
        if _when(other) == _when(booking) and other.state is booking.state
    ]
    return found or [booking]


def hold(
    case: Case, slot_id: int, *, actor: Actor, visit: Visit | None = None, admission: str = ""
) -> Booking:
    """Keep a time for a case and all that can be booked with it; raises as services.hold.

    `visit` is what the visit of the case takes, where that is known already.
    """
    party = ready(case, actor)
    if len(party) == 1:
        return services.hold(case, slot_id, actor=actor, visit=visit, admission=admission)
    lock_party(party, _run(case, slot_id))
    held = [services.hold(one, slot_id, actor=actor, admission=admission) for one in party]
    return next(booking for booking in held if booking.case_id == case.id)


def confirm(uid: str, *, actor: Actor, seen: Seen | None = None) -> None:
    """Make what is held for a household its appointment; raises as services.make_firm.

    Raises ManyAlready as well, for an account that has enough of them.
    """
    done = [services.make_firm(booking.uid, seen) for booking in _locked_party(uid, actor)]
    new = [one for one, is_new in done if is_new]
    if new:
        limits.refuse_more(actor=actor)
    services.announce(new, Action.BOOKED, actor=actor)


def give(party: Sequence[Case], slot_id: int, *, lanes: tuple[Lane, ...], actor: Actor) -> None:
    """Give a time of the post's own choice to all of a party, or to none of it.

    For the staff, who may give a near time and seats of any lane. What is in the way is told for
    each: raises NotForAll, or SlotTaken where the seats do not suffice.
    """
    lock_party(party, _run(party[0], slot_id))
    done: list[Booking] = []
    refused: dict[int, DomainError] = {}
    for one in party:
        visit = replace(queries.visit_of(one), lanes=lanes, lead=timedelta(0))
        try:
            with db.session.begin_nested():
                held = services.hold(one, slot_id, visit=visit, actor=actor)
                done.append(services.make_firm(held.uid)[0])
        except Conflict as refusal:
            refused[one.id] = refusal
    if refused:
        raise NotForAll(refused)
    services.announce(done, Action.BOOKED, actor=actor)


def offer_move(uid: str, slot_id: int, *, actor: Actor) -> Booking:
    """Keep another time for all who come together; raises as moving.offer_move."""
    own = queries.get_booking(uid)
    for booking in _locked_party(uid, actor, _run(own.case, slot_id)):
        moving.offer_move(booking.uid, slot_id, actor=actor)
    return own


def confirm_move(uid: str, *, actor: Actor, seen: Seen | None = None) -> None:
    """Move all who come together to the time that is kept for them; raises as moving.move."""
    done = [moving.move(booking.uid, seen) for booking in _locked_party(uid, actor)]
    services.announce([one for one, is_new in done if is_new], Action.MOVED, actor=actor)


def cancel(uid: str, *, actor: Actor, reason: CancelReason | None = None) -> None:
    """Give up the appointment of all who come together."""
    ended = give_up(uid, actor=actor, reason=reason)
    services.announce(ended, Action.BOOKING_CANCELLED, actor=actor)


def give_up(uid: str, *, actor: Actor, reason: CancelReason | None) -> list[Booking]:
    """Give an appointment up without telling, for all who come; return those that stood so far."""
    done = [services.give_up(booking.uid, reason) for booking in _locked_party(uid, actor)]
    return [one for one, is_new in done if is_new]


def _locked_party(uid: str, actor: Actor, slot_ids: Collection[int] = ()) -> list[Booking]:
    """Return the bookings of all who come together, locked with their seats and the wanted ones."""
    party = at_one_time(queries.get_booking(uid), actor)
    lock_party([booking.case for booking in party], slot_ids)
    return party


def _when(booking: Booking) -> tuple[object, object]:
    return booking.pool_id, booking.starts_at


def _is_at_appointment(case: Case) -> bool:
    return case.state is State.IN_PROGRESS and any(
        step.kind is StepKind.APPOINTMENT and step.state is StepState.CURRENT for step in case.steps
    )


def _run(case: Case, slot_id: int) -> list[int]:
    """Return the slots of a visit from its first on; of one that is not there, services tell."""
    slot = db.session.get(Slot, slot_id)
    if slot is None:
        return []
    length = queries.visit_of(case).length(slot.pool)
    return [each.id for each in queries.list_run(slot, length)]


def lock_party(party: Sequence[Case], slot_ids: Collection[int]) -> None:
    """Lock cases, persons, bookings and slots of several, in the order in which everybody does.

    Taken for one request after another, they would be waited for in a circle: by a household
    that changes places with this one, or by an officer who serves one of its members.
    """
    if len(party) < 2:
        return
    now = clock.now()
    cases = sorted(one.id for one in party)
    changing.lock_all(cases)
    claiming.lock_persons({one.person.fingerprint for one in party})
    others = [queries.other_booking(one) for one in party]
    wanted = [*queries.list_active(cases), *(one for one in others if one is not None)]
    locked = claiming.lock_bookings([booking.id for booking in wanted])
    own = [booking for booking in locked if booking.case_id in cases]
    over = [one for one in locked if one not in own and claiming.is_over(one, now)]
    claiming.make_room(own, slot_ids, now, over=over)
