"""The queue of a post: a page of it, how much is in each tab, and what is most urgent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.cases import changing, competence, listing, looks, queries
from app.cases.listing import Place, QueuePage
from app.cases.looks import Filters as Filters  # how it is looked at is known from here as well
from app.cases.looks import Flag as Flag
from app.cases.looks import Tab as Tab
from app.cases.models import NEW, RUNNING, TO_SECOND, Case, CaseStep, CaseTerm
from app.cases.queries import MOST_IN_PAGE
from app.cases.rules import StepKind, StepState
from app.cases.team_models import RoutingRule
from app.catalogue import queries as catalogue
from app.catalogue.definition.elements import Decider, Definition
from app.catalogue.models import Service, ServiceVersion
from app.core import clock
from app.core.actor import Actor
from app.core.db import BigKey, db

Way = Sequence[ColumnElement[bool]]
"""What a case has to be."""
Line = InstrumentedAttribute[Any]
"""A column by which a list stands in line (Any: a day or a moment)."""
MOST_COUNTED = 99
"""So many are counted and no more: a count reads a bounded piece of an index."""
OF_POST = Case.post_id == bindparam("post_id", type_=BigKey)
_VERSIONS = select(ServiceVersion.id, ServiceVersion.content_hash)
AT_ONCE = 50
"""So many officers may take a case at the same moment and still each get the first of theirs."""


class Order(StrEnum):
    """What stands in front in a list of open cases."""

    DUE = "due"
    SENT = "sent"


def queue_page(
    post_id: int,
    *,
    tab: Tab,
    officer_id: int,
    today: date,
    after: str | Place | None = None,
    filters: Filters = looks.EVERYTHING,
    order: Order = Order.DUE,
    limit: int = MOST_IN_PAGE,
) -> QueuePage:
    """Return a page of the queue of a post: what is due first, sent last or ended last in front.

    A page begins at a key, so that the last one costs what the first one does. After a reference
    that has no place in this list any more, the list begins again.
    """
    line = _line(tab, order)
    narrowed = looks.narrowed(filters, tab)
    flagged = looks.flagged(filters.flags, tab)
    start = _place_of(post_id, after, line) if isinstance(after, str) else after
    if start is not None:
        narrowed.append(_from(line, start))
    if tab is Tab.GROUP and line is Case.due_on:
        ways = [[*way, *flagged, *narrowed] for way in _ways_to_group(officer_id)]
        query = _of_keys(line, _merged(line, ways, limit + 1))
    elif filters.applicant:
        query = _of_keys(line, _merged(line, [[looks.IN_TAB[tab], *flagged, *narrowed]], limit + 1))
    else:
        query = _first(tab, line, limit + 1, filters.flags)
        # A statement that is given nothing more keeps the key by which it is known again.
        query = query.where(*narrowed) if narrowed else query
    asked = {"post_id": post_id} | looks.asking(officer_id, today)
    return listing.page_of(query, asked, limit)


def _line(tab: Tab, order: Order) -> Line:
    """Return by what a list stands in line."""
    if order is Order.SENT:
        return Case.submitted_at
    return Case.ended_at if tab is Tab.ENDED else Case.due_on


def _from(line: Line, start: Place) -> ColumnElement[bool]:
    """Return the condition: at the first case of a page or behind it."""
    place = tuple_(literal(getattr(start, line.key), line.type), literal(start.id))
    here = tuple_(line, Case.id)
    return here >= place if line is Case.due_on else here <= place


@lru_cache(maxsize=256)
def _first(tab: Tab, line: Line, limit: int, flags: frozenset[Flag]) -> Select[Any]:
    """Return the query for the first cases of a tab with some marks (Any: as all_listed)."""
    query = listing.all_listed().where(OF_POST, looks.IN_TAB[tab], *looks.flagged(flags, tab))
    return query.order_by(*_in_line(line, Case.id)).limit(_plainly(limit))


def _in_line(line: Any, key: Any) -> tuple[Any, Any]:
    # Any: columns, of the case or of a subquery. Days begin with the first, moments with the last.
    return (line, key) if line.key == Case.due_on.key else (line.desc(), key.desc())


def _merged(line: Line, ways: Sequence[Way], limit: int) -> Subquery:
    """Return key and place of the first cases that come by one of several ways.

    Each way has its own stretch of an index, of which no more is read than can be among the
    first, however much waits there.
    """
    order = _in_line(line, Case.id)
    lines = [
        select(Case.id, line).where(OF_POST, *way).order_by(*order).limit(_plainly(limit))
        for way in ways
    ]
    every = union_all(*(select(one.subquery()) for one in lines)).subquery()
    first = select(every.c.id, every.c[line.key])
    return (
        first.order_by(*_in_line(every.c[line.key], every.c.id)).limit(_plainly(limit)).subquery()
    )


def _of_keys(line: Line, first: Subquery) -> Select[Any]:
    # Any: as listing.all_listed.
    query = listing.all_listed().join(first, first.c.id == Case.id)
    return query.order_by(*_in_line(first.c[line.key], first.c.id))


def _ways_to_group(officer_id: int) -> list[Way]:
    """Return the ways by which a free case comes to an officer's groups; no two for one case."""
    routed = select(RoutingRule.service_id).where(looks.IS_MINE).order_by(RoutingRule.service_id)
    free = [looks.plain(NEW), looks.IS_FREE]
    by_service = [
        [*free, looks.IS_NOT_OFFERED, Case.service_id == one]
        for one in db.session.scalars(routed, {"officer_id": officer_id})
    ]
    return [[*free, looks.IS_OFFERED], *by_service]


