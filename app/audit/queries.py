"""Looking into the record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select

from app.audit.models import AuditEntry
from app.core.actor import Actor, ActorKind
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """To what a look at the record of a post is narrowed down; what is empty narrows nothing."""

    post_id: int
    actor_kind: ActorKind | None = None
    actor_id: int | None = None
    object_kinds: Collection[str] = ()
    object_uid: str = ""
    actions: Collection[str] = field(default=())
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """The entry behind which a page begins."""


def list_entries(look: Look, *, limit: int) -> Sequence[AuditEntry]:
    """Return the newest entries of a look, one more than the limit if there is.

    What belongs to no post is what citizens and the program did, and stands in the record of each.
    """
    query = select(AuditEntry).where(*_conditions(look))
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()


def _conditions(look: Look) -> list[ColumnElement[bool]]:
    of_post = or_(AuditEntry.post_id == look.post_id, AuditEntry.post_id.is_(None))
    wanted = [
        look.actor_kind and AuditEntry.actor_kind == look.actor_kind,
        look.actor_id and AuditEntry.actor_id == look.actor_id,
        look.object_kinds and AuditEntry.object_kind.in_(look.object_kinds),
        look.object_uid and AuditEntry.object_uid == look.object_uid,
        look.actions and AuditEntry.action.in_(look.actions),
        look.since and AuditEntry.at >= look.since,
        look.until and AuditEntry.at < look.until,
        look.before and AuditEntry.id < look.before,
    ]
    return [of_post, *(one for one in wanted if isinstance(one, ColumnElement))]
