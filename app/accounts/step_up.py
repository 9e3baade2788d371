"""Being asked once more who one is, before what must not happen at an open screen."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts import factors, queries, sessions
from app.accounts.models import SignIn
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.db import db

FRESH = timedelta(minutes=5)
"""For so long it is enough that somebody has shown who they are (reliability S10)."""


def is_fresh(actor: Actor) -> bool:
    """Return whether its owner showed in this session a moment ago who they are."""
    at = db.session.scalar(select(SignIn.confirmed_at).where(SignIn.id == actor.session_id))
    return at is not None and clock.now() - at < FRESH


def confirm(actor: Actor, typed: str, *, network: str | None) -> str:
    """Note that this session gave a code that is right and new; raise WrongSecondFactor.

    Returns the new token of the session, whose end stays what it was.
    """
    staff = queries.get_staff(actor.id or 0)
    factors.check_second_factor(staff, typed, network=network)
    audit.record("staff_confirmed", actor=actor, object_kind="staff", object_uid=staff.uid)
    return sessions.renew(actor.session_id or 0)
