"""Looking into the record."""

from datetime import datetime

from sqlalchemy import exists, select

from app.audit.models import AuditEntry
from app.core.actor import Actor
from app.core.db import db


def was_recorded(
    action: str, *, actor: Actor, object_kind: str, object_uid: str, since: datetime
) -> bool:
    """Return whether somebody's action on an object stands in the record since a moment."""
    entry = exists().where(
        AuditEntry.object_kind == object_kind,
        AuditEntry.object_uid == object_uid,
        AuditEntry.action == action,
        AuditEntry.actor_kind == actor.kind,
        AuditEntry.actor_id == actor.id,
        AuditEntry.at >= since,
    )
    return bool(db.session.scalar(select(entry)))
