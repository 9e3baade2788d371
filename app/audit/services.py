"""Writing to the record, always in the transaction of what is recorded."""

from collections.abc import Mapping

from flask import g, has_app_context

from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import Actor
from app.core.db import db


def record(
    action: str,
    *,
    actor: Actor,
    object_kind: str,
    object_uid: str,
    post_id: int | None = None,
    fields: Mapping[str, object] | None = None,
) -> None:
    """Append an entry; `fields` holds names and codes, never what a person entered."""
    db.session.add(
        AuditEntry(
            at=clock.now(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            post_id=post_id if post_id is not None else actor.post_id,
            action=action,
            object_kind=object_kind,
            object_uid=object_uid,
            fields=dict(fields or {}),
            request_id=g.get("request_id") if has_app_context() else None,
        )
    )
