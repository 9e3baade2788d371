"""How a queue can be looked at: its tabs and filters, in the words of the indexes that serve them.

Who looks and when are parameters of the database, given as `asking` returns them, so that a
condition is written once and its statement is known to the database from the second time on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, and_, bindparam, false, or_, select, text
from sqlalchemy.orm import aliased

from app.cases import pace, queries, rules
from app.cases.consignments.queries import packable
from app.cases.models import (
    APPEALED,
    ENDED,
    HURRIED,
    NEW,
    OFFERED,
    OPEN,
    RUNNING,
    TO_SECOND,
    Case,
)
from app.cases.rules import State
from app.cases.team_models import GroupMember, RoutingRule
from app.core import clock
from app.core.db import BigKey, UtcDateTime

OFFICER = bindparam("officer_id", type_=BigKey)
NOW = bindparam("now", type_=UtcDateTime())
# Days stand in the statement itself: a plan for any span of days would be a poor one, so that the
# database made another each time.
TODAY = bindparam("today", type_=Date(), literal_execute=True)
SOON = bindparam("soon", type_=Date(), literal_execute=True)
"""The last day that is soon."""


def asking(officer_id: int, today: date) -> dict[str, object]:
    """Return the parameters of the conditions of this module."""
    return {
        "officer_id": officer_id,
        "now": clock.now(),
        "today": today,
        "soon": today + pace.SOON,
    }


class Tab(StrEnum):
    """The ways in which a queue is looked at."""

    NEW = "new"
    SECOND = "second"
    MINE = "mine"
    GROUP = "group"
    ALL = "all"
    LATE = "late"
    SOON = "soon"
    WAITING = "waiting"
    APPEALS = "appeals"
    CAPITAL = "capital"
    ENDED = "ended"


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


EVERYTHING = Filters()


def plain(condition: str) -> ColumnElement[bool]:
    """Return a condition in plain words: with parameters no database finds a partial index."""
    return and_(text(condition))


IS_FREE = or_(Case.assignee_id.is_(None), Case.lease_until <= NOW)
"""Nobody took the case, or whoever did left it alone for too long."""
IS_OFFERED = and_(plain(OFFERED), Case.offered_id == OFFICER)
"""The officer is the deputy of whoever had it."""
LOOKED_FIRST = queries.looked_first(OFFICER)
"""A second pair of eyes is not offered what the first one looked at."""
IS_NOT_OFFERED = or_(Case.offered_id.is_(None), Case.offered_id != OFFICER)
_MY_GROUPS = select(GroupMember.group_id).where(GroupMember.staff_id == OFFICER)
IS_MINE = RoutingRule.group_id.in_(_MY_GROUPS)
"""A rule routes a service to a group of the officer."""
_IS_ROUTED = (
    select(RoutingRule.id).where(RoutingRule.service_id == Case.service_id, IS_MINE).exists()
)
_IS_LATE = and_(plain(RUNNING), Case.due_on < TODAY)
_IS_SOON = and_(plain(RUNNING), Case.due_on.between(TODAY, SOON))

IN_TAB: Mapping[Tab, ColumnElement[bool]] = {
    Tab.NEW: and_(plain(NEW), IS_FREE),
    Tab.SECOND: and_(plain(TO_SECOND), IS_FREE, ~LOOKED_FIRST),
    Tab.MINE: and_(plain(OPEN), Case.assignee_id == OFFICER),
    Tab.GROUP: and_(plain(NEW), IS_FREE, or_(IS_OFFERED, _IS_ROUTED)),
    Tab.ALL: plain(OPEN),
    Tab.LATE: _IS_LATE,
    Tab.SOON: _IS_SOON,
    Tab.WAITING: Case.state == State.ACTION_NEEDED,
    Tab.APPEALS: plain(APPEALED),
    Tab.CAPITAL: and_(*packable()),
    Tab.ENDED: plain(ENDED),
}
"""What a case has to be to stand in a tab."""

_OVER = frozenset({Tab.ENDED, Tab.APPEALS})
_STATES: Mapping[Tab, frozenset[State]] = {
    Tab.NEW: frozenset({State.SUBMITTED, State.IN_REVIEW}),
    Tab.SECOND: frozenset({State.SUBMITTED, State.IN_REVIEW}),
    Tab.GROUP: frozenset({State.SUBMITTED, State.IN_REVIEW}),
    Tab.WAITING: frozenset({State.ACTION_NEEDED}),
    Tab.APPEALS: frozenset({State.REFUSED}),
    Tab.ENDED: rules.ENDED,
}
"""In which states the cases of a tab can be; those of the other tabs are open."""


def narrowed(filters: Filters, tab: Tab) -> list[ColumnElement[bool]]:
    """Return what a case of a tab has to be to fit, besides its marks.

    Nothing fits what contradicts the tab.
    """
    if _contradicts(filters, tab):
        return [false()]
    conditions: list[ColumnElement[bool]] = []
    if filters.service_id is not None:
        conditions.append(Case.service_id == filters.service_id)
    if filters.state is not None:
        conditions.append(Case.state == filters.state)
    if filters.officer_id is not None:
        conditions.append(Case.assignee_id == filters.officer_id)
    if filters.sent_from is not None:
        conditions.append(Case.submitted_at >= _as_written(filters.sent_from))
    if filters.sent_before is not None:
        conditions.append(Case.submitted_at < _as_written(filters.sent_before))
    return [*conditions, *filters.applicant]


def _as_written(moment: datetime) -> ColumnElement[datetime]:
    return bindparam(None, moment, UtcDateTime(), literal_execute=True)


def _contradicts(filters: Filters, tab: Tab) -> bool:
    """Return whether nothing can be found: the database would look through all to say so."""
    if filters.state is not None and filters.state not in _STATES.get(tab, rules.OPEN):
        return True
    # Nobody has a case in hand that is over, and no clock runs for it.
    return tab in _OVER and (filters.officer_id is not None or bool(filters.flags & _RUNNING))


def flagged(flags: frozenset[Flag], tab: Tab) -> list[ColumnElement[bool]]:
    """Return what a case of a tab has to be to have these marks."""
    return [_flagged(flag, tab) for flag in flags]


def _flagged(flag: Flag, tab: Tab) -> ColumnElement[bool]:
    if flag is Flag.URGENT:
        return Case.variant != rules.REGULAR if tab in _OVER else plain(HURRIED)
    return _IN_FLAG[flag]


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


_IN_FLAG: Mapping[Flag, ColumnElement[bool]] = {
    Flag.LATE: _IS_LATE,
    Flag.SOON: _IS_SOON,
    Flag.FAMILY: _has_relatives(),
}
_RUNNING = frozenset({Flag.LATE, Flag.SOON})
