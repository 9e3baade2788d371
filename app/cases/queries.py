"""Finding cases: one for an actor, those of an account, the queue of a post."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload, selectinload

from app.cases import access
from app.cases.models import (
    Case,
    CaseAnswers,
    CaseEvent,
    CaseItem,
    CorrectionRound,
)
from app.cases.rules import ENDED, OPEN, UNBOOKED, Action, ItemKind, ItemState, State
from app.catalogue import damaged
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.catalogue.models import Service
from app.catalogue.neighbours import Pinned
from app.core import reference as references
from app.core.actor import Actor, ActorKind
from app.core.crypto import Unreadable, keyed_hash
from app.core.db import db
from app.core.errors import NotFound

Value = TypeVar("Value")

MOST_IN_PAGE = 50
FIRST_LOOKS = frozenset({Action.ACCEPTED, Action.REFUSAL_PROPOSED})
"""What ends the first of two reviews."""
LOOKED_ANEW = frozenset({Action.GIVEN_BACK, Action.REOPENED})
"""What makes an officer look again at what was looked at before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Some cases of a list; `after` is the reference with which the next page begins."""

    cases: Sequence[Case]
    after: str | None


def normal_reference(typed: str) -> str:
    """Return a reference as it is stored; raise NotFound when it cannot be one."""
    try:
        return str(references.parse(typed))
    except references.WrongReference:
        raise NotFound() from None


def get_case(reference: str, actor: Actor) -> Case:
    """Return a case with its steps and items; NotFound for one that is not the actor's to see."""
    case = db.session.scalar(
        select(Case)
        .options(*whole())
        .where(Case.reference == normal_reference(reference), access.is_visible(actor))
    )
    if case is None:
        raise NotFound()
    return _unbroken(case)


def get_row(reference: str, actor: Actor) -> Case:
    """Return a case with its service, version and person alone; NotFound as get_case."""
    case = db.session.scalar(
        select(Case)
        .options(joinedload(Case.service), joinedload(Case.pinned), joinedload(Case.person))
        .where(Case.reference == normal_reference(reference), access.is_visible(actor))
    )
    if case is None:
        raise NotFound()
    return _unbroken(case)


def _unbroken(case: Case) -> Case:
    """Return a case of which nothing was taken away behind our back; raise Unreadable (F27)."""
    if lacks(case.service, case.pinned, case.person):
        raise Unreadable(f"case:{case.id}")
    return case


def lacks(*rows: object) -> bool:
    """Return whether a row that a case needs was taken away, which its types rule out (F27)."""
    return any(one is None for one in rows)


def get_id(reference: str, actor: Actor) -> int:
    """Return the id of a case and nothing else of it; NotFound as get_case."""
    return _get(Case.id, reference, actor)


def get_uid(reference: str, actor: Actor) -> str:
    """Return the uid of a case and nothing else of it; NotFound as get_case."""
    return _get(Case.uid, reference, actor)


def _get(column: InstrumentedAttribute[Value], reference: str, actor: Actor) -> Value:
    found = db.session.scalar(
        select(column).where(
            Case.reference == normal_reference(reference), access.is_visible(actor)
        )
    )
    if found is None:
        raise NotFound()
    return found


def get_by_id(case_id: int) -> Case:
    """Return a case with its steps and items, for jobs; raise NotFound."""
    case = db.session.scalar(select(Case).options(*whole()).where(Case.id == case_id))
    if case is None:
        raise NotFound()
    return case


def whole() -> list[Any]:
    """Return what loads a whole case: all that belongs to it but its past."""
    # Any: loader options have a private type.
    items = selectinload(Case.items)
    return [
        joinedload(Case.service),
        joinedload(Case.pinned),
        joinedload(Case.person),
        selectinload(Case.steps),
        # Joining the case to its items would load it a second time, without its steps.
        items.lazyload(CaseItem.case),
        items.selectinload(CaseItem.files),
        items.selectinload(CaseItem.answers).lazyload(CaseAnswers.item),
    ]


def definition(case: Case) -> Definition:
    """Return the definition that the citizen saw."""
    if lacks(case.pinned):
        return damaged.in_place_of(case.version_id, "no such version")
    return catalogue.definition_of(case.pinned)


def list_unfinished(account_id: int, code: str) -> Sequence[Case]:
    """Return the requests of an account for one service that have not ended, drafts included."""
    return db.session.scalars(
        select(Case)
        .join(Service, Service.id == Case.service_id)
        .options(joinedload(Case.person))
        .where(Case.account_id == account_id, Service.code == code, Case.state.not_in(ENDED))
        .order_by(Case.id.desc())
    ).all()


