"""Noting missed visits with what follows from them, and deciding what is said against that."""

from collections.abc import Collection
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.appointments.missed import queries, rules
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking, BookingPerson
from app.audit import services as audit
from app.cases import changing
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import add_once, db
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.notifications import services as notifications


def note(bookings: Collection[Booking]) -> list[MissedVisit]:
    """Note bookings to which nobody came and tell their owners what follows; each once."""
    found = [_note(booking) for booking in sorted(bookings, key=lambda one: one.starts_at)]
    return [one for one in found if one is not None]


def _note(booking: Booking) -> MissedVisit | None:
    fingerprint = db.session.scalar(
        select(BookingPerson.fingerprint).where(BookingPerson.booking_id == booking.id)
    )
    if fingerprint is None:
        return None
    case = booking.case
    missed = MissedVisit(
        post_id=booking.post_id,
        booking_id=booking.id,
        booking=booking,
        case_id=case.id,
        case=case,
        fingerprint=fingerprint,
        missed_at=booking.starts_at,
        state=MissedState.NOTED,
        data_key=case.data_key,
    )
    missed.blocked_until = _block(missed)
    if not add_once(missed):
        return None
    _tell("visit_missed", missed, on=clock.local(booking.starts_at, _zone(missed)).date())
    return missed


def _block(missed: MissedVisit) -> date | None:
    """Return the last day without times online that follows from a missed visit, None for none."""
    if missed.case.service.category in rules.NEVER_BLOCKED:
        return None
    earlier = queries.count_earlier(missed.post_id, missed.fingerprint, missed.missed_at)
    on = clock.local(missed.missed_at, _zone(missed)).date()
    return rules.blocked_until(on, earlier=earlier)


def _zone(missed: MissedVisit) -> str:
    return missed.booking.pool.site.zone


def object_to(reference: str, words: str, *, actor: Actor) -> MissedVisit:
    """Say why a missed visit should not count, or count as missed at all; once, within its time.

    Raises NotFound where nothing was missed, Conflict when no objection is taken any more.
    """
    case = changing.lock_named(reference, actor)
    missed = queries.find_of(case.id)
    if missed is None:
        raise NotFound()
    if not may_object(missed):
        raise Conflict(_l("No objection is taken any more: it was made before, or too late."))
    if not words.strip():
        raise Invalid(_l("Write something first."), field="text")
    missed.words, missed.objected_at = words.strip(), clock.now()
    missed.state = MissedState.OBJECTED
    _record("missed.objected", missed, actor)
    return missed


def may_object(missed: MissedVisit) -> bool:
    """Return whether an objection against a missed visit is taken now."""
    zone = _zone(missed)
    on = clock.local(missed.missed_at, zone).date()
    return rules.may_object(missed.state, on, clock.today(zone))


def lift(uid: str, answer: str, *, actor: Actor) -> MissedVisit:
    """Have a missed visit count for nothing, with the reasons; for the head.

    What followed from later ones because of it is taken back as well.
    """
    missed = _decide(uid, answer, MissedState.LIFTED, actor)
    for later in queries.list_later(missed):
        later.blocked_until = _block(later)
    return missed


def uphold(uid: str, answer: str, *, actor: Actor) -> MissedVisit:
    """Leave what followed from a missed visit as it is, with the reasons; for the head."""
    return _decide(uid, answer, MissedState.UPHELD, actor)


def _decide(uid: str, answer: str, state: MissedState, actor: Actor) -> MissedVisit:
    if not actor.has_role(Role.HEAD):
        raise NotAllowed()
    missed = queries.get(actor.post_id or 0, uid)
    db.session.refresh(missed, with_for_update={"of": MissedVisit})
    if missed.state is state:
        return missed
    is_asked = missed.state is MissedState.OBJECTED or state is MissedState.LIFTED
    if missed.decided_at is not None or not is_asked:
        raise Conflict()
    if not answer.strip():
        raise Invalid(_l("Write something first."), field="answer")
    missed.state, missed.answer = state, answer.strip()
    missed.decided_at, missed.decided_by = clock.now(), actor.id
    db.session.flush()
    _record(f"missed.{state.value}", missed, actor)
    _tell("missed_decided", missed)
    return missed


def _tell(event: str, missed: MissedVisit, *, on: date | None = None) -> None:
    account_id = missed.case.account_id
    if account_id is None:
        return
    payload = {"reference": missed.case.reference}
    if on is not None:
        payload["on"] = on.isoformat()
    if missed.blocked_until is not None and missed.state is not MissedState.LIFTED:
        payload["until_on"] = missed.blocked_until.isoformat()
    notifications.tell(
        event,
        account_id=account_id,
        dedupe=f"{event}:{missed.uid}",
        payload=payload,
        post_id=missed.post_id,
        case_id=missed.case_id,
    )


def _record(action: str, missed: MissedVisit, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="missed_visit",
        object_uid=missed.uid,
        post_id=missed.post_id,
    )
