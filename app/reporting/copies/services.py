"""Copies for citizens: ordered, built, fetched by their owner alone, removed in time."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from sqlalchemy import select

from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import new_data_key
from app.core.db import db, new_uid, transaction
from app.core.errors import NotFound
from app.documents import parcels
from app.jobs import services as jobs
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


def find_waiting(uid: str) -> DataCopy | None:
    """Return a copy that still has to be built, or None."""
    query = select(DataCopy).where(DataCopy.uid == uid, DataCopy.ready_at.is_(None))
    return db.session.scalar(query)


def keep(uid: str, body: IO[bytes]) -> None:
    """Keep what was built, outside of any transaction; once, whoever else built it as well."""
    copy = find_waiting(uid)
    if copy is None:
        return
    parcel = new_uid()
    parts = parcels.put(parcel, body, data_key=copy.data_key)
    size = body.tell()
    db.session.close()
    with transaction() as session:
        row = session.scalars(
            select(DataCopy).where(DataCopy.uid == uid).with_for_update(of=DataCopy)
        ).one()
        if row.ready_at is None:
            row.parcel, row.parts, row.size, row.ready_at = parcel, parts, size, clock.now()


def read(copy: DataCopy) -> Iterator[bytes]:
    """Yield the file of a copy part by part."""
    return parcels.read(copy.parcel or "", copy.parts, data_key=copy.data_key)


def note_fetched(copy: DataCopy, actor: Actor) -> None:
    """Put on record that its owner fetched the file."""
    _record("copy_fetched", copy, actor)


def forget_expired(now: datetime) -> None:
    """Remove the files whose time is over and destroy their keys."""
    over = db.session.scalars(select(DataCopy).where(DataCopy.expires_at <= now).limit(500)).all()
    for copy in over:
        if copy.parcel is not None:
            parcels.delete(copy.parcel, copy.parts)
        copy.data_key.wrapped, copy.data_key.destroyed_at = None, now
        db.session.delete(copy)
    db.session.flush()


def _record(action: str, copy: DataCopy, actor: Actor) -> None:
    audit.record(action, actor=actor, object_kind="data_copy", object_uid=copy.uid)