def cases_of(account_id: int, *, after: str | None = None, limit: int = MOST_IN_PAGE) -> CasePage:
    """Return a page of the cases of an account, what was changed last first."""
    query = select(Case).where(Case.account_id == account_id, Case.closed_at.is_(None))
    start = _begins_at(account_id, after) if after else None
    if start is not None:
        earlier = and_(Case.updated_at == start.updated_at, Case.id <= start.id)
        query = query.where(or_(Case.updated_at < start.updated_at, earlier))
    rows = db.session.scalars(
        query.options(
            joinedload(Case.pinned),
            joinedload(Case.person),
            joinedload(Case.service),
            selectinload(Case.steps),
        )
        .order_by(Case.updated_at.desc(), Case.id.desc())
        .limit(limit + 1)
    ).all()
    return page_of(rows, limit)


def _begins_at(account_id: int, reference: str) -> Row[datetime, int] | None:
    return db.session.execute(
        select(Case.updated_at, Case.id).where(
            Case.account_id == account_id, Case.reference == normal_reference(reference)
        )
    ).one_or_none()


def answers(case: Case) -> dict[str, object]:
    """Return the newest answers of all pages of a whole case, field key to value."""
    found: dict[str, object] = {}
    for item in case.items:
        newest = newest_answers(item)
        found.update(newest.values or {} if newest else {})
    return found


def answers_of_page(case: Case, page_key: str) -> CaseAnswers | None:
    """Return the newest answers of one page, None before anything was saved."""
    rows = [newest_answers(item) for item in case.items if item.key == page_key]
    return next((row for row in rows if row is not None), None)


def newest_answers(item: CaseItem) -> CaseAnswers | None:
    """Return the newest answers of a page's item, None before anything was saved."""
    return item.answers[-1] if item.answers else None


def has_other_open_case(case: Case) -> bool:
    """Return whether another case of the same person is with a post."""
    other = select(Case.id).where(
        Case.person_id == case.person_id, Case.id != case.id, Case.state.in_(OPEN)
    )
    return db.session.scalar(other.limit(1)) is not None


def find_item(case: Case, kind: ItemKind, key: str) -> CaseItem:
    """Return an item of a case by its key; raise NotFound."""
    for item in case.items:
        if item.kind is kind and item.key == key:
            return item
    raise NotFound()


def find_open_round(case_id: int) -> CorrectionRound | None:
    """Return the correction that the citizen is asked for now."""
    return db.session.scalar(
        select(CorrectionRound).where(
            CorrectionRound.case_id == case_id, CorrectionRound.closed_at.is_(None)
        )
    )


def ends_of_rounds(case_ids: Collection[int]) -> dict[int, date]:
    """Return until when the citizen is asked, of those cases of which something is asked."""
    rows = db.session.execute(
        select(CorrectionRound.case_id, CorrectionRound.until_on).where(
            CorrectionRound.case_id.in_(case_ids), CorrectionRound.closed_at.is_(None)
        )
    )
    return {case_id: until_on for case_id, until_on in rows}


def counts_of_rejected(case_ids: Collection[int]) -> dict[int, int]:
    """Return how many items are to be mended, of those cases that have any."""
    rows = db.session.execute(
        select(CaseItem.case_id, func.count())
        .where(CaseItem.case_id.in_(case_ids), CaseItem.state == ItemState.REJECTED)
        .group_by(CaseItem.case_id)
    )
    return {case_id: count for case_id, count in rows}


def booked_among(case_ids: Collection[int]) -> set[int]:
    """Return those of some cases whose appointment stands, by what happened to them last."""
    bookings = (
        select(CaseEvent.case_id, func.max(CaseEvent.number).label("number"))
        .where(
            CaseEvent.case_id.in_(case_ids),
            CaseEvent.action.in_(UNBOOKED | {Action.BOOKED}),
        )
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    last = and_(CaseEvent.case_id == bookings.c.case_id, CaseEvent.number == bookings.c.number)
    return set(
        db.session.scalars(
            select(CaseEvent.case_id).join(bookings, last).where(CaseEvent.action == Action.BOOKED)
        )
    )


def list_events(case_id: int) -> Sequence[CaseEvent]:
    """Return what happened to a case, in order."""
    return db.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)
    ).all()


def count_events(case_id: int, action: Action) -> int:
    """Return how often something was done to a case."""
    query = select(func.count()).where(CaseEvent.case_id == case_id, CaseEvent.action == action)
    return db.session.scalar(query) or 0


