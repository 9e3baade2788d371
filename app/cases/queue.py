"""The queue of a post: its tabs, its filters, a page of it, and what is most urgent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload, selectinload

from app.cases import competence, pace, queries, rules
from app.cases.appeals.models import Appeal
from app.cases.consignments.queries import packable
from app.cases.models import (
    ENDED,
    NEW,
    OFFERED,
    OPEN,
    RUNNING,
    Case,
    CaseEvent,
    CaseStep,
    CaseTerm,
)
from app.cases.queries import MOST_IN_PAGE, CasePage
from app.cases.rules import Action, State, StepKind, StepState
from app.cases.team_models import GroupMember, RoutingRule
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db

Place = Row[date | None, datetime | None, datetime | None, int]
MOST_COUNTED = 1000
"""Nobody plans their day by a longer queue than this, so no more is counted."""


class Tab(StrEnum):
    """The ways in which a queue is looked at."""

    NEW = "new"
    MINE = "mine"
    GROUP = "group"
    ALL = "all"
    LATE = "late"
    SOON = "soon"
    WAITING = "waiting"
    APPEALS = "appeals"
    CAPITAL = "capital"
    ENDED = "ended"


class Order(StrEnum):
    """What stands in front in a list of open cases."""

    DUE = "due"
    SENT = "sent"


class Flag(StrEnum):
    """What marks a case out, in whatever tab."""

    LATE = "late"
    SOON = "soon"
    URGENT = "urgent"
    FAMILY = "family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a queue down; everything that is given has to fit."""

    service_id: int | None = None
    state: State | None = None
    officer_id: int | None = None
    flags: frozenset[Flag] = frozenset()
    sent_from: datetime | None = None
    sent_before: datetime | None = None
    applicant: Sequence[ColumnElement[bool]] = ()
    """Conditions on Case.person_id, as accounts.queries.has_words returns them."""


def queue_page(
    post_id: int,
    *,
    tab: Tab,
    officer_id: int,
    today: date,
    after: str | None = None,
    filters: Filters = Filters(),
    order: Order = Order.DUE,
    limit: int = MOST_IN_PAGE,
) -> CasePage:
    """Return a page of the queue of a post: what is due first, sent last or ended last in front.

    A page begins at a key, so that the last one costs what the first one does.
    """
    query = (
        select(Case)
        .where(Case.post_id == post_id, *_in_tab(tab, officer_id, today))
        .where(*_narrowed(filters, today))
        .options(*_of_a_row())
    )
    start = _place_of(post_id, after)
    rows = db.session.scalars(_sorted(query, tab, order, start).limit(limit + 1)).all()
    return queries.page_of(rows, limit)


def found_page(post_id: int, *, persons: Select[int], limit: int = MOST_IN_PAGE) -> CasePage:
    """Return cases of a post whose person a query finds, the newest person's first."""
    having = persons.subquery()
    rows = db.session.scalars(
        select(Case)
        .join(having, having.c.person_id == Case.person_id)
        .where(Case.post_id == post_id, Case.submitted_at.is_not(None))
        .options(*_of_a_row())
        .order_by(having.c.person_id.desc(), Case.id.desc())
        .limit(limit + 1)
    ).all()
    return queries.page_of(rows, limit)


def numbered_page(post_id: int, *, terms: Sequence[str], limit: int = MOST_IN_PAGE) -> CasePage:
    """Return cases of a post in which one of some numbers was written, the newest first."""
    having = select(CaseTerm.case_id).where(CaseTerm.term.in_(terms))
    rows = db.session.scalars(
        select(Case)
        .where(Case.post_id == post_id, Case.submitted_at.is_not(None), Case.id.in_(having))
        .options(*_of_a_row())
        .order_by(Case.id.desc())
        .limit(limit + 1)
    ).all()
    return queries.page_of(rows, limit)


