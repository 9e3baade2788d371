"""Looks at the times of a request's service before anything is locked: one question each.

By them alone most of a crowd are answered. They know the usual request only: of one that comes
alone, to a place that stays, for a visit of one slot that no draw and no queue gives out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, Row, and_, bindparam, func, or_, select, true

from app.appointments import conditions, queries, rules
from app.appointments.models import Booking, BookingState, Claim, Lane, Pool, Slot
from app.cases import access
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import queries as catalogue
from app.catalogue.models import Closure, ServiceVersion, Site
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import BigKey, UtcDateTime, db

FURTHEST = timedelta(days=400)
"""No place opens its times so far ahead (schedule.LONGEST_HORIZON)."""


def look(
    reference: str, starts_at: datetime, *, site: str, actor: Actor, now: datetime
) -> Sequence[Row[Any]]:
    """Return the seats that a citizen's request finds at a place and a moment, for each lane.

    One question, and nothing is locked. There are none wherever it takes more to know: for a
    request that has a time already, a time that nobody offers, and for staff. (Any: columns.)
    """
    if actor.kind is not ActorKind.CITIZEN:
        return []
    asked = {
        "account_id": actor.id,
        "reference": cases.normal_reference(reference),
        "site": site,
        "starts_at": starts_at,
        "now": now,
    }
    return list(db.session.connection().execute(_SEATS, asked))


def is_gone(seats: Sequence[Row[Any]]) -> bool:
    """Return whether all the seats of a look are taken, and none of them by a hold that is over.

    Those that are withheld are not taken: of them more is said.
    """
    return bool(seats) and not any(
        one.free > 0 or one.is_held_too_long or one.is_withheld for one in seats
    )


def takes_one(content_hash: str, unit_minutes: int) -> bool:
    """Return whether a visit takes a single slot, as far as its definition was read before."""
    definition = catalogue.known_definition(content_hash)
    visit = definition.appointment if definition is not None else None
    if visit is None:
        return False
    before, after = visit.minutes_before, visit.minutes_after
    return rules.length(visit.units, unit_minutes, before=before, after=after).total == 1


def free_days(
    reference: str, *, site: str, actor: Actor, now: datetime
) -> Mapping[date, int] | None:
    """Return how many times each day of a place has for a citizen's request; None: ask at length.

    Counts as `queries.count_starts` does.
    """
    if actor.kind is not ActorKind.CITIZEN:
        return None
    asked = {
        "account_id": actor.id,
        "reference": cases.normal_reference(reference),
        "site": site,
        "now": now,
        "earliest": now + rules.LEAD,
        "latest": now + FURTHEST,
        "lately": now - rules.PRIORITY,
    }
    rows = db.session.connection().execute(_DAYS, asked).all()
    definition = catalogue.known_definition(rows[0].content_hash) if rows else None
    if definition is None or not takes_one(rows[0].content_hash, rows[0].unit_minutes):
        return None
    first = clock.today(rows[0].zone)
    last = rules.last_day(first, rows[0].horizon_days)
    is_paid = queries.costs(definition)
    return {
        row.local_on: row.times
        for row in rows
        if first <= row.local_on <= last and not (is_paid and row.stops_paid)
    }


def _held_too_long() -> ColumnElement[bool]:
    """Return whether a seat is given back as soon as somebody wants it."""
    now = bindparam("now", type_=UtcDateTime())
    hold = and_(Booking.state == BookingState.HELD, Booking.expires_at <= now)
    return (
        select(Claim.id)
        .join(Booking, Booking.id == Claim.booking_id)
        .where(Claim.slot_id == Slot.id, or_(hold, Booking.offer_expires_at <= now))
        .exists()
        .label("is_held_too_long")
    )


_POOL = ServiceVersion.content["appointment"]["pool"].as_string()
_HAS_TIME = conditions.has_time(Case.id)
_SEATS = (
    select(
        (Slot.capacity - Slot.taken).label("free"),
        _held_too_long(),
        Slot.id.label("slot_id"),
        Slot.lane,
        Slot.is_gated,
        Slot.is_withheld,
        Slot.starts_at,
        Slot.local_on,
        Slot.wall_time,
        Slot.pool_id,
        Pool.unit_minutes,
        Pool.horizon_days,
        Site.zone,
        or_(Site.first_on.is_not(None), Site.cancelled_at.is_not(None)).label("is_mission"),
        Case.id.label("case_id"),
        Case.post_id,
        Case.service_id,
        Case.person_id,
        Case.filing_id,
        ServiceVersion.content_hash,
    )
    .select_from(Case)
    .join(ServiceVersion, ServiceVersion.id == Case.version_id)
    .join(Site, Site.post_id == Case.post_id)
    .join(Pool, and_(Pool.site_id == Site.id, Pool.code == _POOL))
    .join(
        Slot,
        and_(
            Slot.pool_id == Pool.id,
            Slot.starts_at == bindparam("starts_at", type_=UtcDateTime()),
        ),
    )
    .where(
        Case.reference == bindparam("reference"),
        access.is_own(bindparam("account_id", type_=BigKey)),
        Site.code == bindparam("site"),
        ~_HAS_TIME,
    )
)
"""The seats at a moment, those of every lane, of a request's service, and what a plain hold has to
know of both (`plain`). Written once: a crowd asks, and to build a statement costs as much as to
have it answered."""


_PLACE = (
    select(
        Pool.id.label("pool_id"),
        Pool.unit_minutes,
        Pool.horizon_days,
        Site.post_id,
        Site.zone,
        ServiceVersion.content_hash,
    )
    .select_from(Case)
    .join(ServiceVersion, ServiceVersion.id == Case.version_id)
    .join(Site, Site.post_id == Case.post_id)
    .join(Pool, and_(Pool.site_id == Site.id, Pool.code == _POOL))
    .where(
        Case.reference == bindparam("reference"),
        access.is_own(bindparam("account_id", type_=BigKey)),
        Case.state == State.IN_PROGRESS,
        conditions.is_visit_next(Case.id),
        Case.filing_id.is_(None),
        Site.code == bindparam("site"),
        Site.first_on.is_(None),
        Site.cancelled_at.is_(None),
        ~_HAS_TIME,
        ~conditions.is_favoured(Case.id, bindparam("lately", type_=UtcDateTime())),
        ~conditions.is_given_out(Case.service_id),
    )
    .cte("place")
)
"""Where a request of the usual kind looks for times; no row where it takes more to know."""
_FREE = (
    select(Slot.local_on, func.count().label("times"))
    .select_from(_PLACE)
    .join(Slot, Slot.pool_id == _PLACE.c.pool_id)
    .where(
        Slot.lane == Lane.PUBLIC,
        Slot.taken < Slot.capacity,
        # Between two: of what is later than some parameter PostgreSQL expects a third of all.
        Slot.starts_at > bindparam("earliest", type_=UtcDateTime()),
        Slot.starts_at < bindparam("latest", type_=UtcDateTime()),
        Slot.is_gated.is_(False),
    )
    .group_by(Slot.local_on)
    .cte("free")
)


def _closes(scope: ClosureScope) -> Exists:
    return (
        select(Closure.id)
        .where(
            Closure.post_id == _PLACE.c.post_id,
            Closure.scope == scope,
            _FREE.c.local_on.between(Closure.first_on, Closure.last_on),
        )
        .exists()
    )


_DAYS = (
    select(_FREE, _closes(ClosureScope.PAID).label("stops_paid"), _PLACE)
    .select_from(_FREE)
    .join(_PLACE, true())
    .where(~_closes(ClosureScope.ALL))
    .order_by(_FREE.c.local_on)
)
"""The days with free times. Closures are asked of days and not of each slot of theirs."""
