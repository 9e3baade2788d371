"""The queue of a post: its tabs, its filters, a page of it, and what is most urgent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.cases import queries, rules
from app.cases.models import Case, CaseEvent, CaseStep
from app.cases.queries import MOST_IN_PAGE, CasePage
from app.cases.rules import OPEN, OWED, Action, State, StepKind, StepState
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db


class Tab(StrEnum):
    """The ways in which a queue is looked at."""

    NEW = "new"
    MINE = "mine"
    ALL = "all"
    LATE = "late"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a queue down."""

    service_id: int | None = None
    state: State | None = None
    persons: Select[int] | None = None
    """The query for the keys of the persons that are looked for."""


def queue_page(
    post_id: int,
    *,
    tab: Tab,
    officer_id: int,
    today: date,
    after: str | None = None,
    filters: Filters = Filters(),
    limit: int = MOST_IN_PAGE,
) -> CasePage:
    """Return a page of the queue of a post: what is due first, or what ended last, in front."""
    query = _queue(post_id, tab, officer_id, today).options(
        joinedload(Case.service), joinedload(Case.person), joinedload(Case.pinned)
    )
    query = _filtered(query, filters)
    sort = _newest_first if tab is Tab.ENDED else _due_first
    query = sort(query, post_id, after)
    rows = db.session.scalars(query.limit(limit + 1)).all()
    return queries.page_of(rows, limit)


def counts(post_id: int, *, officer_id: int, today: date) -> Mapping[Tab, int]:
    """Return how many cases each tab has, those that ended left out."""
    tabs = [tab for tab in Tab if tab is not Tab.ENDED]
    columns = [
        func.count().filter(_in_tab(tab, officer_id, today)).label(tab.value) for tab in tabs
    ]
    row = db.session.execute(
        select(*columns).select_from(Case).where(Case.post_id == post_id, Case.state.in_(OPEN))
    ).one()
    return {tab: row._mapping[tab.value] for tab in tabs}


def lock_next(post_id: int, *, actor: Actor) -> int | None:
    """Return the key of the case that is due first of those that nobody has, locked, or None.

    One that another transaction is just taking is passed over (SKIP LOCKED); on SQLite writers
    take their turns. A second look is given to somebody who did not accept the case before.
    """
    now_at = select(CaseStep.id).where(
        CaseStep.case_id == Case.id,
        CaseStep.state == StepState.CURRENT,
        CaseStep.kind.in_(rules.kinds_for(actor)),
        or_(CaseStep.kind != StepKind.SECOND_REVIEW, ~_accepted_by(actor)),
    )
    return db.session.scalar(
        select(Case.id)
        .where(Case.post_id == post_id, _in_tab(Tab.NEW, 0, clock.now().date()), now_at.exists())
        .order_by(Case.due_on, Case.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Case)
    )


def _accepted_by(actor: Actor) -> ColumnElement[bool]:
    return (
        select(CaseEvent.id)
        .where(
            CaseEvent.case_id == Case.id,
            CaseEvent.action == Action.ACCEPTED,
            CaseEvent.actor_kind == ActorKind.STAFF,
            CaseEvent.actor_id == actor.id,
        )
        .exists()
    )


def _due_first(query: Select[Case], post_id: int, after: str | None) -> Select[Case]:
    start = _place_of(post_id, after)
    if start is not None and start.due_on is not None:
        later = and_(Case.due_on == start.due_on, Case.id >= start.id)
        query = query.where(or_(Case.due_on > start.due_on, later))
    return query.order_by(Case.due_on, Case.id)


def _newest_first(query: Select[Case], post_id: int, after: str | None) -> Select[Case]:
    start = _place_of(post_id, after)
    if start is not None and start.ended_at is not None:
        earlier = and_(Case.ended_at == start.ended_at, Case.id <= start.id)
        query = query.where(or_(Case.ended_at < start.ended_at, earlier))
    return query.order_by(Case.ended_at.desc(), Case.id.desc())


def _queue(post_id: int, tab: Tab, officer_id: int, today: date) -> Select[Case]:
    return select(Case).where(Case.post_id == post_id, _in_tab(tab, officer_id, today))


def _in_tab(tab: Tab, officer_id: int, today: date) -> ColumnElement[bool]:
    if tab is Tab.ENDED:
        return Case.ended_at.is_not(None)
    if tab is Tab.NEW:
        waiting = Case.state.in_((State.SUBMITTED, State.IN_REVIEW))
        return and_(waiting, _is_free())
    if tab is Tab.WAITING:
        return Case.state == State.ACTION_NEEDED
    still_open = Case.state.in_(OPEN)
    if tab is Tab.MINE:
        return and_(still_open, Case.assignee_id == officer_id)
    if tab is Tab.LATE:
        owed = Case.state.in_(OWED)
        return and_(owed, Case.due_on < today, Case.waiting_since.is_(None))
    return still_open


def _is_free() -> ColumnElement[bool]:
    """Return the condition: nobody took the case, or whoever did left it alone for too long."""
    return or_(Case.assignee_id.is_(None), Case.lease_until <= clock.now())


def _filtered(query: Select[Case], filters: Filters) -> Select[Case]:
    conditions: list[ColumnElement[bool]] = []
    if filters.service_id is not None:
        conditions.append(Case.service_id == filters.service_id)
    if filters.state is not None:
        conditions.append(Case.state == filters.state)
    if filters.persons is not None:
        conditions.append(Case.person_id.in_(filters.persons))
    return query.where(*conditions)


def _place_of(post_id: int, reference: str | None) -> Row[date | None, datetime | None, int] | None:
    """Return where a page of the queue begins: what its first case is sorted by."""
    if reference is None:
        return None
    return db.session.execute(
        select(Case.due_on, Case.ended_at, Case.id).where(
            Case.post_id == post_id, Case.reference == queries.normal_reference(reference)
        )
    ).one_or_none()
