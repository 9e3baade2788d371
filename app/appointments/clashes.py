"""Seats that were not given, because another account holds one for the same person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.audit import services as audit
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.core.actor import Actor
from app.core.db import db

CLASH = "booking.clash"
MOST_CLASHES = 20


def report_clash(case: Case, *, actor: Actor) -> None:
    """Leave a trace for the staff that a person seems to hold a seat by another account."""
    audit.record(
        CLASH,
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
    )


def list_clashes(post_id: int, since: datetime) -> Sequence[Case]:
    """Return the cases to which no seat was given, because another account holds one for the
    same person; the newest report first."""
    reported = (
        select(AuditEntry.object_uid, func.max(AuditEntry.id).label("newest"))
        .where(AuditEntry.action == CLASH, AuditEntry.post_id == post_id, AuditEntry.at >= since)
        .group_by(AuditEntry.object_uid)
        .subquery()
    )
    return db.session.scalars(
        select(Case)
        .join(reported, reported.c.object_uid == Case.uid)
        .order_by(reported.c.newest.desc())
        .limit(MOST_CLASHES)
    ).all()
