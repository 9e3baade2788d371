"""Exports: ordered, built by the worker with progress, fetched by who asked, removed in time."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO

from sqlalchemy import select, update

from app.accounts import queries as accounts
from app.audit import services as audit
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.core.crypto import new_data_key
from app.core.db import db, new_uid, transaction
from app.core.errors import NotAllowed, NotFound
from app.documents import parcels
from app.jobs import services as jobs
from app.reporting.exports.models import Export
from app.reporting.exports.rules import LIFE, Format

logger = logging.getLogger(__name__)

SHOWN = 20


def order(
    kind: str, form: Format, wish: Mapping[str, object], *, actor: Actor, about: str
) -> Export:
    """Write an export that a worker builds; `kind` is the job, `about` what goes on record."""
    if actor.kind is not ActorKind.STAFF or actor.post_id is None:
        raise NotAllowed()
    now = clock.now()
    export = Export(
        post_id=actor.post_id,
        staff_id=actor.id,
        kind=kind,
        format=form,
        language=i18n.language(),
        data_key=new_data_key(now),
        created_at=now,
        expires_at=now + LIFE,
    )
    export.wish = dict(wish)
    db.session.add(export)
    db.session.flush()
    jobs.schedule(kind, dedupe=f"{kind}/{export.uid}", due_at=now, arguments={"export": export.uid})
    _record("export_ordered", export, actor, about=about)
    return export


def get_export(uid: str, actor: Actor) -> Export:
    """Return an export of this very reader that is not over; raise NotFound for anybody else."""
    found = db.session.scalar(
        select(Export).where(
            Export.uid == uid,
            Export.staff_id == actor.id,
            Export.post_id == actor.post_id,
            Export.expires_at > clock.now(),
        )
    )
    if found is None:
        raise NotFound()
    return found


def list_exports(actor: Actor) -> Sequence[Export]:
    """Return the newest exports of a reader that are not over."""
    return db.session.scalars(
        select(Export)
        .where(
            Export.staff_id == actor.id,
            Export.post_id == actor.post_id,
            Export.expires_at > clock.now(),
        )
        .order_by(Export.id.desc())
        .limit(SHOWN)
    ).all()


def find_waiting(uid: str) -> Export | None:
    """Return an export that still has to be built, or None."""
    query = select(Export).where(Export.uid == uid, Export.ready_at.is_(None))
    return db.session.scalar(query)


def actor_of(export: Export) -> Actor:
    """Return who asked, with the rights that they have by now."""
    return accounts.acting_staff(export.staff_id, export.post_id)


def note_progress(uid: str, *, done: int, total: int) -> None:
    """Say how far an export is, in a transaction of its own."""
    with transaction() as session:
        session.execute(
            update(Export).where(Export.uid == uid).values(done=done, total=max(done, total))
        )


def keep(uid: str, body: IO[bytes]) -> None:
    """Keep what was built, outside of any transaction; once, whoever else built it as well."""
    export = find_waiting(uid)
    if export is None:
        return
    parcel = new_uid()
    parts = parcels.put(parcel, body, data_key=export.data_key)
    size = body.tell()
    db.session.close()
    with transaction() as session:
        row = session.scalars(
            select(Export).where(Export.uid == uid).with_for_update(of=Export)
        ).one()
        if row.ready_at is None:
            row.parcel, row.parts, row.size = parcel, parts, size
            row.ready_at, row.done = clock.now(), row.total
    logger.info("export built", extra={"export": uid, "parts": parts})


def read(export: Export) -> Iterator[bytes]:
    """Yield the file of an export part by part; NotFound before it is ready."""
    if export.parcel is None:
        raise NotFound()
    return parcels.read(export.parcel, export.parts, data_key=export.data_key)


def note_fetched(export: Export, actor: Actor) -> None:
    """Put on record that somebody fetched the file."""
    _record("export_fetched", export, actor)


def forget_expired(now: datetime) -> None:
    """Remove the files whose time is over and destroy their keys."""
    over = db.session.scalars(select(Export).where(Export.expires_at <= now).limit(500)).all()
    for export in over:
        if export.parcel is not None:
            parcels.delete(export.parcel, export.parts)
        export.data_key.wrapped, export.data_key.destroyed_at = None, now
        db.session.delete(export)
    db.session.flush()
    logger.info("exports removed", extra={"removed": len(over)})


def _record(action: str, export: Export, actor: Actor, **fields: object) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="export",
        object_uid=export.uid,
        post_id=export.post_id,
        fields={"kind": export.kind, "format": export.format.value, **fields},
    )
