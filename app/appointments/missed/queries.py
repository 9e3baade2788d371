"""Finding visits that were missed, and how long that keeps somebody from booking online."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.appointments import conditions
from app.appointments.missed import rules
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking
from app.cases.models import Case
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound

MOST_SHOWN = 100


def block_of(case: Case) -> date | None:
    """Return the last day on which the person of a case is given no time online; None for none."""
    if case.service.category in rules.NEVER_BLOCKED:
        return None
    return db.session.scalar(
        select(func.max(MissedVisit.blocked_until)).where(
            *conditions.counts(
                case.post_id, case.person.fingerprint, clock.today(case.service.post.zone)
            )
        )
    )


def count_earlier(post_id: int, fingerprint: str, before: datetime) -> int:
    """Return how many visits of a person count that were missed in the time before a moment."""
    return (
        db.session.scalar(
            select(func.count()).where(
                MissedVisit.post_id == post_id,
                MissedVisit.fingerprint == fingerprint,
                MissedVisit.missed_at < before,
                MissedVisit.missed_at >= before - rules.REMEMBERED,
                MissedVisit.state.in_(rules.COUNTED),
            )
        )
        or 0
    )


def list_later(missed: MissedVisit) -> Sequence[MissedVisit]:
    """Return the visits that the same person missed after one, in order of time."""
    return db.session.scalars(
        select(MissedVisit)
        .options(joinedload(MissedVisit.booking), joinedload(MissedVisit.case))
        .where(
            MissedVisit.post_id == missed.post_id,
            MissedVisit.fingerprint == missed.fingerprint,
            MissedVisit.missed_at > missed.missed_at,
        )
        .order_by(MissedVisit.missed_at)
    ).all()


def find_of(case_id: int) -> MissedVisit | None:
    """Return the last visit of a case that was missed, None without one."""
    return db.session.scalar(
        select(MissedVisit)
        .options(joinedload(MissedVisit.booking))
        .where(MissedVisit.case_id == case_id)
        .order_by(MissedVisit.missed_at.desc())
        .limit(1)
    )


def get(post_id: int, uid: str) -> MissedVisit:
    """Return a missed visit of a post by its public name; raise NotFound."""
    row = db.session.scalar(
        select(MissedVisit)
        .options(joinedload(MissedVisit.booking), joinedload(MissedVisit.case))
        .where(MissedVisit.uid == uid, MissedVisit.post_id == post_id)
    )
    if row is None:
        raise NotFound()
    return row


def list_newest(post_id: int, *states: MissedState) -> Sequence[MissedVisit]:
    """Return the newest missed visits of a post in some states."""
    return db.session.scalars(
        select(MissedVisit)
        .options(
            joinedload(MissedVisit.case),
            joinedload(MissedVisit.booking).joinedload(Booking.pool),
        )
        .where(MissedVisit.post_id == post_id, MissedVisit.state.in_(states))
        .order_by(MissedVisit.missed_at.desc(), MissedVisit.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def count_objections(post_id: int) -> int:
    """Return how many objections wait for the head of a post."""
    waits = MissedVisit.state == MissedState.OBJECTED
    return db.session.scalar(select(func.count()).where(MissedVisit.post_id == post_id, waits)) or 0
