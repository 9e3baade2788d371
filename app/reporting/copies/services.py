"""Copies for citizens: ordered, built, fetched by their owner alone, removed in time."""

from datetime import datetime

from sqlalchemy import select

from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import new_data_key
from app.core.db import db
from app.core.errors import NotFound
from app.jobs import services as jobs
from app.reporting import built
from app.reporting.copies.models import DataCopy
from app.reporting.exports.rules import LIFE

COPY = "reporting.copy"


def order(actor: Actor, language: str) -> DataCopy:
    """Have the worker build a copy; one that waits or can be fetched is not ordered twice."""
    found = find_copy(actor)
    if found is not None:
        return found
    now = clock.now()
    copy = DataCopy(
        account_id=actor.id,
        language=language,
        data_key=new_data_key(now),
        created_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(copy)
    db.session.flush()
    jobs.schedule(COPY, dedupe=f"{COPY}/{copy.uid}", due_at=now, arguments={"copy": copy.uid})
    _record("copy_ordered", copy, actor)
    return copy


def find_copy(actor: Actor) -> DataCopy | None:
    """Return the newest copy of a citizen that is not over, or None."""
    return db.session.scalar(
        select(DataCopy)
        .where(DataCopy.account_id == actor.id, DataCopy.expires_at > clock.now())
        .order_by(DataCopy.id.desc())
        .limit(1)
    )


def get_copy(uid: str, actor: Actor) -> DataCopy:
    """Return a copy of this very citizen that can be fetched; NotFound for anybody else."""
    found = find_copy(actor)
    if found is None or found.uid != uid or found.parcel is None:
        raise NotFound()
    return found


def note_fetched(copy: DataCopy, actor: Actor) -> None:
    """Put on record that its owner fetched the file."""
    _record("copy_fetched", copy, actor)


def forget_expired(now: datetime) -> None:
    """Remove the files whose time is over and destroy their keys."""
    built.forget_expired(DataCopy, now)


def _record(action: str, copy: DataCopy, actor: Actor) -> None:
    audit.record(action, actor=actor, object_kind="data_copy", object_uid=copy.uid)