def has_accepted(case_id: int, actor: Actor) -> bool:
    """Return whether a member of staff has ended a review of a case by accepting it."""
    query = select(CaseEvent.id).where(
        CaseEvent.case_id == case_id,
        CaseEvent.action == Action.ACCEPTED,
        CaseEvent.actor_kind == ActorKind.STAFF,
        CaseEvent.actor_id == actor.id,
    )
    return db.session.scalar(query.limit(1)) is not None


def looked_first(staff_id: int | BindParameter[int] | None) -> ColumnElement[bool]:
    """Return the condition on Case: its first review, as it stands, was ended by this officer.

    What was given back or opened again was not looked at yet, whoever had decided before.
    """
    anew = aliased(CaseEvent)
    back = select(anew.id).where(
        anew.case_id == CaseEvent.case_id,
        anew.number > CaseEvent.number,
        anew.action.in_(LOOKED_ANEW),
    )
    return (
        select(CaseEvent.id)
        .where(
            CaseEvent.case_id == Case.id,
            CaseEvent.action.in_(FIRST_LOOKS),
            CaseEvent.actor_kind == ActorKind.STAFF,
            CaseEvent.actor_id == staff_id,
            ~back.exists(),
        )
        .exists()
    )


def has_looked_first(case_id: int, staff_id: int | None) -> bool:
    """Return whether this officer ended the first review of a case, and leaves the second."""
    query = select(Case.id).where(Case.id == case_id, looked_first(staff_id))
    return db.session.scalar(query) is not None


def find_first_look(case_id: int) -> CaseEvent | None:
    """Return the event by which the first review of a case at its second one was ended."""
    last = _last_look(case_id)
    return last if last is not None and last.action in FIRST_LOOKS else None


def find_given_back(case_id: int) -> CaseEvent | None:
    """Return the event by which a case came back to its first review, if it is there by that."""
    last = _last_look(case_id)
    return last if last is not None and last.action is Action.GIVEN_BACK else None


def _last_look(case_id: int) -> CaseEvent | None:
    query = select(CaseEvent).where(
        CaseEvent.case_id == case_id, CaseEvent.action.in_(FIRST_LOOKS | LOOKED_ANEW)
    )
    return db.session.scalar(query.order_by(CaseEvent.number.desc()).limit(1))


def has_decided(case_id: int, actor: Actor) -> bool:
    """Return whether an officer accepted, refused, proposed to refuse or handed over a case."""
    decisions = (*FIRST_LOOKS, Action.REFUSED, Action.HANDED_OVER)
    query = select(CaseEvent.id).where(
        CaseEvent.case_id == case_id,
        CaseEvent.action.in_(decisions),
        CaseEvent.actor_kind == ActorKind.STAFF,
        CaseEvent.actor_id == actor.id,
    )
    return db.session.scalar(query.limit(1)) is not None


def follow_hash(reference: str, code: str) -> str:
    """Return the keyed hash of a follow-up code, bound to its case."""
    return keyed_hash("follow_code", f"{reference}:{references.fold(code)}")


def follow(reference: str, code: str) -> Case | None:
    """Return a case to somebody who holds its slip, None for any wrong pair."""
    try:
        known = normal_reference(reference)
    except NotFound:
        return None
    case = db.session.scalar(
        select(Case)
        .options(joinedload(Case.pinned), selectinload(Case.steps))
        .where(Case.reference == known)
    )
    typed = follow_hash(known, code)
    if case is None or case.follow_hash is None or case.closed_at is not None:
        return None
    return case if hmac.compare_digest(case.follow_hash, typed) else None


def page_of(rows: Sequence[Case], limit: int) -> CasePage:
    return CasePage(cases=rows[:limit], after=rows[limit].reference if rows[limit:] else None)


def services_of(case_ids: Collection[int]) -> Mapping[int, int]:
    """Return the id of the service of each case."""
    rows = db.session.execute(select(Case.id, Case.service_id).where(Case.id.in_(case_ids)))
    return {case_id: service_id for case_id, service_id in rows}


def count_pinned(service_id: int) -> Mapping[int, Pinned]:
    """Return how many drafts and open cases keep each version of a service, by its id."""
    drafts = func.count().filter(Case.state == State.DRAFT)
    still_open = func.count().filter(Case.state.in_(OPEN))
    rows = db.session.execute(
        select(Case.version_id, drafts, still_open)
        .where(Case.service_id == service_id)
        .group_by(Case.version_id)
    )
    return {version: Pinned(drafts=begun, open=sent) for version, begun, sent in rows}
