"""Being asked for the second factor once more, before much personal data leaves the house."""

from datetime import timedelta

from sqlalchemy import select, update

from app.accounts import factors
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


def is_just_signed_in(actor: Actor) -> bool:
    """Return whether this session began a moment ago, with all that signing in asks for."""
    at = db.session.scalar(select(SignIn.created_at).where(SignIn.id == actor.session_id))
    return at is not None and clock.now() - at < FRESH


def confirm(actor: Actor, typed: str, *, network: str | None) -> None:
    """Note that this session gave a code that is right and new; raise WrongSecondFactor."""
    staff = factors.check_second_factor(actor.id or 0, typed, network=network)
    db.session.execute(
        update(SignIn).where(SignIn.id == actor.session_id).values(confirmed_at=clock.now())
    )
    audit.record("staff_confirmed", actor=actor, object_kind="staff", object_uid=staff.uid)