def found_page(post_id: int, *, persons: Select[int], limit: int = MOST_IN_PAGE) -> QueuePage:
    """Return cases of a post whose person a query finds, the newest person's first."""
    having = persons.subquery()
    query = (
        listing.all_listed()
        .join(having, having.c.person_id == Case.person_id)
        .where(OF_POST, Case.submitted_at.is_not(None))
        .order_by(having.c.person_id.desc(), Case.id.desc())
        .limit(_plainly(limit + 1))
    )
    return listing.page_of(query, {"post_id": post_id}, limit)


def numbered_page(post_id: int, *, terms: Sequence[str], limit: int = MOST_IN_PAGE) -> QueuePage:
    """Return cases of a post in which one of some numbers was written, the newest first."""
    having = select(CaseTerm.case_id).where(CaseTerm.term.in_(terms))
    query = (
        listing.all_listed()
        .where(OF_POST, Case.submitted_at.is_not(None), Case.id.in_(having))
        .order_by(Case.id.desc())
        .limit(_plainly(limit + 1))
    )
    return listing.page_of(query, {"post_id": post_id}, limit)


def _plainly(number: int) -> ColumnElement[int]:
    """Return a limit that stands in the statement: as a parameter the database would guess it."""
    return literal_column(str(number), Integer)


def counts(post_id: int, *, officer_id: int, today: date) -> Mapping[Tab, int]:
    """Return how many cases each tab has, those that ended left out.

    Anything above MOST_COUNTED says that there are more than that: a count reads a bounded piece
    of an index, however long the queue is.
    """
    asked = {"post_id": post_id} | looks.asking(officer_id, today)
    row = db.session.connection().execute(_counting(MOST_COUNTED + 1), asked).one()
    return {Tab(name): min(number, MOST_COUNTED + 1) for name, number in row._mapping.items()}


@lru_cache(maxsize=2)
def _counting(most: int) -> Executable:
    """Return the query for a row that has the count of each tab under its name."""
    return select(*(_count(tab, most).label(tab.value) for tab in Tab if tab is not Tab.ENDED))


def _count(tab: Tab, most: int) -> ColumnElement[int]:
    if tab is Tab.ALL:
        # In the order of days: what was sent lies scattered, and the index by sending is as near.
        return _count_some([OF_POST, looks.IN_TAB[tab]], most, Case.due_on, Case.id)
    if tab is not Tab.GROUP:
        return _count_some([OF_POST, looks.IN_TAB[tab]], most)
    free = [OF_POST, looks.plain(NEW), looks.IS_FREE]
    is_routed = [RoutingRule.service_id == Case.service_id, looks.IS_MINE, looks.IS_NOT_OFFERED]
    return _count_some([*free, looks.IS_OFFERED], most) + _count_some([*free, *is_routed], most)


def _count_some(way: Way, most: int, *line: Line) -> ColumnElement[int]:
    one: Select[int] = select(literal_column("1", Integer)).select_from(Case).where(*way)
    some = one.order_by(*line).limit(_plainly(most))
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def count_late(post_id: int, today: date) -> tuple[int, int]:
    """Return how many cases of a post are late and how many soon will be, all of them."""
    late, soon = (func.count().filter(looks.IN_TAB[tab]) for tab in (Tab.LATE, Tab.SOON))
    row = db.session.execute(
        select(late, soon).select_from(Case).where(Case.post_id == post_id, looks.plain(RUNNING)),
        looks.asking(0, today),
    ).one()
    return row[0], row[1]


