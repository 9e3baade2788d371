"""A nightly check that what slots say is taken is what their claims say; a difference alarms."""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.appointments.models import Claim, Pool, Slot
from app.audit import services as audit
from app.audit.models import AuditEntry
from app.catalogue.models import Post, Site
from app.core.actor import SYSTEM
from app.core.db import db

logger = logging.getLogger(__name__)

COUNTED = "schedule.seats_counted"
KIND = "seat_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """When the seats of a post were counted, and how many slots say something else."""

    at: datetime
    differing: int


def count_all() -> int:
    """Count the seats of every post, write what was found, and return how many slots differ.

    Triggers and CHECKs make a difference impossible. One that is there means that they were
    missing, or that somebody wrote past them: then the operators have to look.
    """
    differing = _differing()
    for post_id, code in db.session.execute(select(Post.id, Post.code).order_by(Post.id)):
        audit.record(
            COUNTED,
            actor=SYSTEM,
            object_kind=KIND,
            object_uid=code,
            post_id=post_id,
            fields={"differing": differing[post_id]},
        )
    return sum(differing.values())


def _differing() -> Counter[int]:
    """Return for each post how many slots count otherwise than their claims."""
    claimed = (
        select(Claim.slot_id, func.sum(Claim.n).label("seats")).group_by(Claim.slot_id).subquery()
    )
    rows = db.session.execute(
        select(Slot.id, Slot.taken, func.coalesce(claimed.c.seats, 0), Site.post_id)
        .join(Pool, Pool.id == Slot.pool_id)
        .join(Site, Site.id == Pool.site_id)
        .outerjoin(claimed, claimed.c.slot_id == Slot.id)
        .where(Slot.taken != func.coalesce(claimed.c.seats, 0))
        .order_by(Slot.id)
    )
    found: Counter[int] = Counter()
    for slot_id, taken, seats, post_id in rows:
        logger.error(
            "seats differ from claims",
            extra={"slot": slot_id, "taken": taken, "claimed": int(seats)},
        )
        found[post_id] += 1
    return found


def last_count(code: str) -> Count | None:
    """Return what the last check of a post found; None before the first."""
    entry = db.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.object_kind == KIND,
            AuditEntry.object_uid == code,
            AuditEntry.action == COUNTED,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return None if entry is None else Count(at=entry.at, differing=int(entry.fields["differing"]))
