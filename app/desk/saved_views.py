"""Keeping a look at the queue under a name, and giving it up again."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.desk.models import SavedView
from app.desk.queries import ViewName

MOST = 30
LONGEST_NAME = 60


def save(name: str, look: Mapping[str, object], *, is_shared: bool, actor: Actor) -> SavedView:
    """Keep a look at the queue; Invalid without a name, or when there are too many."""
    if not name.strip():
        raise Invalid(_l("Give the view a name."), field="name")
    own = select(func.count()).where(SavedView.owner_id == actor.id)
    if (db.session.scalar(own) or 0) >= MOST:
        raise Invalid(_l("There are %(most)s views already. Remove one of them."), most=MOST)
    view = SavedView(
        post_id=actor.post_id,
        owner_id=actor.id,
        name=name.strip()[:LONGEST_NAME],
        is_shared=is_shared,
        look=dict(look),
        created_at=clock.now(),
    )
    db.session.add(view)
    db.session.flush()
    return view


def remove(uid: str, *, actor: Actor) -> None:
    """Give up a view of one's own; the head also gives up what somebody shared. NotFound else."""
    view = db.session.scalar(
        select(SavedView).where(SavedView.uid == uid, SavedView.post_id == actor.post_id)
    )
    if view is None or not may_remove(view, actor):
        raise NotFound()
    db.session.delete(view)


def may_remove(view: SavedView | ViewName, actor: Actor) -> bool:
    """Return whether somebody may give up a view."""
    return view.owner_id == actor.id or (view.is_shared and actor.has_role(Role.HEAD))
