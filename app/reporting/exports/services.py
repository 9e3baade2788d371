"""Exports: ordered, built by the worker with progress, fetched by who asked, removed in time."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.accounts import queries as accounts
from app.audit import services as audit
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.core.crypto import new_data_key
from app.core.db import db, transaction
from app.core.errors import NotAllowed, NotFound
from app.jobs import services as jobs
from app.reporting import built
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


def actor_of(export: Export) -> Actor:
    """Return who asked, with the rights that they have by now."""
    return accounts.acting_staff(export.staff_id, export.post_id)


def note_progress(uid: str, *, done: int, total: int) -> None:
    """Say how far an export is, in a transaction of its own."""
    with transaction() as session:
        session.execute(
            update(Export).where(Export.uid == uid).values(done=done, total=max(done, total))
        )


def note_fetched(export: Export, actor: Actor) -> None:
    """Put on record that somebody fetched the file."""
    _record("export_fetched", export, actor)


def forget_expired(now: datetime) -> None:
    """Remove the files whose time is over and destroy their keys."""
    built.forget_expired(Export, now)


def _record(action: str, export: Export, actor: Actor, **fields: object) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="export",
        object_uid=export.uid,
        post_id=export.post_id,
        fields={"kind": export.kind, "format": export.format.value, **fields},
    )