def _of_a_row() -> list[Any]:
    # Any: loader options have a private type. Joined, the long texts of one service would be read
    # once more for each of its cases.
    return [selectinload(Case.service), joinedload(Case.person), selectinload(Case.pinned)]


def counts(post_id: int, *, officer_id: int, today: date) -> Mapping[Tab, int]:
    """Return how many cases each tab has, those that ended left out.

    Anything above MOST_COUNTED says that there are more than that: a count reads a bounded piece
    of an index, however long the queue is.
    """
    tabs = [tab for tab in Tab if tab is not Tab.ENDED]
    columns = [_count(post_id, tab, officer_id, today).label(tab.value) for tab in tabs]
    row = db.session.execute(select(*columns)).one()
    return {tab: row._mapping[tab.value] for tab in tabs}


def count_late(post_id: int, today: date) -> tuple[int, int]:
    """Return how many cases of a post are late and how many soon will be, all of them."""
    late, soon = (func.count().filter(*_in_tab(tab, 0, today)) for tab in (Tab.LATE, Tab.SOON))
    row = db.session.execute(
        select(late, soon).select_from(Case).where(Case.post_id == post_id, _plain(RUNNING))
    ).one()
    return row[0], row[1]


def _count(post_id: int, tab: Tab, officer_id: int, today: date) -> Any:
    # Any: a scalar subquery has no public type.
    some = (
        select(literal(1))
        .select_from(Case)
        .where(Case.post_id == post_id, *_in_tab(tab, officer_id, today))
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def lock_next(post_id: int, *, actor: Actor) -> int | None:
    """Return the key of the case that is due first of those that nobody has, locked, or None.

    What was offered to the actor comes first, then what goes to their groups or to everybody;
    only when there is nothing of that they help another group. One that another transaction is
    just taking is passed over (SKIP LOCKED); on SQLite writers take their turns. A second look is
    given to somebody who did not accept the case before.
    """
    now_at = select(CaseStep.id).where(
        CaseStep.case_id == Case.id,
        CaseStep.state == StepState.CURRENT,
        CaseStep.kind.in_(competence.kinds_for(actor)),
        or_(CaseStep.kind != StepKind.SECOND_REVIEW, ~_accepted_by(actor)),
    )
    free = (
        select(Case.id)
        .where(Case.post_id == post_id, _plain(NEW), _is_free(), now_at.exists())
        .order_by(Case.due_on, Case.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Case)
    )
    own = and_(Case.offered_id.is_(None), ~_goes_elsewhere(actor.id or 0))
    for wanted in (_is_offered_to(actor.id or 0), own, true()):
        case_id = db.session.scalar(free.where(wanted))
        if case_id is not None:
            return case_id
    return None


def _is_offered_to(staff_id: int) -> ColumnElement[bool]:
    return and_(_plain(OFFERED), Case.offered_id == staff_id)


def _goes_to_group_of(staff_id: int) -> ColumnElement[bool]:
    """Return the condition: the service of the case is routed to a group of this officer."""
    return (
        select(RoutingRule.id)
        .join(GroupMember, GroupMember.group_id == RoutingRule.group_id)
        .where(RoutingRule.service_id == Case.service_id, GroupMember.staff_id == staff_id)
        .exists()
    )


def _goes_elsewhere(staff_id: int) -> ColumnElement[bool]:
    routed = select(RoutingRule.id).where(RoutingRule.service_id == Case.service_id).exists()
    return and_(routed, ~_goes_to_group_of(staff_id))


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


def _sorted(query: Select[Case], tab: Tab, order: Order, start: Place | None) -> Select[Case]:
    if tab is Tab.ENDED:
        return _newest_first(query, Case.ended_at, start and start.ended_at, start)
    if order is Order.SENT:
        return _newest_first(query, Case.submitted_at, start and start.submitted_at, start)
    if start is not None and start.due_on is not None:
        place = tuple_(literal(start.due_on), literal(start.id))
        query = query.where(tuple_(Case.due_on, Case.id) >= place)
    return query.order_by(Case.due_on, Case.id)


def _newest_first(
    query: Select[Case],
    moment: InstrumentedAttribute[datetime | None],
    begins: datetime | None,
    start: Place | None,
) -> Select[Case]:
    if start is not None and begins is not None:
        place = tuple_(literal(begins, Case.created_at.type), literal(start.id))
        query = query.where(tuple_(moment, Case.id) <= place)
    return query.order_by(moment.desc(), Case.id.desc())


def _in_tab(tab: Tab, officer_id: int, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions of a tab, in the words of the index that serves it."""
    if tab in _PLAIN:
        return [_plain(_PLAIN[tab])]
    if tab is Tab.NEW:
        return [_plain(NEW), _is_free()]
    if tab is Tab.GROUP:
        of_us = or_(_is_offered_to(officer_id), _goes_to_group_of(officer_id))
        return [_plain(NEW), _is_free(), of_us]
    if tab is Tab.WAITING:
        return [Case.state == State.ACTION_NEEDED]
    if tab in {Tab.CAPITAL, Tab.APPEALS}:
        return _with_somebody_else(tab)
    if tab is Tab.MINE:
        return [_plain(OPEN), Case.assignee_id == officer_id]
    if tab is Tab.LATE:
        return [_plain(RUNNING), Case.due_on < today]
    return [_plain(RUNNING), Case.due_on.between(today, today + pace.SOON)]


_PLAIN = {Tab.ENDED: ENDED, Tab.ALL: OPEN}
"""Tabs that hold all of what their index holds."""


def _with_somebody_else(tab: Tab) -> list[ColumnElement[bool]]:
    """Return the conditions of a tab whose cases wait for the pouch or for the head."""
    if tab is Tab.CAPITAL:
        return [_plain(OPEN), *packable()]
    return [Case.id.in_(select(Appeal.case_id).where(Appeal.decided_at.is_(None)))]


def _plain(condition: str) -> ColumnElement[bool]:
    """Return a condition in plain words: with parameters no database finds a partial index."""
    return and_(text(condition))


def _is_free() -> ColumnElement[bool]:
    """Return the condition: nobody took the case, or whoever did left it alone for too long."""
    return or_(Case.assignee_id.is_(None), Case.lease_until <= clock.now())


def _narrowed(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    conditions = [one for flag in filters.flags for one in _flagged(flag, today)]
    if filters.service_id is not None:
        conditions.append(Case.service_id == filters.service_id)
    if filters.state is not None:
        conditions.append(Case.state == filters.state)
    if filters.officer_id is not None:
        conditions.append(Case.assignee_id == filters.officer_id)
    if filters.sent_from is not None:
        conditions.append(Case.submitted_at >= filters.sent_from)
    if filters.sent_before is not None:
        conditions.append(Case.submitted_at < filters.sent_before)
    return [*conditions, *filters.applicant]


def _flagged(flag: Flag, today: date) -> list[ColumnElement[bool]]:
    if flag is Flag.URGENT:
        return [Case.variant != rules.REGULAR]
    if flag is Flag.FAMILY:
        return [_has_relatives()]
    return _in_tab(Tab(flag.value), 0, today)


def _has_relatives() -> ColumnElement[bool]:
    """Return the condition: whoever sent the case has one of another person open as well."""
    other = aliased(Case)
    return (
        select(other.id)
        .where(
            other.account_id == Case.account_id,
            other.post_id == Case.post_id,
            other.person_id != Case.person_id,
            other.submitted_at.is_not(None),
            other.ended_at.is_(None),
        )
        .exists()
    )


def _place_of(post_id: int, reference: str | None) -> Place | None:
    """Return where a page of the queue begins: what its first case is sorted by."""
    if reference is None:
        return None
    return db.session.execute(
        select(Case.due_on, Case.ended_at, Case.submitted_at, Case.id).where(
            Case.post_id == post_id, Case.reference == queries.normal_reference(reference)
        )
    ).one_or_none()
