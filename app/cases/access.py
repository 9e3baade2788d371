"""Which cases an actor may see at all."""

from sqlalchemy import ColumnElement, and_, false, true

from app.cases.models import Case
from app.cases.rules import State
from app.core.actor import Actor, ActorKind


def is_visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition: citizens see their own, staff those sent to their post."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if actor.id is None:
        return false()
    if actor.kind is ActorKind.CITIZEN:
        return Case.account_id == actor.id
    return and_(Case.post_id == actor.post_id, Case.state != State.DRAFT)