def lock_next(post_id: int, *, actor: Actor) -> int | None:
    """Return the key of the case that is due first of those that nobody has, locked, or None.

    What was offered to the actor comes first, then what goes to their groups or to everybody;
    only when there is nothing of that they help another group. One that another transaction is
    just taking is passed over (SKIP LOCKED); on SQLite writers take their turns. A second look is
    given to somebody else than the first.
    """
    now_at = select(CaseStep.id).where(
        CaseStep.case_id == Case.id,
        CaseStep.state == StepState.CURRENT,
        CaseStep.kind.in_(competence.kinds_for(actor)),
        or_(CaseStep.kind != StepKind.SECOND_REVIEW, ~looks.LOOKED_FIRST),
    )
    free = [OF_POST, looks.plain(NEW), looks.IS_FREE, now_at.exists(), _is_meant(post_id, actor)]
    first = (
        select(Case.id)
        .where(*free)
        .order_by(Case.due_on, Case.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Case)
    )
    officer_id = actor.id or 0
    asked = {"post_id": post_id, "officer_id": officer_id, "now": clock.now()}
    # Asked one after the other: what is the officer's own is looked for when nothing was offered.
    ways: Sequence[Callable[[], ColumnElement[bool]]] = (
        lambda: looks.IS_OFFERED,
        lambda: _is_own(post_id, officer_id, free),
        true,
    )
    for wanted in ways:
        case_id = db.session.scalar(first.where(wanted()), asked)
        if case_id is not None:
            return case_id
    return None


def _is_meant(post_id: int, actor: Actor) -> ColumnElement[bool]:
    """Return the condition: no second check that the service leaves to somebody else."""
    others = _left_to_others(post_id, actor)
    return not_(and_(looks.plain(TO_SECOND), Case.version_id.in_(others))) if others else true()


def _left_to_others(post_id: int, actor: Actor) -> list[int]:
    """Return the versions of which second checks wait that are not the actor's to decide."""
    waits = select(Case.version_id).where(OF_POST, looks.plain(TO_SECOND))
    rows = db.session.execute(_VERSIONS.where(ServiceVersion.id.in_(waits)), {"post_id": post_id})
    known = catalogue.definitions_of({row.id: row.content_hash for row in rows})
    deciders = {key: _second_deciders(one) for key, one in known.items()}
    is_named = any(Decider.SECOND_REVIEWER in some for some in deciders.values())
    review = competence.Review(
        kind=StepKind.SECOND_REVIEW, has_reviewers=is_named and changing.has_reviewers(post_id)
    )
    return [
        key
        for key, some in deciders.items()
        if not competence.may_decide(replace(review, deciders=some), actor)
    ]


def _second_deciders(definition: Definition) -> tuple[Decider, ...]:
    steps = (one for one in definition.path if one.kind is StepKind.SECOND_REVIEW)
    return next((one.decided_by for one in steps), ())


def _is_own(post_id: int, officer_id: int, free: Way) -> ColumnElement[bool]:
    """Return the condition: the case was offered to nobody, and goes to no group of others.

    Where services are routed, these are the first of each service: what waits for another group
    is not passed over one by one.
    """
    elsewhere = (
        select(RoutingRule.id).where(RoutingRule.service_id == Service.id, ~looks.IS_MINE).exists()
    )
    services = db.session.execute(
        select(Service.id, elsewhere).where(Service.post_id == post_id).order_by(Service.id),
        {"officer_id": officer_id},
    ).all()
    not_offered = Case.offered_id.is_(None)
    if not any(is_elsewhere for _key, is_elsewhere in services):
        return not_offered
    ways = [[*free, not_offered, Case.service_id == key] for key, other in services if not other]
    return Case.id.in_(select(_merged(Case.due_on, ways, AT_ONCE).c.id)) if ways else false()


def _place_of(post_id: int, reference: str, line: Line) -> Place | None:
    """Return where a case of a post stands; None where it stands in no such line."""
    found = db.session.execute(
        select(Case.id, Case.due_on, Case.submitted_at, Case.ended_at).where(
            Case.post_id == post_id,
            Case.reference == queries.normal_reference(reference),
            line.is_not(None),
        )
    ).one_or_none()
    return Place(**found._mapping) if found else None
