"""Which cases an actor may see at all."""

from sqlalchemy import BindParameter, ColumnElement, and_, false, true

from app.cases.models import Case
from app.cases.rules import State
from app.core.actor import Actor, ActorKind


def is_own(account_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition for a citizen: the case is of their account."""
    return and_(Case.account_id == account_id, Case.closed_at.is_(None))


def is_visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition: citizens see their own, staff those sent to their post.

    Nobody sees a case that was closed because its time is over (reporting.retention).
    Staff who file for a visitor see what has no account at their post, drafts included.
    """
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if actor.id is None:
        return false()
    if actor.kind is ActorKind.CITIZEN:
        return is_own(actor.id)
    at_post = and_(Case.post_id == actor.post_id, Case.closed_at.is_(None))
    if actor.at_counter:
        return and_(at_post, Case.account_id.is_(None))
    return and_(at_post, Case.state != State.DRAFT)
